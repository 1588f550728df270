# SPDX-License-Identifier: Apache-2.0
"""What a quantizer promises of tiles, jobs and parameters, whatever its lanes compute."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.asserts import AnyConst
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from formal.job_spec import JobFollower
from support.checker import HandshakeChecker

from hwgen.quant import bank

TILE = "a tile leaves in order, rescaled by the parameters of its own job"
OWED = "tiles are taken for jobs only"
WORDS = "a word of parameters is taken for each tile that wants one, at most one ahead"
BUSY = "active from the start of a job until its last tile has left"
ALIVE = "a tile is taken soon if nothing holds it up"
LEAVES = "a tile leaves soon if nothing holds it up"
STARTS = "a job is taken while none waits"
TILES = 2
"""Most tiles of a job."""


class LaneBank(bank.LaneBank):
    """Lanes that mix each element with the parameters of every step, as late as real ones do."""

    def elaborate(self, platform):
        m = Module()
        width, lanes = self._config.result_width, self._config.lanes
        stage = [[Signal(width, name=f"stage_{s}_{p}") for p in range(lanes)] for s in range(3)]
        for p in range(lanes):
            subtracted, multiplied, shifted = (stage[s][p] for s in range(3))
            with m.If(self.enable):
                m.d.sync += [
                    subtracted.eq(self.group.word_select(p, self._input_width) ^ self.input_zero_point),
                    multiplied.eq(subtracted ^ self.multiply[0].multiplier),
                    shifted.eq(multiplied ^ self.shift[0]),
                ]
            m.d.comb += self.results.word_select(p, width).eq(shifted ^ self.clamp.output_zero_point)
        return m


class QuantizerSpec(wiring.Component):
    """Any jobs of few tiles, any tiles and words of parameters, any consumer; one tile of any job is followed."""

    def __init__(self, dut):
        self.dut, self.elements = dut, dut.m * dut.n
        self.streamed = dut.config.parameter_stream
        super().__init__({
            "job": In(1), "entry": In(dut.job.entry.payload.shape()), "valid": In(1), "tile": In(len(dut.i.payload)),
            "p_valid": In(1), "p": In(40), "ready": In(1), "pick": In(3),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.quantizer = dut = self.dut
        m.submodules.output = output = HandshakeChecker(len(dut.o.payload))
        m.submodules.jobs = jobs = JobFollower(most=8, slack=1, empty_slack=3)
        taken, take, leave, word_taken = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            dut.job.entry.valid.eq(self.job), dut.job.entry.payload.eq(self.entry), dut.i.valid.eq(self.valid), dut.i.payload.eq(self.tile),
            dut.o.ready.eq(self.ready), *output.watch(dut.o), Assume(self.entry.tiles <= TILES, "a job has few tiles"),
            taken.eq(self.job & dut.job.entry.ready), take.eq(self.valid & dut.i.ready), leave.eq(dut.o.valid & self.ready),
            jobs.taken.eq(taken), jobs.words.eq(self.entry.tiles), jobs.moved.eq(leave), jobs.done.eq(dut.job.done),
            jobs.pick.eq(self.pick[0]),
        ]
        if self.streamed:
            m.submodules.words = words = HandshakeChecker(40, assume=True)
            m.d.comb += [dut.p.valid.eq(self.p_valid), dut.p.payload.eq(self.p), *words.watch(dut.p),
                         word_taken.eq(self.p_valid & dut.p.ready)]
        wanted = Signal(6)
        m.d.sync += wanted.eq(wanted + Mux(taken, self.entry.tiles, 0) - take)
        m.d.comb += [
            Assert(~take | (wanted != 0), OWED),
            Assert(dut.active == (jobs.running != dut.job.done), BUSY),
            Assert((jobs.running != 0) | dut.job.entry.ready, STARTS),
        ]
        tile_follows, own = self._follow(m, taken, take, leave, word_taken, wanted)
        self._pace(m, taken, take, leave, wanted)
        m.d.comb += [
            Cover(leave & own & (dut.o.payload[:4] == 0xA) & tile_follows, "a followed tile leaves"),
            Cover(dut.job.done & leave, "a tile leaves right after the last of another job"),
        ]
        return m

    def _follow(self, m, taken, take, leave, word_taken, wanted):
        """Follow one job to one of its tiles, and that one out; with parameters, also to the word it wants."""
        dut, size = self.dut, self.dut.config.result_width
        job, following, ahead, left = Signal(self.entry.shape(), name="followed_job"), Signal(), Signal(6), Signal(2)
        with m.If(~following & taken & self.pick[1]):
            m.d.sync += [following.eq(self.entry.tiles != 0), job.eq(self.entry), ahead.eq(wanted - take), left.eq(self.entry.tiles)]
        with m.Elif(following & take):
            with m.If(ahead != 0):
                m.d.sync += ahead.eq(ahead - 1)
            with m.Else():
                m.d.sync += [left.eq(left - 1), following.eq(left != 1)]
        settings = Signal(self.entry.shape(), name="settings")
        held, before, tile, active = Signal(6), Signal(6), Signal(size * self.elements), Signal()
        m.d.sync += held.eq(held + take - leave)
        starts, own, streams = Signal(), Signal(), Signal()
        m.d.comb += [
            streams.eq(settings.per_channel if self.streamed else 0),
            starts.eq(~active & following & take & (ahead == 0) & self.pick[2]),
            own.eq(active & leave & (before == 0)),
        ]
        parameters, known = Signal(38), Signal()
        with m.If(starts):
            m.d.sync += [active.eq(1), before.eq(held - leave), settings.eq(job),
                         tile.eq(Cat(self.tile.word_select(e, dut.input_width)[:size] for e in range(self.elements)))]
        with m.Elif(active & leave):
            m.d.sync += [active.eq(before != 0), before.eq(before - 1)]
        if self.streamed:
            known = self._words(m, take, word_taken, starts, parameters, wanted)
        chosen, expected = Signal(38), Signal(size)
        m.d.comb += [
            chosen.eq(Mux(streams, parameters, Cat(settings.multiplier_0, settings.shift_0))),
            expected.eq(settings.input_zero_point ^ chosen[:size] ^ chosen[32:38] ^ settings.output_zero_point),
            Assert(~own | (dut.o.payload == (tile ^ expected.replicate(self.elements))), TILE),
            Assert(~leave | (held != 0), TILE),
        ]
        if self.streamed:
            m.d.comb += [Assert(~own | ~streams | known, WORDS), Cover(own & streams & (held > 1), "a tile leaves with a word of its own")]
        return settings.tiles == TILES, own

    def _words(self, m, take, word_taken, starts, parameters, wanted):
        """Words of parameters against the tiles that want one: each tile gets the next."""
        all_stream = AnyConst(1)
        known, waiting, last = Signal(), Signal(), Signal(38)
        more, fewer = Signal(range(10)), Signal(range(10))
        m.d.comb += Assume(self.entry.per_channel == all_stream, "all jobs have their words from the stream, or none has")
        wants = take & all_stream
        m.d.sync += [more.eq(more + (word_taken & ~wants & (fewer == 0)) - (wants & ~word_taken & (more != 0))),
                     fewer.eq(fewer + (wants & ~word_taken & (more == 0)) - (word_taken & ~wants & (fewer != 0)))]
        with m.If(word_taken):
            m.d.sync += last.eq(self.p)
        with m.If(starts):
            m.d.sync += [known.eq((more != 0) | word_taken & (fewer == 0)), waiting.eq((more == 0) & ~(word_taken & (fewer == 0))),
                         parameters.eq(Mux(more != 0, last, self.p))]
        with m.Elif(waiting & word_taken):
            m.d.sync += [waiting.eq(0), known.eq(1), parameters.eq(self.p)]
        m.d.comb += [
            Assert(~word_taken | all_stream & ((wanted != 0) | (fewer != 0)), WORDS),
            Assert((more <= 1) & (fewer <= 1), WORDS),
        ]
        return known

    def _pace(self, m, taken, take, leave, wanted):
        """Deadlines of tiles that nothing holds up but empty jobs, which wait until the tiles in front have left."""
        dut = self.dut
        groups = -(-self.elements // dut.config.lanes)
        inside, eager, slow, empties = Signal(6), Signal(range(16)), Signal(range(16)), Signal()
        flows = self.ready & (self.p_valid | (not self.streamed))
        with m.If(taken & (self.entry.tiles == 0)):
            m.d.sync += empties.eq(1)
        m.d.sync += inside.eq(inside + take - leave)
        m.d.sync += [
            eager.eq(Mux((wanted != 0) & ~dut.i.ready & flows, eager + (eager != 15), 0)),
            slow.eq(Mux((inside != 0) & ~dut.o.valid & flows, slow + (slow != 15), 0)),
        ]
        m.d.comb += [Assert(eager < Mux(empties, groups + 8, groups + 2), ALIVE), Assert(slow < groups + 4 + 2 * self.streamed, LEAVES)]
