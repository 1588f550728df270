# SPDX-License-Identifier: Apache-2.0
"""Copies of any shape on the emitted Verilog: every byte arrives, no other changes."""

import random

import pytest
from support.copies import random_copy, run_copies

from hwgen.config import preset
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.external_memory import ExternalMemory

EXTERNAL = 1 << 14
BEHAVIORS = {
    "prompt": ExternalMemory(latency=1),
    "slow": ExternalMemory(latency=60, bandwidth=2.5),
    "pausing": ExternalMemory(latency=20, pause=0.5, jitter=30, reorder=True),
}


@pytest.fixture(scope="module")
def built():
    return simulator_for(preset("tiny"))


@pytest.mark.parametrize("name", BEHAVIORS)
@pytest.mark.parametrize("seed", range(3))
def test_random_copies(built, name, seed):
    config, rng = preset("tiny"), random.Random(f"{name} {seed}")
    copies = [random_copy(config, rng, EXTERNAL) for _ in range(40)]
    with SimulatedCluster(config, built, seed=seed + 1, idle=0.3 if seed else 0, external=BEHAVIORS[name], memory_size=1 << 16) as cluster:
        run_copies(cluster, copies, EXTERNAL, seed)
