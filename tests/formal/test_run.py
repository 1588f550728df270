# SPDX-License-Identifier: Apache-2.0
"""What steps hold of their runs, proved for all time: every byte of a run once, if its steps can hold it, and none beside."""

import pytest
from amaranth import Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.formal import mutant, prove, refute
from support.lemmas import look_inside

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer.run import RunPieces

MEMORY = MemoryConfig(banks=4, bank_width=16, bank_depth=4)
SUM = "the pieces of a run hold all of it, or as much as its steps can"
LANE = "a piece begins with the byte its address names, or with the step"
FITS = "a piece ends within its step"
LAST_WRITE = "a writer's last step ends its copy"
LAST_READ = "of a reader's steps the one with the copy's last byte ends it"
ENABLE = "channels are accessed up to the one that holds the piece's last byte, and none for no byte"


def config(mode, channels=2):
    return StreamerConfig(mode=mode, spatial_bounds=(channels,), groups=(4,), byte_addressed=True)


class RunSpec(wiring.Component):
    """Any jobs and steps; the reference sums up what the steps of a run held and could hold."""

    def __init__(self, dut, *, lemmas=False):
        self.dut, self.lemmas = dut, lemmas
        super().__init__({
            "take": In(1), "run_bytes": In(len(dut.run_bytes)), "advance": In(1), "run_end": In(1), "last_run": In(1),
            "address": In(len(dut.address))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.run = dut = self.dut
        m.d.comb += [getattr(dut, name).eq(getattr(self, name)) for name in ("take", "run_bytes", "advance", "run_end", "last_run", "address")]
        piece, size, word = dut.piece, dut.step_bytes, dut.memory.word_bytes

        bits = len(self.run_bytes) + 1
        whole, held, could, first, begun = Signal(bits), Signal(bits), Signal(bits), Signal(init=1), Signal()
        after, capacity, passed = Signal(bits), Signal(bits), Signal()
        m.d.comb += [
            Assume(begun | ~self.advance, "steps leave once a job was taken"),
            Assume(~self.take | ~begun | ~self.advance | (self.run_end & self.last_run), "a job is taken as the last one's last step leaves, or later"),
            Assume(~self.take | ~begun | first | (self.advance & self.run_end), "no job is taken within a run"),
            after.eq(held + piece.count),
        ]
        with m.If(could + size - Mux(first, self.address, 0) < whole):
            m.d.comb += capacity.eq(could + size - Mux(first, self.address, 0))
        with m.Else():
            m.d.comb += capacity.eq(whole)
        with m.If(self.advance):
            m.d.sync += [held.eq(Mux(self.run_end, 0, after)), could.eq(Mux(self.run_end, 0, capacity)), first.eq(self.run_end)]
        with m.If(self.take):
            m.d.sync += [whole.eq(self.run_bytes), held.eq(0), could.eq(0), first.eq(1), begun.eq(1)]
        more = Signal()
        m.d.comb += [
            more.eq((after != whole) & ~self.run_end),
            Assert(~begun | (after == capacity), SUM),
            Assert(~begun | (piece.lane == Mux(first, self.address, 0)), LANE),
            Assert(piece.lane + piece.count <= size, FITS),
            Assert(~begun | (whole == 0) | (piece.last == ((self.last_run & (piece.count != 0) & ~more) if dut.config.reads else (self.last_run & self.run_end))),
                   LAST_READ if dut.config.reads else LAST_WRITE),
        ]
        for c in range(dut.config.channels):
            reaches = (piece.count != 0) & (piece.lane + piece.count > c * word)
            m.d.comb += Assert(dut.enable[c] == reaches, ENABLE)
        with m.If(begun & self.advance & (after == whole) & ~self.run_end):
            m.d.sync += passed.eq(1)
        m.d.comb += [
            Cover(self.advance & self.run_end & (whole == 2 * size) & (after == whole) & (piece.count == 1), "a run ends with one byte in its third step"),
            Cover(self.advance & self.run_end & (after != whole), "a run that its steps cannot hold"),
            Cover(passed & self.take & self.advance, "a job follows one with steps to spare"),
        ]
        if self.lemmas:
            look_inside(dut, lambda inner: self._lemmas(inner, whole, held, could, first, begun))
        return m

    def _lemmas(self, inner, whole, held, could, first, begun):
        known, at_first, left = self.dut.inside
        inner.d.comb += [
            Assert(~begun | (known == whole) & (at_first == first), "the run is that of the job"),
            Assert(~begun | first | (left == whole - held), "what is left is what was not held"),
            Assert((held == could) & (held <= whole) & (begun | first), "as much was held as could be"),
            Assert(~begun | ~first | (held == 0), "a run begins with nothing held"),
            Assert(begun | (held == 0) & (whole == 0), "nothing is held before the first job"),
        ]


OPEN = "first, left, rest = Signal(), Signal(RUN_BITS), Signal(RUN_BITS)\n", (
    "first, left, rest = Signal(), Signal(RUN_BITS), Signal(RUN_BITS)\n        self.inside = whole, first, left\n")
"""Change that lets lemmas see the registers."""


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize("channels", [2, 4])
def test_pieces_hold_their_runs(mode, channels):
    kind = mutant(RunPieces, *OPEN)
    prove(RunSpec(kind(MEMORY, config(mode, channels)), lemmas=True), depth=3, cover_depth=7)


BUGS = {
    "forgets the first lane": (LANE, "write", "Mux(first, self.address, 0)", "0"),
    "keeps the first lane": (LANE, "write", "Mux(first, self.address, 0)", "self.address"),
    "reaches beyond its step": (FITS, "write", "room.eq(self.step_bytes - self.piece.lane)", "room.eq(self.step_bytes)"),
    "gives every step the whole run": (SUM, "write", "rest.eq(Mux(first, whole, left))", "rest.eq(whole)"),
    "counts steps that stay": (SUM, "write", "with m.Elif(self.advance)", "with m.Elif(1)"),
    "begins no further run": (SUM, "write", "first.eq(self.run_end)", "first.eq(0)"),
    "ends at the first run": (LAST_WRITE, "write", "else self.run_end)", "else self.run_end) | self.run_end"),
    "ends with a step that holds nothing": (LAST_READ, "read", "((count != 0) & ((rest <= room) | self.run_end))", "((rest <= room) | self.run_end)"),
    "does not end a run that is cut": (LAST_READ, "read", "((rest <= room) | self.run_end)", "(rest <= room)"),
    "accesses a word too many": (ENABLE, "write", "(end > c * self", "(end >= c * self"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_run_that(bug):
    broken, mode, *change = BUGS[bug]
    refute(RunSpec(mutant(RunPieces, *change)(MEMORY, config(mode))), broken, depth=6)
