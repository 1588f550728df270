# SPDX-License-Identifier: Apache-2.0
"""The shipped stream accelerators in whole clusters: exact, and one word a cycle once filled."""

import numpy as np
import pytest
from hwgen.sim.accelerator_bench import run_bench, run_streams
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for

from hwgen.compiler.stream_jobs import plan_streams
from hwgen.config import Example, preset

LATENCY = 10
"""Cycles besides one per step: from the start to the first word, and from the last to the bank."""


@pytest.mark.parametrize("name", ["elementwise-add", "max-pool"])
@pytest.mark.parametrize("idle", [0.0, 0.4])
def test_random_jobs_are_exact(name, idle):
    for run in run_bench(preset(name), runs=8, seed=3, idle=idle):
        assert run.passed, run
        conflicts = sum(count for cause, count in run.stalls.items() if "conflict" in cause)
        assert idle or run.cycles <= run.steps + conflicts + LATENCY, run


@pytest.mark.parametrize("name, example", [
    ("elementwise-add", Example({"X": 300, "Y": 300, "Z": 300})),
    ("max-pool", Example({"X": 600, "Y": 300}, {"pool": {"window": 2, "outputs": 300}})),
    ("max-pool", Example({"X": 300, "Y": 300}, {"pool": {"window": 1, "outputs": 300}})),
])
def test_one_word_per_cycle_and_port_once_filled(name, example):
    config = preset(name)
    with SimulatedCluster(config, simulator_for(config)) as cluster:
        run = run_streams(cluster, plan_streams(config, [example]), config.accelerator.golden, seed=1)
    assert run.passed, run
    assert run.steps == example.words["X"]
    assert run.cycles <= run.steps + LATENCY, run
    assert all(not count for cause, count in run.stalls.items() if "conflict" in cause)


def test_a_job_of_no_words_completes():
    config = preset("max-pool")
    empty = Example({"X": 0, "Y": 0}, {"pool": {"window": 0, "outputs": 0}})
    with SimulatedCluster(config, simulator_for(config)) as cluster:
        run = run_streams(cluster, plan_streams(config, [empty, empty]), config.accelerator.golden, seed=2)
    assert run.passed and run.steps == 0


def test_models_get_copies_of_the_words():
    config = preset("elementwise-add")
    plan = plan_streams(config, [Example({"X": 2, "Y": 2, "Z": 2})])
    assert plan.words("X") == 2 and len(plan.jobs()) == 1
    assert isinstance(plan.places["X"].base, (int, np.integer))
