# SPDX-License-Identifier: Apache-2.0
"""The mover, proved for all time: as many words as the pass says, each at once; done when the last was taken."""

import pytest
from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute
from support.lemmas import look_inside

from hwgen.accelerators.mover import Mover
from hwgen.config import GemmConfig

CONFIG = GemmConfig(m=2, n=1, k=2, a_width=4, b_width=4, accumulator_width=16)
PAIRS = "a word is taken in the cycle in which it leaves"
MOVES = "words go where the pass says while it has some left, and nowhere else"
BEGINS = "a pass begins when the core is idle and, once begun, goes on"
DATA = "a word leaves as it was taken, transposed if asked"
DONE = "a pass is done in the cycle after its last word, an empty one after it was taken, and at no other time"
NEXT = "the next pass is taken when nothing is left"
STREAMS = ("a", "c", "e", "d")


class MoverSpec(wiring.Component):
    """Any passes, any words, any consumers, a core that is idle when it likes.

    ``lemmas`` adds an assertion about the inside that induction needs and users do not.
    """

    def __init__(self, dut, *, lemmas=True):
        self.dut, self.lemmas = dut, lemmas
        super().__init__({
            "job": In(1), "entry": In(dut.job.entry.payload.shape()), "idle": In(1),
            "valid": In(2), "a": In(len(dut.a.payload)), "c": In(len(dut.c.payload)), "ready": In(2),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.mover = dut = self.dut
        m.d.comb += [
            dut.job.entry.valid.eq(self.job), dut.job.entry.payload.eq(self.entry), dut.idle.eq(self.idle),
            dut.a.valid.eq(self.valid[0]), dut.a.payload.eq(self.a), dut.c.valid.eq(self.valid[1]), dut.c.payload.eq(self.c),
            dut.e.ready.eq(self.ready[0]), dut.d.ready.eq(self.ready[1]),
        ]
        for name in STREAMS:
            stream = getattr(dut, name)
            m.submodules[name] = checker = HandshakeChecker(len(stream.payload), assume=name in "ac")
            m.d.comb += checker.watch(stream)

        moves = {name: Signal(name=f"{name}_moves") for name in STREAMS}
        m.d.comb += [moves[name].eq(getattr(dut, name).valid & getattr(dut, name).ready) for name in STREAMS]
        job, count, begun, taken, finished = (Signal(shape, name=name) for shape, name in (
            (self.entry.shape(), "job_held"), (24, "count"), (1, "pass_begun"), (1, "taken"), (1, "finished")))
        active, moved = Signal(), Signal()
        m.d.comb += [
            taken.eq(self.job & dut.job.entry.ready), moved.eq(moves["e"] | moves["d"]),
            active.eq((count != job.words) & (self.idle | begun)),
        ]
        m.d.sync += [begun.eq(active), finished.eq(moved & (count + 1 == job.words))]
        with m.If(moved):
            m.d.sync += count.eq(count + 1)
        with m.If(taken):
            m.d.sync += [job.eq(self.entry), count.eq(0), finished.eq(self.entry.words == 0)]

        size, width = CONFIG.m, CONFIG.a_width
        transposed = Cat(self.a.word_select(column * size + row, width) for row in range(size) for column in range(size))
        m.d.comb += [
            Assert((moves["a"] == moves["e"]) & (moves["c"] == moves["d"]), PAIRS),
            Assert(dut.moved == moved, PAIRS),
            Assert(dut.e.valid == (active & ~job.route & self.valid[0]), MOVES),
            Assert(dut.d.valid == (active & job.route & self.valid[1]), MOVES),
            Assert((dut.takes_a == (active & ~job.route)) & (dut.takes_c == (active & job.route)), BEGINS),
            Assert(~dut.e.valid | (dut.e.payload == Mux(job.transpose, transposed, self.a)), DATA),
            Assert(~dut.d.valid | (dut.d.payload == self.c), DATA),
            Assert(dut.job.done == finished, DONE),
            Assert(dut.job.entry.ready == ((count == job.words) & ~finished), NEXT),
            Cover(moves["e"] & job.transpose & (count == 1) & ~self.idle, "a second word is moved while the core is busy"),
            Cover(moves["d"] & (job.words == 3) & (count == 2), "the last word of a pass to D"),
            Cover(finished & (job.words == 0), "an empty pass is done"),
        ]
        m.d.comb += Assert(~begun | (count <= job.words), "no more words than the pass has")
        if self.lemmas:
            look_inside(dut, lambda inner: self._lemmas(inner, job, count, begun))
        return m

    def _lemmas(self, inner, job, count, begun):
        left, route, transpose, was = self.dut.inside
        inner.d.comb += [
            Assert(left == job.words - count, "what is left is what was not moved"),
            Assert((route == job.route) & (transpose == job.transpose), "route and transposition are those of the pass"),
            Assert(was == begun, "it has begun"),
        ]


OPEN = "running, begun = Signal(), Signal()\n", (
    "running, begun = Signal(), Signal()\n        self.inside = left, route, transpose, begun\n")
"""Change that lets lemmas see the registers."""


def test_a_pass_moves_its_words():
    prove(MoverSpec(mutant(Mover, *OPEN)(CONFIG)), depth=3, cover_depth=8)


BUGS = {
    "moves a word too many": (MOVES, "left.eq(left - self.moved)", "left.eq(left - (self.moved & (left != 1)))"),
    "counts words that are not taken": (MOVES, "left.eq(left - self.moved)", "left.eq(left - (self.e.valid | self.d.valid))"),
    "begins while the core is busy": (BEGINS, "(self.idle | begun)", "1"),
    "pauses while the core is busy": ("e: valid stays until the payload is taken", "(self.idle | begun)", "self.idle"),
    "takes words of the other route": (PAIRS, "self.c.ready.eq(self.takes_c & self.d.ready)", "self.c.ready.eq(self.d.ready)"),
    "does not transpose": (DATA, "Mux(transpose, there, here)", "here"),
    "is done before the last word is taken": (DONE, "self.job.done.eq(self.moved & (left == 1))", "self.job.done.eq(left == 1)"),
    "never ends an empty pass": (DONE, "self.job.done.eq(entry.payload.words == 0)", "self.job.done.eq(0)"),
    "takes a pass before the last is done": (NEXT, "(left == 0) & ~self.job.done", "left == 0"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_mover_that(bug):
    broken, *change = BUGS[bug]
    refute(MoverSpec(mutant(Mover, *change)(CONFIG), lemmas=False), broken, depth=8)
