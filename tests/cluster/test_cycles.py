# SPDX-License-Identifier: Apache-2.0
"""How many cycles matrix multiplications may take: hardly more than their steps."""

import itertools

import pytest
from cluster.test_gemm import INITIAL, RESCALE, check

from hwgen.compiler.problem import GemmProblem

START_AND_END = {"int32": 16, "int8": 24}
"""Cycles a job may spend on its first words, its last results and all conflicts in between."""
TRANSPOSES = list(itertools.product((False, True), repeat=2))


@pytest.fixture
def cluster(request, clusters):
    return clusters(request.param)


def presets(*names):
    """Parameters for ``cluster``, each kept to its config's process."""
    groups = {"datamaestro": "datamaestro", "datamaestro-paper": "paper"}
    return [pytest.param(name, marks=pytest.mark.xdist_group(groups[name])) for name in names]


def within(run, out_type):
    """The job took no more than its steps and what every job pays once."""
    measures = run.measures
    assert measures.cycles <= measures.steps + START_AND_END[out_type], measures.stalls


@pytest.mark.parametrize("cluster", presets("datamaestro", "datamaestro-paper"), indirect=True)
@pytest.mark.parametrize("transpose_a, transpose_b", TRANSPOSES)
@pytest.mark.parametrize("out_type", START_AND_END)
@pytest.mark.parametrize("c", INITIAL)
def test_cube_of_64(cluster, c, out_type, transpose_a, transpose_b):
    problem = GemmProblem(64, 64, 64, transpose_a, transpose_b, c, out_type, rescale=RESCALE)
    within(check(cluster, problem), out_type)


@pytest.mark.parametrize("cluster", presets("datamaestro", "datamaestro-paper"), indirect=True)
def test_deep_int8(cluster):
    within(check(cluster, GemmProblem(128, 64, 512, out_type="int8", rescale=RESCALE)), "int8")


@pytest.mark.parametrize("k, slack", [(8, 1.12), (16, 1.05), (24, 1.15)])
def test_few_steps_of_k(datamaestro, k, slack):
    """C and D move a tile for each or nearly each step, which is what bounds the rate."""
    measures = check(datamaestro, GemmProblem(64, 64, k, c="full")).measures
    assert measures.cycles <= slack * measures.bound_cycles + START_AND_END["int32"], measures.stalls
