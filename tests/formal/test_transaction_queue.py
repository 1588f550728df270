# SPDX-License-Identifier: Apache-2.0
"""The queue with commit and rollback, proved: what is committed comes out once, in order; nothing else does."""

import pytest
from amaranth import Module, Mux, Signal
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute

from hwgen.parts.transaction_queue import TransactionQueue

WIDTH = 2
ROOM = "ready while there is room"
THERE = "valid only while there is something committed"
WORD = "words come out as they came in, in order"
ONLY = "what was not committed does not come out"
SOON = "what was committed comes out within two cycles"


class TransactionSpec(wiring.Component):
    """Any producer and any consumer; ``pick`` chooses a word to follow."""

    valid: In(1)
    payload: In(WIDTH)
    commit: In(1)
    rollback: In(1)
    ready: In(1)
    pick: In(1)

    def __init__(self, dut):
        super().__init__()
        self.dut = dut

    def elaborate(self, platform):
        m = Module()
        dut, i, o = self.dut, self.dut.i, self.dut.o
        m.submodules.queue = dut
        m.submodules.handshake = handshake = HandshakeChecker(WIDTH)
        push, pop = Signal(), Signal()
        m.d.comb += [
            i.valid.eq(self.valid), i.payload.eq(self.payload), o.ready.eq(self.ready),
            dut.commit.eq(self.commit), dut.rollback.eq(self.rollback),
            push.eq(i.valid & i.ready), pop.eq(o.valid & o.ready), *handshake.watch(o),
        ]
        # Words committed and not, by what goes in and out.
        sure, loose, kept = Signal(8), Signal(8), Signal(8)
        m.d.comb += kept.eq(Mux(push, Mux(self.rollback, 0, loose) + 1, loose))
        m.d.sync += [
            sure.eq(sure - pop + Mux(push & self.commit, kept, 0)),
            loose.eq(Mux(push & self.commit, 0, kept)),
        ]
        following, committed, ahead, word = Signal(), Signal(), Signal(8), Signal(WIDTH)
        with m.If(following & (ahead == 0) & pop):
            m.d.sync += following.eq(0)
        with m.Elif(following & ~committed & push & self.rollback):
            m.d.sync += following.eq(0)
        with m.Elif(following):
            m.d.sync += [ahead.eq(ahead - pop), committed.eq(committed | push & self.commit)]
        with m.Elif(push & self.pick):
            m.d.sync += [following.eq(1), committed.eq(self.commit), word.eq(self.payload), ahead.eq(sure - pop + kept - 1)]
        waited = Signal(2)
        m.d.sync += waited.eq(Mux((sure != 0) & ~o.valid, waited + 1, 0))
        m.d.comb += [
            Assert(i.ready == (dut.level < dut.depth), ROOM),
            Assert((dut.level + o.valid) == (sure + loose), "level and output tell the words held"),
            Assert(~o.valid | (sure != 0), THERE),
            Assert(~(following & pop & (ahead == 0)) | (o.payload == word), WORD),
            Assert(~(following & pop & (ahead == 0)) | committed, ONLY),
            Assert(waited < 2, SOON),
            Cover(following & pop & (ahead == 0) & (sure == dut.depth), "a word leaves a full queue"),
            Cover(push & self.rollback & (loose == dut.depth - 1), "all but one are taken back"),
        ]
        return m


def spec(kind=TransactionQueue, depth=2):
    return TransactionSpec(kind(WIDTH, depth=depth))


@pytest.mark.parametrize("depth", [2, 4])
def test_what_is_committed_comes_out(depth):
    prove(spec(depth=depth), depth=14, mode="bmc", timeout=600)


BUGS = {
    "shows what is not committed": (ONLY, "read != committed", "read != written"),
    "keeps what was taken back": (WORD, "place.eq(Mux(self.rollback, committed, written))", "place.eq(written)"),
    "overwrites what waits": (ROOM, "self.i.ready.eq(~self.level[-1])", "self.i.ready.eq(1)"),
    "forgets a word while nobody takes it": (WORD, "(~self.o.valid | self.o.ready)", "1"),
    "commits one too few": (SOON, "m.d.sync += committed.eq(place + 1)", "m.d.sync += committed.eq(place)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_queue_that(bug):
    broken, *change = BUGS[bug]
    refute(spec(mutant(TransactionQueue, *change)), broken, depth=12, timeout=300)
