# SPDX-License-Identifier: Apache-2.0
"""Bursts and their beats, proved for all time: within the boundaries, every byte once and in order, none waiting without need."""

import pytest
from amaranth import Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.external import dma_config
from support.formal import mutant, prove, refute
from support.lemmas import look_inside

from hwgen.dma.beats import BeatWalker
from hwgen.dma.bursts import BurstSplitter, burst_bytes

CONFIGS = {"of 4 bytes": dma_config(32, address_width=16)[1], "of 32 bytes": dma_config(256, address_width=16)[1]}
CONFIG = CONFIGS["of 4 bytes"]
JOB_BITS = 2
WITHIN = "a burst holds a byte and crosses no boundary"
BURST = "a burst is what comes next of its run, up to a boundary"
PROMPT = "a burst is there two cycles after its run, at once behind another"
TAKES = "the next run is taken while nothing waits behind the burst"


class SplitterSpec(wiring.Component):
    """Any runs and any consumer. The reference keeps the runs whose bursts have not all left, two at most."""

    def __init__(self, dut, *, lemmas=False):
        self.dut, self.lemmas = dut, lemmas
        super().__init__({"valid": In(1), "run": In(dut.i.payload.shape()), "ready": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.splitter = dut = self.dut
        i, o, limit = dut.i, dut.o, burst_bytes(dut.config)
        m.submodules.handshake = handshake = HandshakeChecker(o.payload.shape())
        m.d.comb += [i.valid.eq(self.valid), i.payload.eq(self.run), o.ready.eq(self.ready), *handshake.watch(o)]

        head, second, level, waited = Signal(self.run.shape()), Signal(self.run.shape()), Signal(range(3)), Signal()
        after, later = Signal(self.run.shape()), Signal(range(3))
        left, room, count, ends, push, pop = Signal(24), Signal(24), Signal(24), Signal(), Signal(), Signal()
        m.d.comb += [
            room.eq(limit - head.address % limit),
            ends.eq(head.bytes <= room),
            count.eq(Mux(ends, head.bytes, room)),
            left.eq(head.bytes - count),
            push.eq(i.valid & i.ready & (self.run.bytes != 0)),
            pop.eq(o.valid & o.ready),
            later.eq(level - (pop & ends)),
            after.eq(head),
        ]
        with m.If(pop & ends):
            m.d.comb += after.eq(second)
        with m.Elif(pop):
            m.d.comb += [after.address.eq(head.address + count), after.bytes.eq(left)]
        m.d.sync += [head.eq(after), level.eq(later + push), waited.eq((level != 0) & (~o.valid | (pop & (later != 0))))]
        with m.If(push & (later == 0)):
            m.d.sync += head.eq(self.run)
        with m.If(push):
            m.d.sync += second.eq(self.run)
        m.d.comb += [
            Assert(~o.valid | (level != 0) & (o.payload.address == head.address) & (o.payload.bytes == count)
                   & (o.payload.last == (head.last & ends)) & (o.payload.job == head.job), BURST),
            Assert(~o.valid | (o.payload.bytes != 0) & (o.payload.address % limit + o.payload.bytes <= limit), WITHIN),
            Assert(o.valid | ~waited, PROMPT),
            Assert(i.ready | (level != (o.valid & ends)), TAKES),
            Assert((level != 2) | ends, "two runs are held only while the last burst of the first leaves"),
            Cover(pop & ends & (head.bytes == 1) & (level == 2), "a run of one byte with another behind it"),
            Cover(pop & ~ends & (left > limit), "a run of three bursts"),
            Cover(pop & (head.address + count > 0xFFFF) & ~ends, "a run across the end of the address space"),
        ]
        if self.lemmas:
            look_inside(dut, lambda inner: self._lemmas(inner, head, second, level, ends, count, left))
        return m

    def _lemmas(self, inner, head, second, level, ends, count, left):
        run, busy, valid = self.dut.inside
        same = (run.address == (head.address + count)[:len(run.address)]) & (run.bytes == left) & (run.last == head.last) & (run.job == head.job)
        inner.d.comb += [
            Assert(level == (valid & ends) + busy, "runs are held by the burst that ends them and by what is left"),
            Assert(~busy | (run.bytes != 0), "what is left is not nothing"),
            Assert(~(valid & ~ends) | busy & same, "what is left follows the burst"),
            Assert(~(valid & ends & busy) | (run == second), "behind a last burst comes the second run"),
            Assert(~(~valid & busy) | (run == head), "without a burst all of the run is left"),
            Assert(~valid | (level != 0), "a burst is of a run"),
        ]


OPEN_SPLITTER = "planned, valid = Signal.like(self.o.payload), Signal()\n", (
    "planned, valid = Signal.like(self.o.payload), Signal()\n        self.inside = run, busy, valid\n")
"""Change that lets lemmas see the registers."""


@pytest.mark.parametrize("name", CONFIGS)
def test_bursts_are_the_runs_cut_at_boundaries(name):
    prove(SplitterSpec(mutant(BurstSplitter, *OPEN_SPLITTER)(CONFIGS[name], JOB_BITS), lemmas=True), depth=3, cover_depth=9)


SPLITTER_BUGS = {
    "crosses a boundary": (WITHIN, "ends.eq(run.bytes <= room)", "ends.eq(run.bytes <= room + 1)"),
    "gives bursts to runs of nothing": (BURST, "& (self.i.payload.bytes != 0)", ""),
    "loses bytes": (BURST, "run.bytes.eq(run.bytes - count)", "run.bytes.eq(run.bytes - count - 1)"),
    "stays on its page": (BURST, "run.address[inner:].eq(run.address[inner:] + 1), ", ""),
    "ends a copy too early": (BURST, "planned.last.eq(run.last & ends)", "planned.last.eq(run.last)"),
    "takes a run while one is left": (BURST, "~busy | (moves & ends)", "~busy | moves"),
    "gives a burst twice": (BURST, "moves.eq(busy & (~valid | self.o.ready))", "moves.eq(busy & ~valid)"),
    "pauses between bursts": (PROMPT, "valid.eq(busy)", "valid.eq(busy & ~valid)"),
}


@pytest.mark.parametrize("bug", SPLITTER_BUGS)
def test_proof_catches_splitter_that(bug):
    broken, *change = SPLITTER_BUGS[bug]
    refute(SplitterSpec(mutant(BurstSplitter, *change)(CONFIG, JOB_BITS)), broken, depth=7)


PIECE = "a beat holds the next bytes of its burst, as many as it can"
ENDS = "the beat that holds the last byte ends the burst, and the copy if the burst does"
BEATS = "a burst has as many beats as it is asked for with"
WHOLE = "a burst leaves with its last beat, and every beat is there while its burst is"


class WalkerSpec(wiring.Component):
    """Any bursts within the boundaries and any consumer; the reference counts bytes and beats."""

    def __init__(self, dut, *, lemmas=False):
        self.dut, self.lemmas = dut, lemmas
        super().__init__({"valid": In(1), "burst": In(dut.i.payload.shape()), "ready": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.walker = dut = self.dut
        i, o, limit, size = dut.i, dut.o, burst_bytes(dut.config), dut.config.data_bytes
        m.submodules.handshake = handshake = HandshakeChecker(o.payload.shape())
        m.submodules.burst_handshake = producer = HandshakeChecker(i.payload.shape(), assume=True)
        burst, beat, piece = self.burst, o.payload, o.payload.piece
        m.d.comb += [i.valid.eq(self.valid), i.payload.eq(burst), o.ready.eq(self.ready), *handshake.watch(o), *producer.watch(i)]

        given, beats, room, rest = Signal(13), Signal(9), Signal(13), Signal(13)
        moved, ends, asked = Signal(), Signal(), Signal(9)
        m.d.comb += [
            Assume((burst.bytes != 0) & (burst.address % limit + burst.bytes <= limit), "bursts hold a byte and cross no boundary"),
            room.eq(size - (burst.address + given) % size),
            rest.eq(burst.bytes - given),
            ends.eq(rest <= room),
            moved.eq(o.valid & o.ready),
            asked.eq(beat.burst.length + 1),
        ]
        with m.If(moved):
            m.d.sync += [given.eq(given + piece.count), beats.eq(beats + 1)]
            with m.If(beat.burst_end):
                m.d.sync += [given.eq(0), beats.eq(0)]
        m.d.comb += [
            Assert(o.valid == self.valid, WHOLE),
            Assert(~self.valid | (i.ready == (o.ready & ends)), WHOLE),
            Assert(~o.valid | (piece.count == Mux(ends, rest, room)) & (piece.lane == beat.address % size)
                   & (beat.address == (burst.address + given)[:len(beat.address)]), PIECE),
            Assert(~o.valid | (beat.burst_end == ends) & (piece.last == (ends & burst.last)) & (beat.burst_begin == (given == 0)), ENDS),
            Assert(~o.valid | ~beat.burst_end | (asked == beats + 1), BEATS),
            Assert(~o.valid | (beat.burst.address == burst.address // size * size) & (beat.job == burst.job), BEATS),
            Cover(moved & ends & (beats == 3) & (piece.count == 1) & burst.last, "the fourth beat of a burst holds one byte"),
            Cover(moved & ends & (beats == 0) & (piece.lane == 3) & (piece.count == 1), "a burst of one byte"),
        ]
        if self.lemmas:
            look_inside(dut, lambda inner: self._lemmas(inner, given, beats, size))
        return m

    def _lemmas(self, inner, given, beats, size):
        further, done, address = self.dut.inside
        burst, lane = self.burst, self.burst.address % size
        inner.d.comb += [
            Assert(further == (given != 0), "only a burst that has begun has further beats"),
            Assert(~further | self.valid & (given < burst.bytes), "a burst that has begun goes on"),
            Assert(~further | (done == burst.bytes - given) & (address == (burst.address + given)[:len(address)]), "the next byte is that behind those given"),
            Assert(~further | ((lane + given) % size == 0) & (lane + given == beats * size), "further beats begin with a word"),
            Assert(further | (beats == 0), "beats are counted from the first"),
        ]


OPEN_WALKER = "room, count, ends = Signal(range(beat_bytes + 1)), Signal(range(beat_bytes + 1)), Signal()\n", (
    "room, count, ends = Signal(range(beat_bytes + 1)), Signal(range(beat_bytes + 1)), Signal()\n        self.inside = further, done, address\n")
"""Change that lets lemmas see the registers."""


@pytest.mark.parametrize("name", CONFIGS)
def test_beats_hold_their_bursts(name):
    prove(WalkerSpec(mutant(BeatWalker, *OPEN_WALKER)(CONFIGS[name], JOB_BITS), lemmas=True), depth=3, cover_depth=7)


WALKER_BUGS = {
    "forgets the first lane": (PIECE, "Mux(further, 0, burst.address[:beat])", "0"),
    "keeps the first lane": (PIECE, "Mux(further, 0, burst.address[:beat])", "burst.address[:beat]"),
    "counts a byte twice": (PIECE, "done.eq(left - count)", "done.eq(left - count + 1)"),
    "ends a beat late": (ENDS, "ends.eq(left <= room)", "ends.eq(left < room)"),
    "ends every burst's copy": (ENDS, "last.eq(ends & burst.last)", "last.eq(ends)"),
    "drops the burst with its first beat": (WHOLE, "self.i.ready.eq(self.o.ready & ends)", "self.i.ready.eq(self.o.ready)"),
    "moves on without being taken": (PIECE, "with m.If(self.o.valid & self.o.ready)", "with m.If(self.o.valid)"),
}


@pytest.mark.parametrize("bug", WALKER_BUGS)
def test_proof_catches_walker_that(bug):
    broken, *change = WALKER_BUGS[bug]
    refute(WalkerSpec(mutant(BeatWalker, *change)(CONFIG, JOB_BITS)), broken, depth=5)
