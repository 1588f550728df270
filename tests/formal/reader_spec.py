# SPDX-License-Identifier: Apache-2.0
"""What a reader promises, stated from outside and for one step, one channel and one job, any ones."""

from types import SimpleNamespace

from amaranth import Array, Cat, Module, Signal
from amaranth.asserts import AnyConst
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from formal.options_spec import bytes_kept, earlier, inverted
from support.checker import HandshakeChecker
from support.lemmas import look_inside

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer.chain import chain_latency
from hwgen.streamer.front import JOBS_IN_FLIGHT

WIDTH = 8
MEMORY = MemoryConfig(banks=2, bank_width=WIDTH, bank_depth=2)
FREE_STEPS = "from .front import AddressFront, ErrorReport", (
    "from formal.free_front import AddressFront\nfrom .front import ErrorReport")
"""Change of a streamer's module that leaves its address side free."""
WIDER = MemoryConfig(banks=2, bank_width=2 * WIDTH, bank_depth=2)
"""For masks, of which words of one byte have little."""
DATA = "a word leaves as memory returned it, or as zero if its access was suppressed"
ARRIVED = "no word leaves before it has arrived"
REQUEST = "accesses are requested in order, each at its own place"
CREDIT = "words requested and not delivered fit the data buffer"
DONE = "a job is done when its last word is taken"
LAST = "a job with steps is done by a word that is taken"
WIDE = "no word is requested before all of the steps before"
EMPTY = "an empty job is done at once and delivers nothing"
RUNNING = "only a job that runs is done"
ALIVE = "a job goes on unless it is refused a bank"
PACE = "a job at full rate never pauses"


def reader_config(address_depth, data_depth, channels, **options):
    return StreamerConfig(mode="read", spatial_bounds=(channels,), temporal_dimensions=1, groups=(2,), bound_width=4,
                          address_buffer_depth=address_depth, data_buffer_depth=data_depth, **options)


def follow_jobs(m, job, pick, *, most=JOBS_IN_FLIGHT):
    """Number of jobs that run, and whether one followed from its start is next to be done, and is empty."""
    running, following, ahead = Signal(range(most + 1)), Signal(), Signal(range(most + 1))
    first, empty, taken, starts = Signal(), Signal(), Signal(), Signal()
    m.d.comb += [
        taken.eq(job.entry.valid & job.entry.ready),
        starts.eq(~following & taken & pick),
        first.eq(following & (ahead == 0)),
        Assert(~job.done | (running > 0), RUNNING),
        Assert(running <= most, "no more jobs run than can be told apart"),
    ]
    m.d.sync += running.eq(running + taken - job.done)
    with m.If(starts):
        m.d.sync += [following.eq(1), ahead.eq(running - job.done), empty.eq(job.entry.payload.temporal_bound_0 == 0)]
    with m.Elif(following & job.done):
        m.d.sync += [following.eq(ahead != 0), ahead.eq(ahead - 1)]
    return SimpleNamespace(running=running, taken=taken, starts=starts, first=first, empty=empty)


def tap_steps(dut):
    """Signals that show each step of ``dut`` as it enters the address buffers."""
    step = SimpleNamespace(
        enters=Signal(name="step_enters"), last=Signal(name="step_last"), tail=Signal(2, name="step_tail"), active=Signal(dut.config.channels, name="step_active"),
        places=[Signal(len(port.bank) + len(port.row), name=f"step_place_{c}") for c, port in enumerate(dut.ports)])

    def tap(inner):
        stream = inner.submodules.front.step
        inner.d.comb += [step.enters.eq(stream.valid & stream.ready), step.last.eq(stream.payload.last), step.tail.eq(stream.payload.tail)]
        for c, place in enumerate(step.places):
            access = stream.payload.accesses[c]
            inner.d.comb += [step.active[c].eq(access.active), place.eq(Cat(access.bank, access.row))]

    look_inside(dut, tap)
    return step


