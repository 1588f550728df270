# SPDX-License-Identifier: Apache-2.0
"""What a unit's job queue promises, stated for one entry, any one, from its push to its signal."""

from types import SimpleNamespace

from amaranth import Array, Cat, Module, Mux, ResetInserter, Signal, Value
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.lemmas import look_inside
from support.order import OrderChecker

from hwgen.config.cluster import JobsConfig
from hwgen.config.registers import Unit, register
from hwgen.soc.unit_queue import JOBS_STARTED

UNITS, WAITS, DEPTH = 2, 2, 2
CONFIG = SimpleNamespace(jobs=JobsConfig.model_construct(
    queue_depth=DEPTH, waits=WAITS, semaphores=1, count_width=4, semaphore_width=2))
UNIT = Unit("X", "streamer", (register("tag", 2, "Tells entries apart."),))

OFFERED = "an entry is offered once its waits are met, unless held or flushed, and at no other time"
MET = "an entry starts only after all its waits were met in order"
TAKES = "only what the first entry waits for is taken from a semaphore"
SPACE = "space is what is left"
HELD = "nothing starts or takes while held or flushed"
STAYS = "an entry that is offered stays until it starts, unless held or flushed"
SOON = "an entry that can start does so after one cycle for each wait"
COUNTS = "jobs started and completed are counted"
STATUS = "running and queued tell what is there"
COMPLETED = "a job signals only after it completed"
SIGNAL = "a job signals what it was told to"
SIGNALS = "a job that completed signals in the end"
INTERRUPT = "a job interrupts once it completed"


