# SPDX-License-Identifier: Apache-2.0
"""Clusters without extensions compute the same by passes, whose cycles and words are counted."""

import itertools

import pytest
from cluster.small_designs import with_mover
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.gemm import run_gemm

from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.problem import GemmProblem, Rescale

pytestmark = pytest.mark.xdist_group("mover")
CONFIG = with_mover()
SIZES = [(2, 2, 2), (5, 3, 7), (6, 8, 4)]


@pytest.fixture(scope="module")
def cluster():
    with SimulatedCluster(CONFIG, simulator_for(CONFIG)) as running:
        yield running


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("transpose_a, transpose_b, c, out_type", itertools.product(
    (False, True), (False, True), ("none", "bias", "full"), ("int32", "int8")))
def test_is_exact(cluster, size, transpose_a, transpose_b, c, out_type):
    cluster.reset()
    problem = GemmProblem(*size, transpose_a, transpose_b, c, out_type, rescale=Rescale(1 << 30, 34))
    run = run_gemm(cluster, problem, random_operands(problem, 1, CONFIG.accelerator.core))
    assert run.passed, run.first_difference
    words = {one.role: one.words for one in run.plan.passes}
    m, n, k = problem.tiles(CONFIG)
    assert words == {**({"a": m * k} if transpose_a else {}), **({"b": n * k} if transpose_b else {}), **({"c": n} if c == "bias" else {})}
    assert run.measures.stalls["pass"] == sum(words.values())


def test_problems_with_passes_can_follow_one_another(cluster):
    cluster.reset()
    for seed in range(3):
        problem = GemmProblem(5, 3, 7, True, True, "bias")
        assert run_gemm(cluster, problem, random_operands(problem, seed, CONFIG.accelerator.core), seed=seed).passed
