# SPDX-License-Identifier: Apache-2.0
"""The load engine between a plain memory and a writer's steps: every byte in its lane, whatever comes between."""

import random

import pytest
from support.engines import EngineCopy, log_reports, random_copies, wait_count
from support.external import Reads, bytes_at, dma_config, engine_entry, pattern
from support.pieces import steps_of_runs
from support.streams import collect, drive, log_cycles, simulate

from hwgen.dma.load import LoadEngine

COUNT_BITS = 3
SIZES = [(32, 32, 2), (64, 40, 4), (64, 64, 2), (256, 32, 8)]


def run(dut, copies, *, stall=0.0, idle=0.0, errors=(), together=False):
    """Words written, reports, cycles in which copies were done, and the memory."""
    received, reports, done = [], [], []
    memory = Reads(dut.bus, dut.config, stall=stall, errors=errors)
    pieces = [piece for copy in copies for piece in copy.pieces]
    simulate(dut, drive(dut.job.entry, [copy.entry for copy in copies], idle=idle), drive(dut.piece, pieces, idle=idle, seed=2),
             collect(dut.o, received, len(pieces), stall=stall), wait_count(dut.job.done, len(copies)),
             checks=[dut.o, dut.bus.request], background=[memory.serve, log_reports(dut.report, reports), log_cycles(dut.job.done, done)])
    assert len(done) == len(copies)
    return received, reports, memory


def check_words(config, copies, received, errors=()):
    """Strobed bytes of each step are the copy's next ones; of beats answered with an error they are zero."""
    words, size = iter(received), config.data_bytes
    for copy in copies:
        have = [] if copy.fill else bytes_at(config, copy.entry)
        expected = [0 if address // size * size in errors else pattern(address) for address in have]
        position = 0
        for piece in copy.pieces:
            one, lane = next(words), piece["lane"]
            count = piece["count"] if copy.fill else min(piece["count"], len(expected) - position)
            assert int(one.strobe) == ((1 << count) - 1) << lane
            given = int(one.data).to_bytes(size, "little")[lane:lane + count]
            if copy.fill:
                assert list(given) == [copy.entry["fill_pattern"] >> 8 * (b % 4) & 0xFF for b in range(lane, lane + count)]
            else:
                assert list(given) == expected[position:position + count]
            position += count


@pytest.mark.parametrize(("data_width", "address_width", "outstanding"), SIZES)
@pytest.mark.parametrize(("stall", "idle"), [(0, 0), (0.4, 0), (0.1, 0.5)])
def test_random_copies(data_width, address_width, outstanding, stall, idle):
    memory, config = dma_config(data_width, address_width=address_width, outstanding=outstanding)
    dut = LoadEngine(config, memory, COUNT_BITS)
    copies = random_copies(memory, config, random.Random(data_width + outstanding), 30, reads=False, fills=0.3)
    received, reports, served = run(dut, copies, stall=stall, idle=idle)
    check_words(config, copies, received)
    assert not reports and served.most <= outstanding


@pytest.mark.parametrize("stall", [0, 0.4])
def test_sides_of_different_length_are_told_to_the_byte(stall):
    """With the number of the job, and without harm to the next one."""
    memory, config = dma_config(64)
    dut = LoadEngine(config, memory, COUNT_BITS)
    copies = random_copies(memory, config, random.Random(3), 40, reads=False, fills=0.2, wrong=0.5)
    copies += random_copies(memory, config, random.Random(4), 1, reads=False, nothing=0)
    received, reports, _ = run(dut, copies, stall=stall)
    check_words(config, copies, received)
    wrong = [number % 8 for number, copy in enumerate(copies) if not copy.fill and copy.local != len(bytes_at(config, copy.entry))]
    assert reports == [("mismatch", None, number) for number in wrong] and len(wrong) > 8


@pytest.mark.parametrize("stall", [0, 0.4])
def test_errors_name_address_and_job_and_leave_zeros(stall):
    memory, config = dma_config(64)
    rng, dut = random.Random(9), LoadEngine(config, memory, COUNT_BITS)
    copies = random_copies(memory, config, rng, 20, reads=False)
    beats = sorted({address // 8 * 8 for copy in copies for address in bytes_at(config, copy.entry)})
    errors = set(rng.sample(beats, len(beats) // 8))
    received, reports, _ = run(dut, copies, stall=stall, errors=errors)
    check_words(config, copies, received, errors)
    expected = []
    for number, copy in enumerate(copies):
        addresses, before = bytes_at(config, copy.entry), None
        for i, address in enumerate(addresses):
            new_run = i % copy.entry["run_bytes"] == 0
            if (new_run or before // 8 != address // 8) and address // 8 * 8 in errors:
                expected.append(("error", address, number % 8))
            before = address
    assert reports == expected and len(expected) > 5


def test_reads_ahead_while_the_writer_waits():
    """Two jobs' bursts are asked for although nothing is taken."""
    memory, config = dma_config(64)
    dut = LoadEngine(config, memory, COUNT_BITS)
    served = Reads(dut.bus, config)

    async def wait(ctx):
        await ctx.tick().repeat(30)
    simulate(dut, drive(dut.job.entry, [engine_entry(config, base, 8) for base in (0, 800)]), wait, background=[served.serve])
    assert served.bursts == [(0, 1), (800, 1)]


@pytest.mark.parametrize("lane", [0, 3])
def test_one_step_per_cycle(lane):
    memory, config = dma_config(64, outstanding=8)
    dut, cycles, count = LoadEngine(config, memory, COUNT_BITS), [], 60
    total = 8 * count - lane
    pieces = [{"lane": 0 if i else lane, "count": 8 if i else 8 - lane, "last": int(i == count - 1)} for i in range(count)]
    served = Reads(dut.bus, config)
    simulate(dut, drive(dut.job.entry, [engine_entry(config, 5, total)]), drive(dut.piece, pieces), collect(dut.o, [], count),
             background=[served.serve, log_cycles(dut.o.valid, cycles)])
    assert cycles == list(range(cycles[0], cycles[0] + count))


def test_jobs_of_single_bytes_and_nothing_follow_one_another():
    memory, config = dma_config(32, outstanding=2)
    rng, copies = random.Random(2), []
    for number in range(40):
        empty, fill = number % 3 == 1, number % 4 == 2
        entry = engine_entry(config, 3 + 5 * number, 1)
        if fill:
            entry |= {"fill": 1, "fill_pattern": 0x01020304 * number & 0xFFFF_FFFF}
        elif empty:
            entry["external_bound_1"] = 0
        copies.append(EngineCopy(entry, [] if empty and not fill else steps_of_runs(rng, 4, 4, 1, 1, reads=False), 1))
    received, reports, _ = run(LoadEngine(config, memory, COUNT_BITS), copies)
    check_words(config, copies, received)
    assert not reports
