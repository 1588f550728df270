# SPDX-License-Identifier: Apache-2.0
"""Bursts are divided into beats that hold all their bytes, one per cycle."""

import random

import pytest
from support.external import dma_config
from support.streams import collect, drive, log_cycles, simulate

from hwgen.dma.beats import BeatWalker
from hwgen.dma.bursts import burst_bytes


def random_bursts(config, rng, count):
    """Bursts that cross no boundary."""
    bursts, limit = [], burst_bytes(config)
    for number in range(count):
        address = rng.randrange(1 << config.address_width)
        length = rng.choice([1, rng.randint(1, 3 * config.data_bytes), rng.randint(1, limit)])
        length = min(length, limit - address % limit, 30 * config.data_bytes)
        bursts.append({"address": address, "bytes": length, "last": rng.randrange(2), "job": number % 16})
    return bursts


def beats_of(config, burst):
    """Lane, bytes, whether the piece is its copy's last, address, beginning and end of each beat."""
    size, first, end = config.data_bytes, burst["address"], burst["address"] + burst["bytes"]
    starts = [first, *range((first // size + 1) * size, end, size)]
    return [(start % size, min(end, (start // size + 1) * size) - start, int(burst["last"] and start == starts[-1]),
             start, int(start == first), int(start == starts[-1])) for start in starts]


@pytest.mark.parametrize(("data_width", "address_width"), [(32, 16), (32, 40), (64, 32), (128, 64), (512, 40)])
@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.4, 0.4)])
def test_beats_hold_the_bytes_of_their_bursts(data_width, address_width, idle, stall):
    config = dma_config(data_width, address_width=address_width)[1]
    bursts = random_bursts(config, random.Random(data_width), 60)
    expected = [(*beat, burst["job"]) for burst in bursts for beat in beats_of(config, burst)]
    dut, received = BeatWalker(config, 4), []
    simulate(dut, drive(dut.i, bursts, idle=idle), collect(dut.o, received, len(expected), stall=stall), checks=[dut.o])
    assert [(one.piece.lane, one.piece.count, one.piece.last, one.address, one.burst_begin, one.burst_end, one.job)
            for one in received] == expected
    size = config.data_bytes
    asked = [(one.burst.address, one.burst.length + 1) for one in received if one.burst_begin]
    assert asked == [(burst["address"] // size * size, len(beats_of(config, burst))) for burst in bursts]


def test_one_beat_per_cycle():
    config, cycles = dma_config(64)[1], []
    bursts = [{"address": 8 * n + 5, "bytes": length, "last": 0, "job": 0} for n, length in enumerate([3, 1, 30, 2, 2, 50])]
    count = sum(len(beats_of(config, burst)) for burst in bursts)
    dut = BeatWalker(config, 4)
    simulate(dut, drive(dut.i, bursts), collect(dut.o, [], count), background=[log_cycles(dut.o.valid, cycles)])
    assert cycles == list(range(count))
