# SPDX-License-Identifier: Apache-2.0
"""Runs are cut where bursts must end and nowhere else; every byte stays, in order."""

import random

import pytest
from support.external import dma_config
from support.streams import collect, drive, log_cycles, simulate

from hwgen.dma.bursts import BurstSplitter

SIZES = [(32, 16), (32, 40), (64, 32), (128, 64), (512, 32), (512, 40), (1024, 32)]


def random_runs(config, rng, count):
    """Runs of any length, none included, near boundaries and across the end of the address space."""
    runs = []
    for number in range(count):
        length = rng.choice([0, 1, rng.randrange(40), rng.randrange(3000), rng.randrange(20_000)])
        address = rng.choice([rng.randrange(1 << config.address_width), 1024 * rng.randrange(60) - rng.randrange(70), -rng.randrange(5000)])
        runs.append({"address": address % (1 << config.address_width), "bytes": length, "last": rng.randrange(2), "job": number % 16})
    return runs


def cut(config, run):
    """The bursts of a run: boundaries are multiples of 4 KiB and of 256 beats."""
    bursts, address, left = [], run["address"], run["bytes"]
    while left:
        count = min(left, 4096 - address % 4096, 256 * config.data_bytes - address % (256 * config.data_bytes))
        left -= count
        bursts.append((address, count, int(run["last"] and not left), run["job"]))
        address = (address + count) % (1 << config.address_width)
    return bursts


@pytest.mark.parametrize(("data_width", "address_width"), SIZES)
@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.4, 0.4)])
def test_cuts_at_boundaries_and_nowhere_else(data_width, address_width, idle, stall):
    config = dma_config(data_width, address_width=address_width)[1]
    runs = random_runs(config, random.Random(data_width), 60)
    expected = [burst for run in runs for burst in cut(config, run)]
    dut, received = BurstSplitter(config, 4), []
    simulate(dut, drive(dut.i, runs, idle=idle), collect(dut.o, received, len(expected), stall=stall), checks=[dut.o])
    assert [(one.address, one.bytes, one.last, one.job) for one in received] == expected
    assert max(count for _, count, *_ in expected) == min(4096, 256 * config.data_bytes)


def test_one_burst_per_cycle():
    """Runs of one burst and of several follow each other without a gap."""
    config, cycles = dma_config(32)[1], []
    runs = [{"address": 1000 * n, "bytes": length, "last": 0, "job": 0} for n, length in enumerate([3, 5, 4000, 1, 1, 3000, 2])]
    count = sum(len(cut(config, run)) for run in runs)
    dut = BurstSplitter(config, 4)
    simulate(dut, drive(dut.i, runs), collect(dut.o, [], count), background=[log_cycles(dut.o.valid, cycles)])
    assert cycles == list(range(2, 2 + count))
