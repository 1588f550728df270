# SPDX-License-Identifier: Apache-2.0
"""A job queue with everything around it, driven cycle by cycle."""

from support.soc import with_jobs
from support.streams import simulate

from hwgen.config.registers import Unit, register
from hwgen.soc.unit_queue import UnitQueue

UNIT = Unit("X", "core", (register("tag", 16, "Which job this is."),))
UNITS, SEMAPHORES, WAITS, DEPTH, COUNT = 3, 4, 3, 3, 1 << 8


def unit_queue():
    config = with_jobs(queue_depth=DEPTH, waits=WAITS, semaphores=SEMAPHORES, count_width=8, semaphore_width=5)
    return UnitQueue(config, UNIT, UNITS)


def entry(tag, waits=(), signal=None, interrupt=0):
    """Fields of an entry; waits are (source, count), a signal is (semaphore, amount). Unused ones hold noise."""
    fields = {"tag": tag, "interrupt": interrupt}
    for i, (source, count) in enumerate(waits):
        fields |= {f"wait_{i}_enable": 1, f"wait_{i}_source": source, f"wait_{i}_count": count}
    for i in range(len(waits), WAITS):
        fields |= {f"wait_{i}_enable": 0, f"wait_{i}_source": tag % (UNITS + SEMAPHORES), f"wait_{i}_count": tag}
    if signal:
        fields |= {"signal_enable": 1, "signal_semaphore": signal[0], "signal_amount": signal[1]}
    return fields


class Bench:
    """Drives a queue cycle by cycle, with random units and semaphores around it.

    Attributes
    ----------
    started, signals, acquired : list
        Tags of entries started; amounts handed over, in order.
    """

    def __init__(self, ctx, dut):
        self.ctx, self.dut = ctx, dut
        self.counts = [0] * UNITS
        self.started, self.signals, self.acquired, self.interrupts, self.done = [], [], [], 0, 0

    def push(self, fields):
        self.ctx.set(self.dut.entry, fields)
        self.ctx.set(self.dut.push, 1)

    def set(self, *, take=True, done=False, grant=True, accept=True, hold=False, flush=False):
        """Inputs of the present cycle."""
        ctx, dut = self.ctx, self.dut
        ctx.set(dut.job.entry.ready, take)
        ctx.set(dut.job.done, done)
        ctx.set(dut.acquire.ready, grant)
        ctx.set(dut.signal.ready, accept)
        ctx.set(dut.hold, hold)
        ctx.set(dut.flush, flush)
        for i, count in enumerate(self.counts):
            ctx.set(dut.counts[i], count % COUNT)

    async def cycle(self, *, take=True, done=False, **options):
        """One cycle; tag of the entry that starts in it, or None."""
        ctx, dut = self.ctx, self.dut
        self.set(take=take, done=done, **options)
        started = None
        if ctx.get(dut.job.entry.valid) and take:
            started = ctx.get(dut.job.entry.payload.tag)
            self.started.append(started)
        for name, record in (("acquire", self.acquired), ("signal", self.signals)):
            port = getattr(dut, name)
            if ctx.get(port.valid) and ctx.get(port.ready):
                record.append((ctx.get(port.payload.semaphore), ctx.get(port.payload.amount)))
        self.interrupts += ctx.get(dut.interrupt)
        self.done += done
        await ctx.tick()
        ctx.set(dut.push, 0)
        assert ctx.get(dut.completed) == self.done % COUNT
        assert ctx.get(dut.started) == len(self.started) % COUNT
        assert ctx.get(dut.running) == (len(self.started) != self.done)
        return started


def run(scenario):
    dut = unit_queue()

    async def bench(ctx):
        await scenario(Bench(ctx, dut))

    simulate(dut, bench, checks=[dut.signal], cycles=10_000)
