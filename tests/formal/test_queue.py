# SPDX-License-Identifier: Apache-2.0
"""The queue, proved for all time: every word comes out once, in order, unchanged."""

import pytest
from amaranth import Module, Mux, Signal
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute

from hwgen.parts.queue import Queue

WIDTH = 2


class QueueSpec(wiring.Component):
    """Follows one word, picked by ``pick`` when it enters, past the words ahead of it.

    ``lemmas`` adds assertions about the inside that induction needs and users do not.
    """

    valid: In(1)
    payload: In(WIDTH)
    ready: In(1)
    pick: In(1)

    def __init__(self, dut, *, lemmas=True):
        super().__init__()
        self.dut = dut
        self.lemmas = lemmas and dut.depth > 1

    def elaborate(self, platform):
        m = Module()
        depth = self.dut.depth
        inner = self.dut.elaborate(platform)
        m.submodules.queue = inner
        i, o = self.dut.i, self.dut.o
        push, pop = i.valid & i.ready, o.valid & o.ready

        held = Signal(range(depth + 2))
        m.d.comb += [
            i.valid.eq(self.valid),
            i.payload.eq(self.payload),
            o.ready.eq(self.ready),
            Assert(self.dut.level == held, "level is the number of words held"),
            Assert(held <= depth, "no more words than places"),
            Assert(i.ready == (held < depth), "ready while there is room, whatever the consumer does"),
            Assert(o.valid == (held > 0), "valid while there is a word, whatever the producer does"),
        ]
        m.d.sync += held.eq(held + push - pop)

        m.submodules.handshake = handshake = HandshakeChecker(WIDTH)
        m.d.comb += handshake.watch(o)

        following = Signal()
        ahead = Signal(range(depth + 1))
        word = Signal(WIDTH)
        waited = Signal()
        with m.If(following & pop):
            m.d.sync += [following.eq(ahead != 0), ahead.eq(Mux(ahead == 0, 0, ahead - 1))]
        with m.Elif(~following & push & self.pick):
            m.d.sync += [following.eq(1), ahead.eq(held - pop), word.eq(i.payload), waited.eq(held - pop == depth - 1)]
        arrives = following & (ahead == 0)
        m.d.comb += [
            Assert(~arrives | (o.valid & (o.payload == word)), "the word arrives in its place, unchanged"),
            Assert(~following | (ahead < held), "the word is within the queue"),
            Cover(arrives & pop & waited & (word == 2), "the word leaves after a full queue"),
            Cover(push & pop if depth > 1 else push & (word == 1), "the queue is fed while it is read"),
        ]
        if depth > 1:
            memory = inner.submodules.memory
            for port in (*memory.write_ports, *memory.read_ports):
                m.d.comb += Assert(port.addr < depth, "pointers stay within the memory")
        if self.lemmas:
            self._lemmas(m, inner.submodules.memory, held, following, ahead, word)
        return m

    def _lemmas(self, m, memory, held, following, ahead, word):
        """What links the words in memory to the model, so that induction needs no long history."""
        depth = self.dut.depth
        write_pointer = memory.write_ports[0].addr
        read_pointer = memory.read_ports[0].addr
        spy = memory.read_port(domain="comb")

        def wrapped(sum):
            return Mux(sum >= depth, sum - depth, sum)

        wraps = Signal()
        with m.If((write_pointer == 0) & (held == depth)):
            m.d.sync += wraps.eq(1)
        m.d.comb += [
            spy.addr.eq(wrapped(read_pointer + ahead)),
            Assert(~following | (spy.data == word), "the word lies in its place"),
            Assert(write_pointer == wrapped(read_pointer + held), "the pointers are as far apart as the level says"),
            Cover(wraps & (held == 0), "the pointers wrapped and the queue drained"),
        ]


@pytest.mark.parametrize("depth", (1, 2, 3, 4, 5))
def test_queue_loses_and_reorders_nothing(depth):
    prove(QueueSpec(Queue(WIDTH, depth=depth)), depth=3, cover_depth=2 * depth + 4)


ROOM = "ready while there is room, whatever the consumer does"
WORD = "valid while there is a word, whatever the producer does"
ORDER = "the word arrives in its place, unchanged"
LEVEL = "level is the number of words held"
HOLDS = "handshake: payload holds until it is taken"
RANGE = "pointers stay within the memory"
BUGS = {
    "wraps late": (RANGE, "pointer == self.depth - 1", "pointer == self.depth"),
    "overwrites when full": (HOLDS, "write_port.en.eq(push)", "write_port.en.eq(1)"),
    "reads elsewhere": (ORDER, "read_port.addr.eq(read_pointer)", "read_port.addr.eq(write_pointer)"),
    "overflows": (ROOM, "push.eq(self.i.valid & self.i.ready)", "push.eq(self.i.valid)"),
    "underflows": (WORD, "pop.eq(self.o.valid & self.o.ready)", "pop.eq(self.o.ready)"),
    "loses room": (WORD, "with m.Elif(pop & ~push)", "with m.Elif(pop)"),
    "miscounts": (LEVEL, "with m.If(push & ~pop)", "with m.If(push)"),
    "waits for ready": (WORD, "self.o.valid.eq(self.level != 0)", "self.o.valid.eq((self.level != 0) & self.o.ready)"),
    "feeds full queue": (ROOM, "self.i.ready.eq(~full)", "self.i.ready.eq(~full | self.o.ready)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_queue_that(bug):
    broken, *change = BUGS[bug]
    refute(QueueSpec(mutant(Queue, *change)(WIDTH, depth=3), lemmas=False), broken, depth=12)
