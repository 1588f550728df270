# SPDX-License-Identifier: Apache-2.0
"""Max-pooling, proved: each result is the largest of its window, once and in order; jobs end with their last."""

import pytest
from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from formal.job_spec import EARLY, LATE, OWED, RUNNING, JobFollower
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute
from support.order import OrderChecker

from hwgen.accelerators.max_pool import MaxPool
from hwgen.config import MemoryConfig
from hwgen.config.max_pool import MaxPoolConfig

TAKES = "words are taken while windows want some, unless a result is not taken"
NEXT = "the next job is taken when the words of the one before are"
OUTPUTS = 3
"""Most results of a job."""


class MaxPoolSpec(wiring.Component):
    """Any jobs of few results, any words, any consumer."""

    def __init__(self, dut):
        self.dut, self.width, self.element = dut, dut.config.width, dut.config.element_width
        super().__init__({
            "valid": In(1), "word": In(self.width), "ready": In(1), "pick": In(2),
            "job": In(1), "entry": In(dut.job_pool.entry.payload.shape()),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.pool = dut = self.dut
        m.submodules.output = output = HandshakeChecker(self.width)
        m.submodules.results = results = OrderChecker(self.width, places=1)
        m.submodules.jobs = jobs = JobFollower(most=3, slack=0, empty_slack=2)
        entry, taken, take, leave = dut.job_pool.entry, Signal(), Signal(), Signal()
        m.d.comb += [
            dut.X.valid.eq(self.valid), dut.X.payload.eq(self.word), dut.Y.ready.eq(self.ready),
            entry.valid.eq(self.job), entry.payload.eq(self.entry), *output.watch(dut.Y),
            taken.eq(entry.valid & entry.ready), take.eq(dut.X.valid & dut.X.ready), leave.eq(dut.Y.valid & dut.Y.ready),
            Assume(self.entry.outputs <= OUTPUTS, "a job has few results"),
        ]
        # The words taken are of the job taken last.
        window, is_unsigned = Signal.like(self.entry.window), Signal()
        position, wanted, ends = Signal.like(self.entry.window), Signal(8), Signal()
        words = self.entry.window * self.entry.outputs
        m.d.comb += ends.eq(position + 1 == window)
        with m.If(taken):
            m.d.sync += [window.eq(self.entry.window), is_unsigned.eq(self.entry.unsigned_elements), position.eq(0), wanted.eq(words)]
        with m.Elif(take):
            m.d.sync += [position.eq(Mux(ends, 0, position + 1)), wanted.eq(wanted - 1)]

        best = []
        for e in range(self.width // self.element):
            largest, new = Signal(self.element, name=f"largest_{e}"), Signal(self.element, name=f"new_{e}")
            word = self.word.word_select(e, self.element)
            beats = Mux(is_unsigned, word > largest, word.as_signed() > largest.as_signed())
            m.d.comb += new.eq(Mux((position == 0) | beats, word, largest))
            with m.If(take):
                m.d.sync += largest.eq(new)
            best.append(new)
        m.d.comb += [
            results.push.eq(take & ends), results.pop.eq(leave), results.pick.eq(self.pick[0]),
            results.entering.eq(Cat(best)), results.leaving.eq(dut.Y.payload),
            jobs.taken.eq(taken), jobs.moved.eq(leave), jobs.done.eq(dut.job_pool.done), jobs.pick.eq(self.pick[1]),
            jobs.words.eq(Mux(self.entry.window == 0, 0, self.entry.outputs)),
            Assert(dut.X.ready == ((wanted != 0) & (~ends | ~dut.Y.valid | self.ready)), TAKES),
            Assert(~take | (wanted != 0), TAKES),
            Assert(~taken | (wanted == take), NEXT),
            Assert((jobs.running != 0) | entry.ready, NEXT),
            Cover(taken & take & leave & (window == 2), "a job follows without a gap"),
            Cover(leave & ~is_unsigned & (dut.Y.payload[:8] == 0x80) & (window == 2), "the smallest signed element is the largest"),
            Cover(leave & is_unsigned & (dut.Y.payload[:8] == 0x80) & (window == 2), "an unsigned element is the largest"),
        ]
        return m


def spec(kind, width=8):
    return MaxPoolSpec(kind(MaxPoolConfig(kind="max_pool", width=width, window_width=2), MemoryConfig()))


@pytest.mark.parametrize(("width", "depth"), [(8, 11), (16, 9)])
def test_results_are_the_largest_of_their_windows(width, depth):
    prove(spec(MaxPool, width), depth=depth, mode="bmc", cover_depth=11, timeout=900)


HELD = "output: payload holds until it is taken"
IN_ORDER = "results: words leave in order and unchanged"
BUGS = {
    "takes a word over a result that waits": (HELD, "(~last | ~self.Y.valid | self.Y.ready)", "1"),
    "keeps the largest of the window before": (IN_ORDER, "Mux(less & ~first, kept, word)", "Mux(less, kept, word)"),
    "compares all elements without a sign": (IN_ORDER, "Mux(unsigned_elements, 0, 1 << width - 1)", "0"),
    "makes windows one word short": (IN_ORDER, 'Mux(last, settings["window"], words_left - 1)', 'Mux(last, settings["window"] - 1, words_left - 1)'),
    "forgets where a window begins": (IN_ORDER, "first.eq(last), words_left", "first.eq(0), words_left"),
    "makes one result too many": (f"jobs: {OWED}", "(outputs_left == 1)", "(outputs_left == 0)"),
    "is done with each result": (f"jobs: {EARLY}", "(leave & end) | retire", "leave | retire"),
    "is done with an empty job at once": (f"jobs: {EARLY}", "empty & ~self.Y.valid", "empty"),
    "does not end an empty job": (f"jobs: {LATE}", "(leave & end) | retire", "leave & end"),
    "ends an empty job twice": (f"jobs: {RUNNING}", "m.d.sync += empty.eq(0)", "m.d.sync += empty.eq(1)"),
    "stops after a job": (NEXT, "Mux(running, finish, ~empty)", "running & finish"),
    "pauses between windows": (TAKES, "(~last | ~self.Y.valid | self.Y.ready)", "(~last | ~self.Y.valid)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_pool_that(bug):
    broken, *change = BUGS[bug]
    refute(spec(mutant(MaxPool, *change)), broken, depth=12, timeout=300)
