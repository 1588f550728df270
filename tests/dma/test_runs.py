# SPDX-License-Identifier: Apache-2.0
"""Loops over runs against the golden model."""

import random

import pytest
from support.external import bytes_at, dma_config, engine_entry, random_entry
from support.streams import collect, drive, log_cycles, simulate

from hwgen.config.dma import LOAD, STORE
from hwgen.dma.runs import ExternalRuns


def unit_of(config, name):
    return next(unit for unit in config.units() if unit.name == name)


@pytest.mark.parametrize(("address_width", "dimensions", "name"), [(16, 1, LOAD), (32, 2, STORE), (40, 4, LOAD), (64, 3, STORE)])
@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.4, 0.4)])
def test_runs_are_those_of_the_model(address_width, dimensions, name, idle, stall):
    config = dma_config(64, address_width=address_width, dimensions=dimensions)[1]
    rng, expected, received = random.Random(address_width), [], []
    entries = [random_entry(config, rng, most=40) for _ in range(15)]
    for number, entry in enumerate(entries):
        starts = bytes_at(config, entry)[::entry["run_bytes"]]
        expected += [(start, entry["run_bytes"], int(i == len(starts) - 1), number) for i, start in enumerate(starts)]
    dut = ExternalRuns(config, unit_of(config, name), 4)

    async def count(ctx):
        async for _, _, taken in ctx.tick().sample(dut.i.valid & dut.i.ready):
            if taken:
                ctx.set(dut.number, ctx.get(dut.number) + 1)
    simulate(dut, drive(dut.i, entries, idle=idle), collect(dut.o, received, len(expected), stall=stall), checks=[dut.o], background=[count])
    assert [(one.address, one.bytes, one.last, one.job) for one in received] == expected


def test_one_run_per_cycle():
    config, cycles = dma_config(64)[1], []
    entries = [engine_entry(config, 0, 8, [(bound, 8), (2, 100)]) for bound in (3, 1, 2)]
    dut = ExternalRuns(config, unit_of(config, LOAD), 4)
    simulate(dut, drive(dut.i, entries), collect(dut.o, [], 12), background=[log_cycles(dut.o.valid, cycles)])
    assert cycles == list(range(1, 13))