class UnitQueueSpec(wiring.Component):
    """Any entries while there is space, any unit that completes only what it started, any counters."""

    def __init__(self, dut):
        self.dut = dut
        super().__init__({
            "push": In(1), "entry": In(dut.layout), "job_ready": In(1), "done": In(1), "hold": In(1), "flush": In(1),
            "counts": In(CONFIG.jobs.count_width).array(UNITS), "acquire_ready": In(1), "signal_ready": In(1), "pick": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.queue = dut = self.dut
        self.room, self.signals, self.interrupts = Signal(), Signal(), Signal()

        def tap(inner):
            completions = inner.submodules.completions
            inner.d.comb += [
                self.room.eq(completions.i.ready),
                self.signals.eq(completions.i.payload.signal),
                self.interrupts.eq(completions.i.payload.interrupt),
            ]

        look_inside(dut, tap)
        m.d.comb += [
            dut.push.eq(self.push), dut.entry.eq(self.entry), dut.job.entry.ready.eq(self.job_ready),
            dut.job.done.eq(self.done), dut.hold.eq(self.hold), dut.flush.eq(self.flush),
            [dut.counts[u].eq(self.counts[u]) for u in range(UNITS)],
            dut.acquire.ready.eq(self.acquire_ready), dut.signal.ready.eq(self.signal_ready),
            Assume(~self.push | (dut.space != 0), "entries are pushed only while there is space"),
        ]
        for i in range(WAITS):
            m.d.comb += Assume(self.entry[f"wait_{i}_source"] <= UNITS, f"wait {i} names a source")
        m.submodules.order = order = ResetInserter(self.flush)(OrderChecker(2, places=DEPTH))
        self.start, self.first, self.followed = Signal(), Signal(), Signal(dut.layout)
        m.d.comb += [
            self.start.eq(dut.job.entry.valid & self.job_ready),
            order.push.eq(self.push), order.pop.eq(self.start), order.pick.eq(self.pick),
            order.entering.eq(self.entry.tag), order.leaving.eq(dut.job.entry.payload.tag),
            self.first.eq(order.following & (order.ahead == 0)),
            Assert(dut.space == DEPTH - order.held, SPACE),
            Assert(dut.queued == ((order.held != 0) & ~self.start), STATUS),
            Assert(~(self.hold | self.flush) | ~(dut.job.entry.valid | dut.acquire.valid), HELD),
            Assert(~dut.acquire.valid | (order.held != 0), TAKES),
        ]
        with m.If(~order.following & self.push & self.pick):
            m.d.sync += self.followed.eq(self.entry)
        self._waits(m)
        self._handshake(m)
        self._completion(m)
        return m

    def _waits(self, m):
        """Which waits of the followed entry were met since it became the first."""
        dut, entry, calm = self.dut, self.followed, ~self.hold & ~self.flush
        satisfied, needed, reached = Signal(WAITS), Signal(WAITS), Signal(WAITS)
        half = 1 << CONFIG.jobs.count_width - 1
        for i in range(WAITS):
            source, difference = entry[f"wait_{i}_source"], Signal(CONFIG.jobs.count_width, name=f"difference_{i}")
            m.d.comb += [
                needed[i].eq(Cat(entry[f"wait_{k}_enable"] for k in range(i + 1)).all()),
                difference.eq(Array(self.counts)[Mux(source < UNITS, source, 0)] - entry[f"wait_{i}_count"]),
                reached[i].eq((source == UNITS) | (difference < half)),
            ]
            looked_at, takes = Signal(name=f"looked_at_{i}"), Signal(name=f"takes_{i}")
            m.d.comb += [
                looked_at.eq(self.first & needed[i] & ~satisfied[i] & satisfied[:i].all()),
                takes.eq(looked_at & (source == UNITS)),
                Assert(~(takes & calm) | dut.acquire.valid, "a semaphore is asked for as soon as it is its turn"),
                Assert(~(takes & dut.acquire.valid) | (
                    (dut.acquire.payload.semaphore == 0)
                    & (dut.acquire.payload.amount == entry[f"wait_{i}_count"][:len(dut.acquire.payload.amount)])), TAKES),
                Assert(~(looked_at & (source < UNITS)) | ~dut.acquire.valid, TAKES),
            ]
            with m.If(looked_at & Mux(source == UNITS, dut.acquire.valid & self.acquire_ready, reached[i])):
                m.d.sync += satisfied[i].eq(1)
        with m.If(self.flush | (self.first & self.start)):
            m.d.sync += satisfied.eq(0)

        could, patience = Signal(), Signal(range(WAITS + 2))
        m.d.comb += could.eq(self.first & calm & self.job_ready & self.acquire_ready & self.room & (~needed | reached).all())
        m.d.sync += patience.eq(Mux(could & ~self.start, patience + (patience != WAITS + 1), 0))
        m.d.comb += [
            Assert(~(self.first & self.start) | (~needed | satisfied).all(), MET),
            Assert(~self.first | (dut.job.entry.valid == ((~needed | satisfied).all() & calm & self.room)), OFFERED),
            Assert(~could | self.start | (patience < WAITS), SOON),
            Cover(self.first & self.start & needed.all() & (entry.wait_0_source == UNITS) & (entry.wait_1_source < UNITS),
                  "an entry starts after a semaphore and a unit"),
            Cover(self.flush & satisfied[0] & ~satisfied[1] & needed[1], "an entry is flushed between its waits"),
            Cover(could & (patience == WAITS) & self.start, "an entry takes as long as it may"),
        ]

    def _handshake(self, m):
        dut, may_stay = self.dut, ~self.hold & ~self.flush
        for name, stream in (("entry", dut.job.entry), ("acquire", dut.acquire)):
            waiting, payload = Signal(name=f"{name}_waiting"), Signal(Value.cast(stream.payload).shape(), name=f"{name}_payload")
            m.d.sync += [waiting.eq(stream.valid & ~stream.ready), payload.eq(stream.payload)]
            m.d.comb += Assert(~(waiting & may_stay) | (stream.valid & (Value.cast(stream.payload) == payload)), STAYS)
            m.d.comb += Cover(waiting & self.hold, f"{name} is withdrawn when held")

    def _completion(self, m):
        """Follow the same entry, once started, to its completion, signal and interrupt."""
        dut, entry = self.dut, self.followed
        counters = {name: Signal(CONFIG.jobs.count_width, name=name) for name in ("starts", "dones")}
        running, to_signal, to_interrupt = (Signal(range(2 * JOBS_STARTED), name=n) for n in ("live", "to_signal", "to_interrupt"))
        signaled = dut.signal.valid & self.signal_ready
        m.d.sync += [
            counters["starts"].eq(counters["starts"] + self.start), counters["dones"].eq(counters["dones"] + self.done),
            running.eq(running + self.start - self.done),
            to_signal.eq(to_signal + (self.start & self.signals) - signaled),
            to_interrupt.eq(to_interrupt + (self.start & self.interrupts) - dut.interrupt),
        ]
        active, completed, told, told_by_interrupt = (Signal(name=n) for n in ("active", "is_completed", "told", "told_by_interrupt"))
        job_ahead, signals_ahead, interrupts_ahead = (Signal.like(running, name=n) for n in ("job_ahead", "signals_ahead", "irqs_ahead"))
        job = Signal(self.dut.layout)
        with m.If(self.first & self.start & ~active):
            m.d.sync += [active.eq(1), completed.eq(0), told.eq(~entry.signal_enable), told_by_interrupt.eq(~entry.interrupt), job.eq(entry),
                         job_ahead.eq(running - self.done), signals_ahead.eq(to_signal - signaled), interrupts_ahead.eq(to_interrupt - dut.interrupt)]
        with m.Elif(active):
            with m.If(self.done & ~completed):
                m.d.sync += [job_ahead.eq(job_ahead - 1), completed.eq(job_ahead == 0)]
            with m.If(signaled & ~told):
                m.d.sync += [signals_ahead.eq(signals_ahead - 1), told.eq(signals_ahead == 0)]
            with m.If(dut.interrupt & ~told_by_interrupt):
                m.d.sync += [interrupts_ahead.eq(interrupts_ahead - 1), told_by_interrupt.eq(interrupts_ahead == 0)]
            with m.If(completed & told & told_by_interrupt):
                m.d.sync += active.eq(0)
        own_signal = active & dut.signal.valid & ~told & (signals_ahead == 0)
        own_interrupt = active & dut.interrupt & ~told_by_interrupt & (interrupts_ahead == 0)
        overdue = Signal(range(JOBS_STARTED + 2))
        owes = active & completed & ~(told & told_by_interrupt) & self.signal_ready
        m.d.sync += overdue.eq(Mux(owes, overdue + (overdue != JOBS_STARTED + 1), 0))
        m.d.comb += [
            Assume(~self.done | (running != 0), "only jobs that were started complete"),
            Assert((dut.started == counters["starts"]) & (dut.completed == counters["dones"]), COUNTS),
            Assert(dut.running == (running != 0), STATUS),
            Assert(~(self.first & self.start) | ((self.signals == entry.signal_enable) & (self.interrupts == entry.interrupt)), SIGNAL),
            Assert(~own_signal | completed, COMPLETED),
            Assert(~own_signal | ((dut.signal.payload.amount == job.signal_amount) & (dut.signal.payload.semaphore == job.signal_semaphore)), SIGNAL),
            Assert(~own_interrupt | completed, INTERRUPT),
            Assert(~dut.signal.valid | (to_signal != 0), SIGNAL),
            Assert(~dut.interrupt | (to_interrupt != 0), INTERRUPT),
            Assert(~owes | (overdue < JOBS_STARTED), SIGNALS),
            Cover(own_signal & self.signal_ready & (job.signal_amount == 3) & (running > 0), "a job signals while another runs"),
            Cover(own_interrupt & (signals_ahead == 0) & signaled, "a job signals and interrupts"),
        ]
