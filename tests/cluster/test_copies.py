# SPDX-License-Identifier: Apache-2.0
"""Copies of any shape on the emitted Verilog: every byte arrives, no other changes."""

import random

import pytest
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.external_memory import ExternalMemory
from support.copies import contiguous, random_copy, run_copies
from support.driving import push, wait_completed

from hwgen.compiler.jobs import Entry, Job, Wait
from hwgen.config import preset

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


def test_a_reader_may_wait_for_a_notification_behind_its_store(built):
    """The store's bursts have not begun, so the notification's beat need not wait for theirs."""
    config = preset("tiny")
    with SimulatedCluster(config, built, external=ExternalMemory(latency=5), memory_size=1 << 16) as cluster:
        copy = contiguous(config, False, 0x100, 3, 100)
        push(cluster, copy.job(waits=(Wait("notify", 1),)), Job({"notify": Entry({"address": 0x2000, "data": 0x0102_0304})}))
        wait_completed(cluster, "store", 1)
        assert cluster.session.memory[0x2000:0x2004].tobytes() == bytes([4, 3, 2, 1])
