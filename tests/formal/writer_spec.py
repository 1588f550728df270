# SPDX-License-Identifier: Apache-2.0
"""What a writer promises, stated from outside and for one step, one channel and one job, any ones."""

from types import SimpleNamespace

from amaranth import Array, Cat, Const, Module, Mux, Signal
from amaranth.asserts import AnyConst
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from formal.options_spec import bytes_kept, earlier, inverted
from formal.reader_spec import WIDE, follow_jobs, tap_steps
from support.checker import HandshakeChecker

from hwgen.streamer.chain import chain_latency
from hwgen.streamer.front import JOBS_IN_FLIGHT

DATA = "a word is written as it was taken"
MASK = "the bytes that take part are written and no others"
TAKEN = "no word is written before it was taken"
REQUEST = "accesses are requested in order, each at its own place"
CREDIT = "words taken and not written fit the data buffer"
VISIBLE = "a job is done only when all its words are written"
WHOLE = "a job is done only after its last step"
EMPTY = "an empty job is done once it is the first"
ALIVE = "a job goes on unless it is refused a bank or waits for data"
PACE = "a job at full rate never pauses"
STEPS = "no word is taken without a step"
URGENT = "a channel is urgent when it has no room for the next word"


class WriterSpec(wiring.Component):
    """Any jobs, any memory that grants when it likes, any accelerator.

    ``claims`` chooses what is asserted: ``words`` or, harder for the solver, ``jobs``.
    """

    def __init__(self, dut, claims):
        self.dut, self.channels, self.claims = dut, dut.config.channels, claims
        super().__init__({
            "valid": In(1), "entry": In(dut.job.entry.payload.shape()), "data_valid": In(1),
            "data": In(dut.memory.bank_width * self.channels), "grant": In(self.channels), "pick": In(2),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.writer = dut = self.dut
        m.d.comb += [
            dut.job.entry.valid.eq(self.valid), dut.job.entry.payload.eq(self.entry),
            dut.i.valid.eq(self.data_valid), dut.i.payload.eq(self.data),
        ]
        for c, port in enumerate(dut.ports):
            m.d.comb += port.grant.eq(self.grant[c])
            payload = Cat(port.bank, port.row, port.write_data, *((port.write_bytes,) if dut.config.tail_masks else ()))
            m.submodules[f"port_{c}"] = checker = HandshakeChecker(len(payload))
            m.d.comb += checker.watch(SimpleNamespace(valid=port.request, ready=port.grant, payload=payload))
        step = tap_steps(dut)
        jobs = follow_jobs(m, dut.job, self.pick[1], most=JOBS_IN_FLIGHT + dut.config.data_buffer_depth + chain_latency(dut.config) + 1)
        self._steps(m, step, jobs)
        self._jobs(m, step, jobs)
        return m

    def _steps(self, m, step, jobs):
        """Follow one step, on one channel, from its address to the completion of its job."""
        dut, config = self.dut, self.dut.config
        width, latency, depth = dut.memory.bank_width, chain_latency(config), dut.depth
        places = config.address_buffer_depth + config.data_buffer_depth + latency + 1
        watched = AnyConst(range(self.channels)) if self.channels > 1 else 0
        to_take, to_request = Signal(range(places + 1)), Signal(range(places + 1))
        following, taken, written, active, last = (Signal(name=n) for n in ("following", "taken", "written", "active", "last"))
        takes_ahead, requests_ahead = Signal(range(places + 1)), Signal(range(places + 1))
        jobs_ahead = Signal.like(jobs.running)
        word, place, inverts = Signal(width), Signal(len(step.places[0])), Signal()
        mask, begins = Signal(width // 8), Signal()
        take, granted, own_take, own_grant, completes = Signal(), Signal(), Signal(), Signal(), Signal()
        entering_active, data = Signal(), Signal(width)
        m.d.comb += [
            Assume(watched < self.channels, "one of the channels is watched") if self.channels > 1 else [],
            take.eq(dut.i.valid & dut.i.ready),
            granted.eq(Array(p.request & p.grant for p in dut.ports)[watched]),
            entering_active.eq(Array(step.active)[watched]),
            own_take.eq(following & take & ~taken & (takes_ahead == 0)),
            own_grant.eq(following & granted & active & ~written & (requests_ahead == 0)),
            completes.eq(following & dut.job.done & (jobs_ahead == 0)),
            data.eq(self.data.word_select(watched, width) ^ inverts.replicate(width)),
        ]
        m.d.sync += [
            to_take.eq(to_take + step.enters - take),
            to_request.eq(to_request + (step.enters & entering_active) - granted),
        ]
        kept, inverting = bytes_kept(m, dut, dut.job, step.tail, watched), inverted(m, dut, dut.job)
        m.d.comb += begins.eq(~following & step.enters & self.pick[0])
        with m.If(begins):
            m.d.sync += [mask.eq(kept), inverts.eq(inverting)]
            m.d.sync += [following.eq(1), taken.eq(0), written.eq(~entering_active), active.eq(entering_active),
                         last.eq(step.last), place.eq(Array(step.places)[watched]), takes_ahead.eq(to_take - take),
                         requests_ahead.eq(to_request - granted), jobs_ahead.eq(jobs.running - 1 - dut.job.done)]
        with m.Elif(following):
            with m.If(own_take):
                m.d.sync += [taken.eq(1), word.eq(data)]
            with m.If(take & (takes_ahead != 0)):
                m.d.sync += takes_ahead.eq(takes_ahead - 1)
            with m.If(own_grant):
                m.d.sync += written.eq(1)
            with m.If(granted & (requests_ahead != 0)):
                m.d.sync += requests_ahead.eq(requests_ahead - 1)
            with m.If(dut.job.done):
                m.d.sync += [following.eq(jobs_ahead != 0), jobs_ahead.eq(jobs_ahead - 1)]

        requested = Array(SimpleNamespace(place=Cat(p.bank, p.row), data=p.write_data, valid=p.request,
                                          bytes=p.write_bytes if config.tail_masks else Const(-1, width // 8)) for p in dut.ports)
        refused, pace, calm = Signal(), Signal(), Signal(3)
        m.d.comb += refused.eq(Cat(p.request & ~p.grant for p in dut.ports).any())
        m.d.sync += [pace.eq(own_take & ~last), calm.eq(Mux(refused | ~dut.i.valid, 0, calm + (calm != 7)))]
        m.d.comb += [
            Cover(completes & active & last & (word[:8] == 0xA5) & (watched == self.channels - 1), "a job is done"),
            Cover(completes & ~active & taken, "a job is done that suppressed a word"),
            Cover(own_take & (requests_ahead == depth + latency - 1), "the last place is used"),
            Cover(pace & (calm > 2 + latency) & dut.i.ready, "a job at full rate goes on"),
        ]
        if self.claims == "jobs":
            m.d.comb += Assert(~completes | (taken & written), VISIBLE)
            return
        m.d.comb += [
            Assert(~dut.i.ready | (to_take != 0), STEPS),
            Assert(~step.enters | (jobs.running != 0), "no step without a job"),
            Assert(~granted | (to_request != 0), "no access is requested without a step"),
            Assert(~own_grant | (requested[watched].place == place), REQUEST),
            Assert(~own_grant | taken | own_take, TAKEN),
            Assert(~own_grant | (requested[watched].data == Mux(taken, word, data)), DATA),
            Assert(~own_take | (requests_ahead < depth + latency), CREDIT),
            Assert(~(pace & (calm > 2 + latency)) | dut.i.ready, PACE),
        ]
        if config.tail_masks:
            m.d.comb += [Assert(~own_grant | (requested[watched].bytes == mask), MASK),
                         Cover(own_grant & (mask == 1), "a word is written in part")]
        if latency:
            m.d.comb += Cover(own_grant & inverts, "a word is written that an extension changed")
        if not config.fine_grained_prefetch:
            mine, waits = following & active & ~written & (requests_ahead == 0), earlier(m, dut, step, begins, "wide")
            m.d.comb += [Assert(~mine | ~requested[watched].valid | ~waits, WIDE), Cover(mine & waits, "a channel waits for another")]
        if latency:
            # What is in the pipeline is neither taken nor stored, as seen from outside.
            return
        for c, port in enumerate(dut.ports):
            stored = Signal(range(depth + 2), name=f"stored_{c}")
            self._count_stored(m, stored, c, take, step)
        self._urgent(m, refused)

    def _count_stored(self, m, stored, c, take, step):
        """Words of a channel that were taken and have not left, where none is suppressed."""
        port = self.dut.ports[c]
        suppressed = Signal(name=f"suppressed_{c}")
        m.d.sync += [stored.eq(stored + take - (port.request & port.grant)), suppressed.eq(suppressed | (step.enters & ~step.active[c]))]
        depth = self.dut.depth
        m.d.comb += [
            Assert(suppressed | (stored <= depth), CREDIT),
            Assert(suppressed | (port.urgent == (stored == depth)), URGENT),
        ]

    def _urgent(self, m, refused):
        urgent = Cat(port.urgent for port in self.dut.ports).any()
        m.d.comb += [
            Assert(~(urgent & self.dut.i.ready), "nothing is taken while a channel is urgent"),
            Cover(urgent & refused, "an urgent request is refused"),
        ]

    def _jobs(self, m, step, jobs):
        dut = self.dut
        latest, whole, waits, quiet, latency = Signal(), Signal(), Signal(), Signal(3), chain_latency(dut.config)
        m.d.comb += waits.eq((jobs.running != 0) & ~dut.job.done & ~dut.i.ready & ~Cat(p.request & ~p.grant for p in dut.ports).any())
        m.d.sync += quiet.eq(Mux(waits, quiet + (quiet != 7), 0))
        with m.If(jobs.starts):
            m.d.sync += [latest.eq(1), whole.eq(0)]
        with m.Else():
            with m.If(jobs.taken):
                m.d.sync += latest.eq(0)
            with m.If(step.enters & step.last & latest):
                m.d.sync += whole.eq(1)
        m.d.comb += Cover(jobs.first & jobs.empty & (jobs.running > 1), "an empty job is done while others run")
        if self.claims == "words":
            m.d.comb += Assert(~waits | (quiet < 3 + latency), ALIVE)
        else:
            m.d.comb += [
                Assert(~(jobs.first & jobs.empty) | dut.job.done, EMPTY),
                Assert(~(jobs.first & ~jobs.empty & dut.job.done) | whole, WHOLE),
            ]
