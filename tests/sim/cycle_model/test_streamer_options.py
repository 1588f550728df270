# SPDX-License-Identifier: Apache-2.0
"""Model and Verilog of a cluster whose streamers have every option: rows, tails, latency, wide requests, buffers of depth 1."""

import random
from dataclasses import replace

import pytest
from cluster.test_options import CONFIG, random_tile_job
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.cycle_model import CycleModel
from hwgen.sim.cycle_model.agreement import compare
from hwgen.sim.design import simulator_for

from hwgen.compiler.jobs import Job

pytestmark = pytest.mark.xdist_group("all-options")


@pytest.fixture(scope="module")
def cluster():
    with SimulatedCluster(CONFIG, simulator_for(CONFIG)) as running:
        yield running


@pytest.fixture(scope="module")
def model():
    return CycleModel(CONFIG)


@pytest.mark.parametrize("seed", range(12))
def test_random_jobs_take_the_same_cycles(cluster, model, seed):
    rng = random.Random(seed)
    jobs = [random_tile_job(rng) for _ in range(rng.randint(1, 8))]
    last = {name: replace(entry, interrupt=name in "DE") for name, entry in jobs[-1].entries.items()}
    found = compare(cluster, model, [*jobs[:-1], Job(last)], host_config=rng.choice(["serial", "shadow", "queue"]))
    assert found.first_difference is None
    assert found.differences() == {}
