# SPDX-License-Identifier: Apache-2.0
"""One unit's queue of jobs: entries wait here, start in order, and signal when they complete."""

from collections.abc import Sequence

from amaranth import Array, Cat, Module, Mux, ResetInserter, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import ClusterConfig
from ..config.base import bits_for
from ..config.register_map import wait_registers
from ..config.registers import Unit
from ..parts.job import JobSignature, entry_layout
from ..parts.queue import Queue

JOBS_STARTED = 8
"""Jobs of one unit that may have started without having completed and signaled."""


def queued_layout(config: ClusterConfig, unit: Unit, unit_count: int) -> data.StructLayout:
    """A whole entry: the unit's own fields, then waits and completion."""
    return entry_layout(Unit(unit.name, unit.kind, (*unit.registers, *wait_registers(config, unit_count))))


class SemaphoreAmount(data.StructLayout):
    """How much to take from, or add to, which semaphore."""

    def __init__(self, config: ClusterConfig):
        super().__init__({
            "semaphore": max(1, bits_for(config.jobs.semaphores)),
            "amount": config.jobs.semaphore_width,
        })


class UnitQueue(wiring.Component):
    """Job queue, waits, completion counter and signals of one unit.

    An entry's waits are looked at in order, one per cycle, while the unit may still be running
    earlier jobs; an entry without waits can start in the cycle after its push. A wait on a unit is
    met once its completion counter, modulo 2**count_width, has reached the count; a wait on a
    semaphore is met once the count has been taken from it. A completion shows in ``completed``
    one cycle after ``job.done``; signals follow in order, one per cycle.

    Parameters
    ----------
    config : ClusterConfig
    unit : Unit
    unit_count : int
    copiers : sequence of int
        Wait sources that are units of the external memory's side.

    Members
    -------
    push : ``In(1)``
        Store ``entry``; only while ``space`` is not zero.
    entry : ``In(queued_layout(...))``
    space : ``Out``
        Entries that can be pushed.
    job : ``In(JobSignature(unit))``
        To the unit.
    hold : ``In(1)``
        Start nothing.
    flush : ``In(1)``
        Drop all entries that have not started.
    counts : ``In(ArrayLayout(count_width, units))``
        Completion counters of all units.
    acquire : ``Out(stream.Signature(SemaphoreAmount))``
        Taken once the semaphore has given that much.
    signal : ``Out(stream.Signature(SemaphoreAmount))``
    interrupt : ``Out(1)``
        A job that asks for an interrupt has completed.
    completed, started : ``Out(count_width)``
        Jobs completed and started since reset, modulo 2**count_width.
    awaits_copy : ``Out(1)``
        What the next entry waits for is one of the ``copiers``.
    running, queued : ``Out(1)``
        A job is started and not completed; an entry is there and does not start in this cycle.
    """

    def __init__(self, config: ClusterConfig, unit: Unit, unit_count: int, *, copiers: Sequence[int] = ()):
        self.config, self.unit, self.unit_count, self.copiers = config, unit, unit_count, copiers
        self.layout = queued_layout(config, unit, unit_count)
        jobs = config.jobs
        super().__init__({
            "push": In(1),
            "entry": In(self.layout),
            "space": Out(range(jobs.queue_depth + 1)),
            "job": In(JobSignature(unit)),
            "hold": In(1),
            "flush": In(1),
            "counts": In(data.ArrayLayout(jobs.count_width, unit_count)),
            "acquire": Out(stream.Signature(SemaphoreAmount(config))),
            "signal": Out(stream.Signature(SemaphoreAmount(config))),
            "interrupt": Out(1),
            "completed": Out(jobs.count_width),
            "started": Out(jobs.count_width),
            "awaits_copy": Out(1),
            "running": Out(1),
            "queued": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        jobs = self.config.jobs
        m.submodules.queue = queue = ResetInserter(self.flush)(Queue(self.layout, depth=jobs.queue_depth))
        head, ready, start = queue.o.payload, Signal(), Signal()
        m.d.comb += [
            queue.i.valid.eq(self.push),
            queue.i.payload.eq(self.entry),
            self.space.eq(jobs.queue_depth - queue.level),
            self.queued.eq(queue.o.valid & ~start),
        ]
        self._wait(m, queue, start, ready)

        completion_layout = data.StructLayout({
            "target": SemaphoreAmount(self.config), "signal": 1, "interrupt": 1})
        m.submodules.completions = completions = Queue(completion_layout, depth=JOBS_STARTED)
        own = self.job.entry
        m.d.comb += [
            own.valid.eq(ready & completions.i.ready),
            [own.payload[field.name].eq(head[field.name]) for field in self.unit.fields],
            start.eq(own.valid & own.ready),
            queue.o.ready.eq(start),
            completions.i.valid.eq(start),
            completions.i.payload.target.semaphore.eq(head.signal_semaphore),
            completions.i.payload.target.amount.eq(head.signal_amount),
            completions.i.payload.signal.eq(head.signal_enable),
            completions.i.payload.interrupt.eq(head.interrupt),
            self.running.eq(self.started != self.completed),
        ]
        m.d.sync += self.started.eq(self.started + start)
        m.d.sync += self.completed.eq(self.completed + self.job.done)
        self._signal(m, completions)
        return m

    def _wait(self, m, queue, start, ready):
        """Look at the head's waits in order until none is left."""
        jobs, head = self.config.jobs, queue.o.payload
        index = Signal(range(jobs.waits + 1))
        sources = self.unit_count + jobs.semaphores
        enabled, met = Signal(), Signal()
        source, count = Signal(bits_for(sources)), Signal(jobs.count_width)
        waits = range(jobs.waits)

        def pick(name):
            return Array([head[f"wait_{i}_{name}"] for i in waits] + [0])[index]

        reached, ahead = Signal(jobs.count_width), Signal(jobs.count_width)
        on_semaphore = Signal()
        m.d.comb += [
            enabled.eq(queue.o.valid & pick("enable")),
            source.eq(pick("source")),
            count.eq(pick("count")),
            on_semaphore.eq(source >= self.unit_count),
            reached.eq(Array([self.counts[u] for u in range(self.unit_count)])[source]),
            ahead.eq(reached - count),
            self.acquire.valid.eq(enabled & on_semaphore & ~self.hold & ~self.flush),
            self.acquire.payload.semaphore.eq(source - self.unit_count),
            self.acquire.payload.amount.eq(count),
            met.eq(Mux(on_semaphore, self.acquire.valid & self.acquire.ready, ~ahead[-1])),
            ready.eq(queue.o.valid & ~enabled & ~self.hold & ~self.flush),
            self.awaits_copy.eq(enabled & ~met & Cat(source == index for index in self.copiers).any()),
        ]
        with m.If(start | self.flush):
            m.d.sync += index.eq(0)
        with m.Elif(enabled & met):
            m.d.sync += index.eq(index + 1)

    def _signal(self, m, completions):
        """Signal for each completed job, in order."""
        owed, settle = Signal(range(JOBS_STARTED + 1)), Signal()
        done = completions.o.payload
        m.d.comb += [
            self.signal.valid.eq((owed != 0) & done.signal),
            self.signal.payload.eq(done.target),
            settle.eq((owed != 0) & (~done.signal | self.signal.ready)),
            completions.o.ready.eq(settle),
            self.interrupt.eq(settle & done.interrupt),
        ]
        m.d.sync += owed.eq(owed + self.job.done - settle)