class ReaderSpec(wiring.Component):
    """Any jobs, any memory that grants when it likes, any accelerator.

    ``claims`` chooses what is asserted: ``words`` or, harder for the solver, ``jobs``.
    """

    def __init__(self, dut, claims):
        self.dut, self.channels, self.claims = dut, dut.config.channels, claims
        super().__init__({
            "valid": In(1), "entry": In(dut.job.entry.payload.shape()), "ready": In(1), "grant": In(self.channels),
            "memory": In(dut.memory.bank_width).array(self.channels), "pick": In(2),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.reader = dut = self.dut
        m.d.comb += [dut.job.entry.valid.eq(self.valid), dut.job.entry.payload.eq(self.entry), dut.o.ready.eq(self.ready)]
        m.submodules.output = output = HandshakeChecker(dut.o.payload.shape())
        m.d.comb += output.watch(dut.o)
        for c, port in enumerate(dut.ports):
            read = Signal(dut.memory.bank_width, name=f"read_{c}")
            m.d.sync += read.eq(self.memory[c])
            m.d.comb += [port.grant.eq(self.grant[c]), port.read_data.eq(read)]
            m.submodules[f"port_{c}"] = checker = HandshakeChecker(len(port.bank) + len(port.row))
            m.d.comb += checker.watch(SimpleNamespace(valid=port.request, ready=port.grant, payload=Cat(port.bank, port.row)))

        step = tap_steps(dut)
        jobs = follow_jobs(m, dut.job, self.pick[1], most=JOBS_IN_FLIGHT + chain_latency(dut.config))
        self._steps(m, step)
        self._jobs(m, jobs)
        return m

    def _steps(self, m, step):
        """Follow one step, on one channel, from its address to the accelerator."""
        dut, config = self.dut, self.dut.config
        width, latency, depth = dut.memory.bank_width, chain_latency(config), config.data_buffer_depth
        places = config.address_buffer_depth + depth + latency + 1
        watched = AnyConst(range(self.channels)) if self.channels > 1 else 0
        under_way, to_request = Signal(range(places + 1)), Signal(range(places + 1))
        following, known, active, last = Signal(), Signal(), Signal(), Signal()
        ahead, requests_ahead = Signal(range(places + 1)), Signal(range(places + 1))
        word, place, inverts = Signal(width), Signal(len(step.places[0])), Signal()
        mask, shown, begins = Signal(width // 8), Signal(width), Signal()
        pop, granted, first, own = Signal(), Signal(), Signal(), Signal()
        entering_active = Signal()
        m.d.comb += [
            Assume(watched < self.channels, "one of the channels is watched") if self.channels > 1 else [],
            pop.eq(dut.o.valid & dut.o.ready),
            granted.eq(Array(p.request & p.grant for p in dut.ports)[watched]),
            entering_active.eq(Array(step.active)[watched]),
            first.eq(following & (ahead == 0)),
            own.eq(following & active & ~known & (requests_ahead == 0)),
        ]
        m.d.sync += [
            under_way.eq(under_way + step.enters - pop),
            to_request.eq(to_request + (step.enters & entering_active) - granted),
        ]
        kept, inverting = bytes_kept(m, dut, dut.job, step.tail, watched), inverted(m, dut, dut.job)
        m.d.comb += begins.eq(~following & step.enters & self.pick[0])
        with m.If(begins):
            m.d.sync += [mask.eq(kept), inverts.eq(inverting)]
            m.d.sync += [following.eq(1), active.eq(entering_active), known.eq(~entering_active), last.eq(step.last),
                         place.eq(Array(step.places)[watched]), word.eq(0),
                         ahead.eq(under_way - pop), requests_ahead.eq(to_request - granted)]
        with m.Elif(following):
            with m.If(granted & own):
                m.d.sync += [known.eq(1), word.eq(Array(self.memory)[watched])]
            with m.If(granted & (requests_ahead != 0)):
                m.d.sync += requests_ahead.eq(requests_ahead - 1)
            with m.If(pop):
                m.d.sync += [following.eq(~first), ahead.eq(ahead - 1)]

        leaving = dut.o.payload.word_select(watched, width)
        m.d.comb += shown.eq((word & Cat(bit.replicate(8) for bit in mask)) ^ inverts.replicate(width))
        if config.tail_masks:
            m.d.comb += Cover(first & pop & active & (mask == 1) & (word == 0xA5A5), "a word that is masked in part leaves")
        if latency:
            m.d.comb += Cover(first & pop & active & inverts & (ahead == 0), "a word leaves that an extension changed")
        m.d.comb += [
            Cover(first & pop & last & (word[:8] == 0xA5) & (watched == self.channels - 1), "a word that was fetched leaves"),
            Cover(first & pop & ~active & ~last, "a suppressed word leaves"),
            Cover(own & granted & (ahead == max(depth - 1, 1)), "the last credit is used"),
        ]
        if self.claims == "jobs":
            m.d.comb += Assert(~(first & pop) | (dut.job.done == last), DONE)
            return
        m.d.comb += [
            Assert(under_way < places, "no more steps are under way than buffers hold"),
            Assert(~dut.o.valid | (under_way != 0), "no word leaves without a step"),
            Assert(~granted | (to_request != 0), "no access is requested without a step"),
            Assert(~own | ~granted | (Array(Cat(p.bank, p.row) for p in dut.ports)[watched] == place), REQUEST),
            Assert(~own | ~granted | (ahead - pop < depth + latency), CREDIT),
            Assert(~(first & dut.o.valid) | known, ARRIVED),
            Assert(~(first & dut.o.valid) | (leaving == shown), DATA),
        ]
        if not config.fine_grained_prefetch:
            request = Array(p.request for p in dut.ports)[watched]
            waits = earlier(m, dut, step, begins, "wide")
            m.d.comb += [Assert(~own | ~request | ~waits, WIDE), Cover(own & ~request & waits, "a channel waits for another")]

    def _jobs(self, m, jobs):
        dut, refused, depth = self.dut, Signal(), self.dut.config.data_buffer_depth
        pipeline = chain_latency(dut.config)
        latency, quiet, calm, popped = pipeline + (2 if depth <= 2 else 3), Signal(3), Signal(3), Signal()
        waits, empties = Signal(), Signal(range(pipeline + 1))
        with m.If(jobs.first & jobs.empty & ~dut.job.done):
            m.d.sync += empties.eq(empties + 1)
        with m.Else():
            m.d.sync += empties.eq(0)
        m.d.comb += [
            refused.eq(Cat(p.request & ~p.grant for p in dut.ports).any()),
            waits.eq((jobs.running != 0) & ~dut.o.valid & ~dut.job.done & ~refused),
        ]
        m.d.sync += [
            quiet.eq(0),
            popped.eq(dut.o.valid & dut.o.ready & ~dut.job.done),
            calm.eq(0),
        ]
        with m.If(waits):
            m.d.sync += quiet.eq(quiet + (quiet != 7))
        with m.If(~refused & dut.o.ready):
            m.d.sync += calm.eq(calm + (calm != 7))
        m.d.comb += [
            Cover(jobs.first & jobs.empty & (jobs.running > 1), "an empty job is done while others run"),
            Cover(popped & dut.o.valid & (calm > latency), "a job at full rate goes on"),
            Cover(waits & (quiet == latency - 1), "a job waits for its first word"),
        ]
        if self.claims == "words":
            m.d.comb += [
                Assert(~waits | (quiet < latency), ALIVE),
                Assert(~(popped & (calm > latency)) | dut.o.valid, PACE),
            ]
        else:
            m.d.comb += [
                Assert(~(jobs.first & jobs.empty) | ((dut.job.done | (empties < pipeline)) & ~dut.o.valid), EMPTY),
                Assert(~(jobs.first & ~jobs.empty & dut.job.done) | (dut.o.valid & dut.o.ready), LAST),
            ]
