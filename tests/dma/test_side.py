# SPDX-License-Identifier: Apache-2.0
"""Copies in, bursts and their beats out: every byte in order, empty copies and fills among them."""

import random

import pytest
from support.external import bytes_at, dma_config, random_entry
from support.streams import collect, drive, simulate

from hwgen.config.dma import LOAD, STORE
from hwgen.dma.side import JOBS_IN_FLIGHT, ExternalSide


def side_of(config, name):
    unit = next(unit for unit in config.units() if unit.name == name)
    return ExternalSide(config, unit, 3, answers=name == STORE)


def random_entries(config, rng, name, count):
    entries = []
    for _ in range(count):
        entry = random_entry(config, rng, most=60)
        if rng.random() < 0.3:
            entry[rng.choice(["run_bytes", "external_bound_0", f"external_bound_{config.dimensions - 1}"])] = 0
        if name == LOAD and rng.random() < 0.3:
            entry |= {"fill": 1, "fill_pattern": rng.getrandbits(32)}
        entries.append(entry)
    return entries


def bytes_of(config, entry):
    return [] if entry.get("fill") else bytes_at(config, entry)


@pytest.mark.parametrize("name", [LOAD, STORE])
@pytest.mark.parametrize(("data_width", "address_width", "outstanding"), [(64, 32, 2), (32, 40, 8), (256, 64, 4)])
@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.3, 0.5)])
def test_beats_are_the_bytes_of_the_copies(name, data_width, address_width, outstanding, idle, stall):
    config = dma_config(data_width, address_width=address_width, outstanding=outstanding)[1]
    entries = random_entries(config, random.Random(data_width), name, 30)
    expected = [(address, number % 8) for number, entry in enumerate(entries) for address in bytes_of(config, entry)]
    dut, beats, jobs, bursts, seen = side_of(config, name), [], [], [], []
    other = dut.burst if name == STORE else dut.request

    async def take_beats(ctx):
        rng = random.Random(stall)
        while len(seen) < len(expected):
            ctx.set(dut.beat.ready, rng.random() >= stall)
            _, _, moved, beat = await ctx.tick().sample(dut.beat.valid & dut.beat.ready, dut.beat.payload)
            if moved:
                beats.append(beat)
                seen.extend(((beat.address + i) % (1 << address_width), beat.job) for i in range(beat.piece.count))
        ctx.set(dut.beat.ready, 0)

    async def take_bursts(ctx):
        rng = random.Random(3)
        while True:
            ctx.set(other.ready, rng.random() >= stall)
            _, _, moved, burst = await ctx.tick().sample(other.valid & other.ready, other.payload)
            if moved:
                bursts.append(burst)
    simulate(dut, drive(dut.entry, entries, idle=idle), take_beats, collect(dut.job, jobs, len(entries), stall=stall),
             checks=[dut.beat, dut.job, other], background=[take_bursts])
    assert seen == expected
    assert [bool(job.fill) for job in jobs] == [bool(entry.get("fill")) for entry in entries]
    assert [bool(job.empty) for job in jobs] == [not entry.get("fill") and not bytes_at(config, entry) for entry in entries]
    assert all(job.pattern == entry["fill_pattern"] for job, entry in zip(jobs, entries, strict=True) if job.fill)
    ends = [number % 8 for number, entry in enumerate(entries) if bytes_of(config, entry)]
    assert [beat.job for beat in beats if beat.piece.last] == ends
    asked = [(beat.burst.address, beat.burst.length) for beat in beats if beat.burst_begin]
    if name == LOAD:
        assert [(burst.address, burst.length) for burst in bursts] == asked
    else:
        assert [burst.address for burst in bursts] == [beat.address for beat in beats if beat.burst_begin]
        assert [burst.job for burst in bursts if burst.last] == ends


@pytest.mark.parametrize("outstanding", [2, 4])
def test_no_more_bursts_ahead_of_their_beats_than_allowed(outstanding):
    config = dma_config(64, outstanding=outstanding)[1]
    dut, count = side_of(config, LOAD), 0

    async def watch(ctx):
        nonlocal count
        ctx.set(dut.request.ready, 1)
        for _ in range(40):
            _, _, moved = await ctx.tick().sample(dut.request.valid)
            count += moved
    entry = random_entry(config, random.Random(1)) | {"run_bytes": 1, "external_bound_0": 30}
    simulate(dut, drive(dut.entry, [entry]), watch)
    assert count == outstanding


@pytest.mark.parametrize("name", [LOAD, STORE])
def test_no_more_copies_than_allowed_are_taken(name):
    config = dma_config(64)[1]
    dut, taken = side_of(config, name), 0

    async def watch(ctx):
        nonlocal taken
        ctx.set(dut.entry.payload, random_entry(config, random.Random(1)) | {"run_bytes": 0})
        ctx.set(dut.entry.valid, 1)
        for _ in range(20):
            _, _, moved = await ctx.tick().sample(dut.entry.ready)
            taken += moved
    simulate(dut, watch)
    assert taken == JOBS_IN_FLIGHT
