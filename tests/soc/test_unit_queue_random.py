# SPDX-License-Identifier: Apache-2.0
"""A job queue under random traffic against a model of one cycle."""

import random
from collections import deque

import pytest
from soc.queue_bench import COUNT, DEPTH, SEMAPHORES, UNITS, WAITS, entry, run

from hwgen.soc.unit_queue import JOBS_STARTED


class Model:
    """Entries are (tag, waits, signal, interrupt); `cycle` tells what the queue must show, then moves on."""

    def __init__(self):
        self.queue, self.unsettled, self.index, self.owed = deque(), deque(), 0, 0

    def cycle(self, counts, *, pushed, take, done, grant, accept, hold, flush):
        shown = {"acquire": None, "start": None, "signal": None, "interrupt": False}
        stopped, met = hold or flush, False
        if self.queue:
            tag, waits, signal, interrupt = self.queue[0]
            if self.index < len(waits):
                source, count = waits[self.index]
                if source < UNITS:
                    met = (counts[source] - count) % COUNT < COUNT // 2
                elif not stopped:
                    shown["acquire"], met = (source - UNITS, count), grant
            elif not stopped and len(self.unsettled) < JOBS_STARTED:
                shown["start"] = tag
        settled = False
        if self.owed:
            signal, interrupt = self.unsettled[0]
            shown["signal"] = signal
            settled = signal is None or accept
            shown["interrupt"] = settled and bool(interrupt)
        self.owed += done - settled
        if settled:
            self.unsettled.popleft()
        self.index += met
        if shown["start"] is not None and take:
            self.unsettled.append(self.queue.popleft()[2:])
            self.index = 0
        if flush:
            self.queue.clear()
            self.index = 0
        if pushed:
            self.queue.append(pushed)
        return shown


def random_entry(rng, tag, counts):
    waits = []
    for _ in range(rng.choice([0, 0, 1, 2, WAITS])):
        source = rng.randrange(UNITS + SEMAPHORES)
        # Some are met long ago, some will be soon; the counters pass their end now and then.
        waits.append((source, rng.randrange(32) if source >= UNITS else (counts[source] + rng.randint(-100, 6)) % COUNT))
    signal = (rng.randrange(SEMAPHORES), rng.randrange(32)) if rng.random() < 0.6 else None
    return tag, waits, signal, rng.randrange(2)


def shown_by(ctx, dut):
    """What the queue shows in this cycle, as the model puts it."""
    def amount(port):
        return (ctx.get(port.payload.semaphore), ctx.get(port.payload.amount)) if ctx.get(port.valid) else None

    return {
        "acquire": amount(dut.acquire), "signal": amount(dut.signal), "interrupt": bool(ctx.get(dut.interrupt)),
        "start": ctx.get(dut.job.entry.payload.tag) if ctx.get(dut.job.entry.valid) else None,
    }


@pytest.mark.parametrize("seed", range(6))
def test_every_cycle_matches_model(seed):
    rng, model = random.Random(seed), Model()

    async def scenario(bench):
        ctx, dut, tag = bench.ctx, bench.dut, 0
        bench.counts = [rng.randrange(COUNT) for _ in range(UNITS)]
        for _ in range(3000):
            assert ctx.get(dut.space) == DEPTH - len(model.queue)
            pushed = None
            if len(model.queue) < DEPTH and rng.random() < 0.4:
                pushed = random_entry(rng, tag, bench.counts)
                bench.push(entry(*pushed))
                tag += 1
            options = {"take": rng.random() < 0.7, "done": len(bench.started) > bench.done and rng.random() < 0.4,
                       "grant": rng.random() < 0.6, "accept": rng.random() < 0.7, "hold": rng.random() < 0.1,
                       "flush": pushed is None and rng.random() < 0.005}
            bench.set(**options)
            assert shown_by(ctx, dut) == model.cycle(bench.counts, pushed=pushed, **options)
            await bench.cycle(**options)
            for i in range(UNITS):
                bench.counts[i] += rng.random() < 0.3
        assert bench.started == sorted(set(bench.started)) and len(bench.started) > 300
        assert len(bench.signals) > 100 and len(bench.acquired) > 100 and bench.interrupts > 100

    run(scenario)
