# SPDX-License-Identifier: Apache-2.0
"""The store engine between a reader's steps and a plain memory: every byte at its address, none beside."""

import random

import pytest
from support.engines import EngineCopy, log_reports, random_copies, wait_count
from support.external import Writes, bytes_at, dma_config, engine_entry
from support.pieces import steps_of_runs, word
from support.streams import drive, log_cycles, simulate

from hwgen.dma.store import StoreEngine

COUNT_BITS = 3
SIZES = [(32, 32, 2), (64, 40, 4), (64, 64, 2), (256, 32, 8)]


def run(dut, copies, *, stall=0.0, idle=0.0, errors=(), together=1, seed=1):
    """Bytes taken from each copy's steps, reports, and the memory."""
    rng, size = random.Random(seed), dut.config.data_bytes
    steps, data, reports, done = [], [], [], []
    for copy in copies:
        taken = b""
        for piece in copy.pieces:
            given = rng.randbytes(size)
            taken += given[piece["lane"]:piece["lane"] + piece["count"]]
            steps.append(word(given))
        data.append(taken)
    memory = Writes(dut.bus, dut.config, stall=stall, errors=errors, together=together)
    simulate(dut, drive(dut.job.entry, [copy.entry for copy in copies], idle=idle), drive(dut.i, steps, idle=idle, seed=7),
             drive(dut.piece, [piece for copy in copies for piece in copy.pieces], idle=idle, seed=2),
             wait_count(dut.job.done, len(copies)), checks=[dut.bus.request, dut.bus.beat],
             background=[memory.serve, log_reports(dut.report, reports), log_cycles(dut.job.done, done)])
    assert len(done) == len(copies)
    return data, reports, memory


def expected_memory(config, copies, data):
    """Bytes by address once all copies are done; a side that is too short leaves the rest unwritten."""
    written = {}
    for copy, taken in zip(copies, data, strict=True):
        written |= dict(zip(bytes_at(config, copy.entry), taken, strict=False))
    return written


@pytest.mark.parametrize(("data_width", "address_width", "outstanding"), SIZES)
@pytest.mark.parametrize(("stall", "idle"), [(0, 0), (0.4, 0), (0.1, 0.5)])
def test_random_copies(data_width, address_width, outstanding, stall, idle):
    memory, config = dma_config(data_width, address_width=address_width, outstanding=outstanding)
    dut = StoreEngine(config, memory, COUNT_BITS)
    copies = random_copies(memory, config, random.Random(data_width + outstanding), 30, reads=True)
    data, reports, served = run(dut, copies, stall=stall, idle=idle)
    assert served.written == expected_memory(config, copies, data) and not reports


@pytest.mark.parametrize("stall", [0, 0.4])
def test_sides_of_different_length_are_told_to_the_byte(stall):
    """With the number of the job; what is too much is dropped, what is missing is not written."""
    memory, config = dma_config(64)
    dut = StoreEngine(config, memory, COUNT_BITS)
    copies = random_copies(memory, config, random.Random(3), 40, reads=True, wrong=0.5)
    copies += random_copies(memory, config, random.Random(4), 1, reads=True, nothing=0)
    data, reports, served = run(dut, copies, stall=stall)
    assert served.written == expected_memory(config, copies, data)
    wrong = [number % 8 for number, copy in enumerate(copies) if copy.local != len(bytes_at(config, copy.entry))]
    assert reports == [("mismatch", None, number) for number in wrong] and len(wrong) > 8


@pytest.mark.parametrize("stall", [0, 0.4])
def test_errors_name_the_burst_and_the_job(stall):
    memory, config = dma_config(32)
    rng, dut = random.Random(9), StoreEngine(config, memory, COUNT_BITS)
    copies = random_copies(memory, config, rng, 20, reads=True)
    firsts = []
    for number, copy in enumerate(copies):
        addresses = bytes_at(config, copy.entry)
        for i, address in enumerate(addresses):
            if i % copy.entry["run_bytes"] == 0 or address % 1024 == 0:
                firsts.append((address, number % 8))
    errors = {address // 4 * 4 for address, _ in rng.sample(firsts, len(firsts) // 4)}
    _, reports, _ = run(dut, copies, stall=stall, errors=errors)
    expected = [("error", address, job) for address, job in firsts if address // 4 * 4 in errors]
    assert reports == expected and len(expected) > 5


@pytest.mark.parametrize("together", [1, 2])
def test_empty_jobs_between_answers_that_come_at_once(together):
    """Each answer ends its own job, not an empty one before it that ends in the same cycle."""
    memory, config = dma_config(32, outstanding=4)
    rng, copies = random.Random(2), []
    for number in range(41):
        entry, empty = engine_entry(config, 3 + 5 * number, 1), number % 2 and number > 5
        if empty:
            entry["external_bound_1"] = 0
        copies.append(EngineCopy(entry, [] if empty else steps_of_runs(rng, 4, 4, 1, 1, reads=True), 0 if empty else 1))
    dut = StoreEngine(config, memory, COUNT_BITS)
    data, reports, served = run(dut, copies, together=together)
    assert served.written == expected_memory(config, copies, data) and not reports


def test_no_burst_is_asked_for_before_its_first_beat_is_there():
    """Or notifications behind its beats would wait for whatever the reader waits for."""
    memory, config = dma_config(64)
    dut = StoreEngine(config, memory, COUNT_BITS)
    served, steps = Writes(dut.bus, config), 4

    async def feed(ctx):
        await ctx.tick().repeat(30)
        assert served.bursts == []
        for number in range(steps):
            await drive(dut.i, [number])(ctx)
            await ctx.tick().repeat(20)
            assert len(served.bursts) == number // 2 + 1
    pieces = [{"lane": 0, "count": 8, "last": int(i == steps - 1)} for i in range(steps)]
    entry = engine_entry(config, 8, 16, [(2, 96)])
    simulate(dut, drive(dut.job.entry, [entry]), drive(dut.piece, pieces), feed, wait_count(dut.job.done, 1), background=[served.serve])


@pytest.mark.parametrize("run_bytes", [8, 4096])
@pytest.mark.parametrize("lane", [0, 3])
def test_one_beat_per_cycle(run_bytes, lane):
    """Be it in bursts of one beat or of many."""
    memory, config = dma_config(64, outstanding=32)
    dut, cycles, count = StoreEngine(config, memory, COUNT_BITS), [], 128
    total = 8 * count
    pieces, left = [], total
    while left:
        first = lane if not pieces else 0
        pieces.append({"lane": first, "count": min(left, 8 - first), "last": 0})
        left -= pieces[-1]["count"]
    pieces[-1]["last"] = 1
    served = Writes(dut.bus, config)
    entry = engine_entry(config, 0x2000, min(run_bytes, total), [(max(1, total // run_bytes), 64)])
    simulate(dut, drive(dut.job.entry, [entry]), drive(dut.piece, pieces), drive(dut.i, [0] * len(pieces)), wait_count(dut.job.done, 1),
             background=[served.serve, log_cycles(dut.bus.beat.valid & dut.bus.beat.ready, cycles)])
    assert cycles == list(range(cycles[0], cycles[0] + count))
