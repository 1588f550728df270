# SPDX-License-Identifier: Apache-2.0
"""What one unit's job queue promises, one promise at a time."""

import pytest
from soc.queue_bench import COUNT, DEPTH, UNITS, entry, run

from hwgen.soc.unit_queue import JOBS_STARTED


def test_entry_without_waits_starts_in_the_cycle_after_its_push():
    async def scenario(bench):
        bench.push(entry(7))
        assert await bench.cycle() is None
        assert await bench.cycle() == 7

    run(scenario)


def test_entries_follow_one_another_in_every_cycle():
    async def scenario(bench):
        for tag in range(20):
            bench.push(entry(tag))
            await bench.cycle(done=len(bench.started) > bench.done)
        assert bench.started == list(range(19))

    run(scenario)


@pytest.mark.parametrize("reached, count, met", [
    (0, 0, True), (0, 1, False), (1, 1, True), (5, 1, True), (128, 1, True), (129, 1, False), (2, 250, True),
    (250, 2, False), (130, 2, False), (127, 0, True), (128, 0, False),
])
@pytest.mark.parametrize("source", range(UNITS))
def test_waits_on_units_modulo_the_counter(reached, count, met, source):
    """A count is met from where the counter reaches it for half its range."""

    async def scenario(bench):
        bench.counts = [(count - 1) % COUNT] * UNITS
        bench.counts[source] = reached
        bench.push(entry(1, waits=[(source, count)]))
        for _ in range(6):
            await bench.cycle()
        assert bench.started == [1] * met
        bench.counts[source] = count
        for _ in range(3):
            await bench.cycle()
        assert bench.started == [1]

    run(scenario)


def test_takes_semaphores_one_after_the_other():
    async def scenario(bench):
        bench.push(entry(1, waits=[(UNITS + 2, 3), (0, 1), (UNITS, 9)]))
        for _ in range(4):
            await bench.cycle(grant=False)
        assert bench.acquired == []
        for _ in range(4):
            await bench.cycle()
        assert bench.acquired == [(2, 3)] and bench.started == []
        bench.counts[0] = 1
        for _ in range(4):
            await bench.cycle()
        assert bench.acquired == [(2, 3), (0, 9)] and bench.started == [1]

    run(scenario)


def test_hold_starts_and_takes_nothing():
    async def scenario(bench):
        bench.push(entry(1, waits=[(UNITS, 1)]))
        for _ in range(5):
            await bench.cycle(hold=True)
        assert bench.acquired == [] and bench.started == []
        for _ in range(3):
            await bench.cycle()
        assert bench.acquired == [(0, 1)] and bench.started == [1]

    run(scenario)


def test_flush_drops_what_has_not_started():
    async def scenario(bench):
        ctx, dut = bench.ctx, bench.dut
        for tag in range(3):
            bench.push(entry(tag, waits=[] if tag == 0 else [(UNITS, tag), (1, 1)], signal=(tag, tag)))
            await bench.cycle(grant=True)
        for _ in range(4):
            await bench.cycle()
        assert bench.started == [0] and bench.acquired == [(0, 1)] and ctx.get(dut.space) == DEPTH - 2
        await bench.cycle(flush=True)
        assert ctx.get(dut.space) == DEPTH and not ctx.get(dut.queued)
        bench.counts[1] = 1
        # The next entry begins with its own first wait.
        bench.push(entry(9, waits=[(UNITS + 3, 4), (1, 1)]))
        for _ in range(5):
            await bench.cycle(done=bench.done == 0)
        assert bench.acquired == [(0, 1), (3, 4)] and bench.started == [0, 9]
        assert bench.signals == [(0, 0)], "the job that had started still signals"

    run(scenario)


def test_as_many_jobs_as_promised_start_without_completing():
    async def scenario(bench):
        for tag in range(JOBS_STARTED + 2):
            bench.push(entry(tag, signal=(1, tag), interrupt=tag % 2))
            await bench.cycle()
        for _ in range(5):
            await bench.cycle()
        assert bench.started == list(range(JOBS_STARTED))
        for _ in range(JOBS_STARTED):
            await bench.cycle(done=True, accept=False)
        assert bench.started == list(range(JOBS_STARTED)), "signals that are owed still count"
        assert bench.interrupts == 0
        for _ in range(4 * JOBS_STARTED):
            await bench.cycle(done=bench.done < len(bench.started))
        assert bench.signals == [(1, tag) for tag in range(JOBS_STARTED + 2)]
        assert bench.interrupts == (JOBS_STARTED + 2) // 2

    run(scenario)
