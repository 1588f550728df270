# SPDX-License-Identifier: Apache-2.0
"""Charges every cycle to one cause, and counts cycles and accesses."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ..config import ClusterConfig
from ..config.counters import cycle_causes
from ..parts.probe import probe
from ..streamer.status import WaitCause

COUNTER_BITS = 32


class CycleCounters(wiring.Component):
    """Performance counters.

    Counting starts with the first write to a job register after ``clear``. Cycles in which no job is
    running or queued are charged only once there is another, so those after the last completion never
    are; ``steps`` and all stalls add up to ``total_cycles`` exactly. Causes and their order:
    `hwgen.config.counters.cycle_causes`.

    Members
    -------
    clear, open : ``In(1)``
        Zero everything; a job register is written.
    step, active, blocked : ``In(1)``
        Of the accelerator: a step is done; a job is running; a result cannot leave.
    passing : ``In(1)``, where the accelerator can carry words past its work
        It does.
    busy : ``In(1)``, where the accelerator does not report its status
        It leaves a word untaken.
    needs, waiting, running, queued
        One bit (``waiting``: a `WaitCause`) for each streamer, by name.
    core_queued : ``In(1)``
        The next job of the accelerator's first unit has not started.
    others_running, others_queued : ``In(1)``
        Any unit of the accelerator is running; any but the first has a job that has not started.
    copying : ``In(1)``, where there is an external memory
        Any unit of its side is running or has a job that has not started.
    awaits_copy : ``In``, likewise, one bit for each streamer by name, and ``core`` and ``others``
        What its next job waits for is such a unit.
    accesses : bank words of each streamer in this cycle, by name.
    select : ``In``
        Counter to read: index into the causes.
    count : ``Out(32)``
        Its value, in the same cycle.
    total_cycles, cycles : ``Out(32)``
    access_counts : ``Out``, by name
    """

    def __init__(self, config: ClusterConfig):
        self.config, self.causes = config, cycle_causes(config)
        names = data.StructLayout({name: 1 for name in config.streamers})
        self.readers = [name for name, streamer in config.streamers.items() if streamer.reads]
        super().__init__({
            "clear": In(1),
            "open": In(1),
            "step": In(1),
            "active": In(1),
            "blocked": In(1),
            **({} if config.accelerator.reports_status else {"busy": In(1)}),
            **({"passing": In(1)} if config.accelerator.passes else {}),
            "needs": In(data.StructLayout({name: 1 for name in self.readers})),
            "waiting": In(data.StructLayout({name: WaitCause for name in self.readers})),
            "running": In(names),
            "queued": In(names),
            "core_queued": In(1),
            "others_running": In(1),
            "others_queued": In(1),
            **({"copying": In(1), "awaits_copy": In(data.StructLayout({name: 1 for name in (*config.streamers, "core", "others")}))}
               if config.dma else {}),
            "accesses": In(data.StructLayout({name: range(s.channels + 1) for name, s in config.all_streamers.items()})),
            "select": In(range(len(self.causes))),
            "count": Out(COUNTER_BITS),
            "total_cycles": Out(COUNTER_BITS),
            "cycles": Out(COUNTER_BITS),
            "access_counts": Out(data.StructLayout({name: COUNTER_BITS for name in config.all_streamers})),
        })

    def elaborate(self, platform):
        m = Module()
        counting, jobs = Signal(), Signal()
        elapsed, trailing = Signal(COUNTER_BITS), Signal(COUNTER_BITS)
        cause = Signal(range(len(self.causes)))
        self._classify(m, cause)
        m.d.comb += [
            jobs.eq(self.running.as_value().any() | self.others_running | self.active
                    | self.queued.as_value().any() | self.others_queued | self.core_queued
                    | (self.copying if self.config.dma else 0)),
            self.total_cycles.eq(elapsed - trailing),
        ]
        with m.If(self.clear):
            m.d.sync += [counting.eq(0), elapsed.eq(0), trailing.eq(0), self.cycles.eq(0), self.access_counts.eq(0)]
        with m.Else():
            with m.If(self.open):
                m.d.sync += counting.eq(1)
            with m.If(counting):
                m.d.sync += [
                    elapsed.eq(elapsed + 1),
                    trailing.eq(Mux(jobs, 0, trailing + 1)),
                    self.cycles.eq(self.cycles + self.running.as_value().any()),
                ]
                for name in self.config.all_streamers:
                    total = self.access_counts[name]
                    m.d.sync += total.eq(total + self.accesses[name])
        self._store(m, cause, counting, trailing)
        watched = {"counting": counting, "clear": self.clear, "cause": cause, "needs": self.needs, "waiting": self.waiting}
        for name, value in watched.items():
            probe(m, name, value)
        return m

    def _store(self, m, cause, counting, trailing):
        """One memory holds all counters; a mark for each says whether it has counted since the clear."""
        m.submodules.storage = storage = Memory(shape=COUNTER_BITS, depth=len(self.causes), init=[])
        write, read, look = storage.write_port(), storage.read_port(domain="comb"), storage.read_port(domain="comb")
        used, value = Signal(len(self.causes)), Signal(COUNTER_BITS)
        raw = Signal(COUNTER_BITS)
        m.d.comb += [
            read.addr.eq(cause),
            value.eq(Mux(used.bit_select(cause, 1), read.data, 0)),
            write.en.eq(counting & ~self.clear),
            write.addr.eq(cause),
            write.data.eq(value + 1),
            look.addr.eq(self.select),
            raw.eq(Mux(used.bit_select(self.select, 1), look.data, 0)),
            self.count.eq(Mux(self.select == self.causes.index("configuration"), raw - trailing, raw)),
        ]
        with m.If(self.clear):
            m.d.sync += used.eq(0)
        with m.Elif(counting):
            m.d.sync += used.bit_select(cause, 1).eq(1)

    def _classify(self, m, cause):
        """Charge this cycle to the first cause that applies."""
        stepped, filling = Signal(), Signal()
        m.d.sync += stepped.eq(self.active & (stepped | self.step))
        m.d.comb += filling.eq(~stepped)
        writers = [name for name in self.config.streamers if name not in self.readers]
        writer_running, writer_queued = Signal(), Signal()
        m.d.comb += [
            writer_running.eq(sum(self.running[name] for name in writers) != 0),
            writer_queued.eq(sum(self.queued[name] for name in writers) != 0),
        ]

        def charge(name):
            return cause.eq(self.causes.index(name))

        def dependency(*names):
            if not self.config.dma:
                m.d.comb += charge("dependency")
                return
            with m.If(Cat(self.awaits_copy[name] for name in names).any()):
                m.d.comb += charge("dma")
            with m.Else():
                m.d.comb += charge("dependency")

        def idle_unit(queued, *names):
            with m.If(queued):
                dependency(*names)
            with m.Else():
                m.d.comb += charge("configuration")

        with m.If(self.step):
            m.d.comb += charge("steps")
        if self.config.accelerator.passes:
            with m.Elif(self.passing):
                m.d.comb += charge("pass")
        for name in self.readers:
            with m.Elif(self.needs[name]):
                with m.If(~self.running[name]):
                    idle_unit(self.queued[name], name)
                with m.Elif(filling):
                    m.d.comb += charge("fill")
                with m.Else(), m.Switch(self.waiting[name]):
                    for wait in WaitCause:
                        with m.Case(wait):
                            m.d.comb += charge(f"{name}_{wait.name.lower()}")
        with m.Elif(self.blocked):
            with m.If(writer_running):
                m.d.comb += charge("output_blocked")
            with m.Else():
                idle_unit(writer_queued, *writers)
        if not self.config.accelerator.reports_status:
            with m.Elif(self.busy):
                m.d.comb += charge("accelerator_busy")
        if self.config.accelerator.units():
            with m.Elif(self.core_queued):
                dependency("core")
        with m.Elif(writer_running | self.active | self.others_running):
            m.d.comb += charge("drain")
        with m.Elif(self.queued.as_value().any() | self.others_queued):
            dependency(*self.config.streamers, "others")
        if self.config.dma:
            with m.Elif(self.copying):
                m.d.comb += charge("dma")
        with m.Else():
            m.d.comb += charge("configuration")
