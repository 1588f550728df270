# SPDX-License-Identifier: Apache-2.0
"""The default cluster: copies of any shape under back-pressure, and how much of the port's bandwidth they use."""

import random

import pytest
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.external_memory import ExternalMemory
from support.copies import Copy, contiguous, dense_spatial, engine_fields, random_copy, run_copies, streamer_fields

from hwgen.config import preset

CONFIG = preset("datamaestro")
BEAT = CONFIG.dma.data_bytes
EXTERNAL = 1 << 18


@pytest.fixture(scope="module")
def built():
    return simulator_for(CONFIG)


def cluster_with(built, **options):
    return SimulatedCluster(CONFIG, built, external=ExternalMemory(**options), memory_size=1 << 20)


@pytest.mark.parametrize("seed", range(5))
def test_random_copies_under_back_pressure(built, seed):
    """500 in all, both ways, in any shape, with strides and at addresses of any alignment."""
    rng = random.Random(seed)
    copies = [random_copy(CONFIG, rng, EXTERNAL) for _ in range(100)]
    with cluster_with(built, latency=40, pause=0.4, jitter=40, reorder=True, seed=seed + 1) as cluster:
        run_copies(cluster, copies, EXTERNAL, seed)


def cycles_of(built, copy, seed):
    """From the first beat to the last, and whether every byte is right."""
    with cluster_with(built, latency=100) as cluster:
        return run_copies(cluster, [copy], EXTERNAL, seed).traffic.cycles


@pytest.mark.parametrize("load", [True, False], ids=["load", "store"])
@pytest.mark.parametrize("external, local", [(0, 0), (1, 0), (0, 3), (37, 5), (63, 7), (4096 - 13, 1)])
def test_long_run_takes_a_cycle_for_each_beat(built, load, external, local):
    """64 KiB at any alignment; at least 0.97 of the port's bandwidth after the first reply."""
    count = 1 << 16
    copy = contiguous(CONFIG, load, (1 << 16) + external, (1 << 12) + local, count)
    assert count / BEAT / cycles_of(built, copy, external) >= 0.97


@pytest.mark.parametrize("load", [True, False], ids=["load", "store"])
@pytest.mark.parametrize("pitch", [128, 192, 1024 + 64])
def test_rows_of_one_beat_pass_one_a_cycle(built, load, pitch):
    """At least 0.9 of the port's bandwidth."""
    rows, streamer = 200, CONFIG.dma.load if load else CONFIG.dma.store
    copy = Copy(load, engine_fields(CONFIG, 1 << 12, BEAT, [(rows, pitch)]),
                streamer_fields(streamer, 0, BEAT, [(1, BEAT), (rows, BEAT)], dense_spatial(CONFIG, streamer), 2))
    assert rows / cycles_of(built, copy, pitch) >= 0.9
