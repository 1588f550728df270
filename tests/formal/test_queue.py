# SPDX-License-Identifier: Apache-2.0
"""The queue, proved for all time: every word comes out once, in order, unchanged."""

import pytest
from amaranth import Module, Signal
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute
from support.lemmas import check_queue
from support.order import OrderChecker

from hwgen.parts.queue import Queue

WIDTH = 2


class QueueSpec(wiring.Component):
    """Any producer and any consumer; ``pick`` chooses a word to follow.

    ``lemmas`` adds assertions about the inside that induction needs and users do not.
    """

    valid: In(1)
    payload: In(WIDTH)
    ready: In(1)
    pick: In(1)

    def __init__(self, dut, *, lemmas=True):
        super().__init__()
        self.dut = dut
        self.lemmas = lemmas

    def elaborate(self, platform):
        m = Module()
        depth, i, o = self.dut.depth, self.dut.i, self.dut.o
        m.submodules.queue = self.dut
        m.submodules.handshake = handshake = HandshakeChecker(WIDTH)
        m.submodules.order = order = OrderChecker(WIDTH, places=depth)

        push, pop, held = i.valid & i.ready, o.valid & o.ready, order.held
        m.d.comb += [
            i.valid.eq(self.valid),
            i.payload.eq(self.payload),
            o.ready.eq(self.ready),
            *handshake.watch(o),
            order.push.eq(push),
            order.pop.eq(pop),
            order.pick.eq(self.pick),
            order.entering.eq(i.payload),
            order.leaving.eq(o.payload),
            Assert(self.dut.level == held, "level is the number of words held"),
            Assert(i.ready == (held < depth), "ready while there is room, whatever the consumer does"),
            Assert(o.valid == (held > 0), "valid while there is a word, whatever the producer does"),
        ]

        waited = Signal()
        drained = Signal()
        first = order.following & (order.ahead == 0)
        with m.If(order.following & (order.ahead == depth - 1)):
            m.d.sync += waited.eq(1)
        with m.If(waited & (held == 0)):
            m.d.sync += drained.eq(1)
        m.d.comb += [
            Assert(~first | (o.payload == order.word), "the first word shows, unchanged"),
            Cover(first & pop & (waited | (depth == 1)) & (order.word == 2), "the word leaves a queue that was full"),
            Cover(drained & (held == depth), "the queue fills, drains and fills"),
            Cover(push & pop if depth > 1 else push & (order.word == 1), "the queue is fed while it is read"),
        ]
        check_queue(self.dut, order, lemmas=self.lemmas)
        return m


@pytest.mark.parametrize("depth", (1, 2, 3, 4, 5))
def test_queue_loses_and_reorders_nothing(depth):
    prove(QueueSpec(Queue(WIDTH, depth=depth)), depth=3, cover_depth=3 * depth + 3)


ROOM = "ready while there is room, whatever the consumer does"
WORD = "valid while there is a word, whatever the producer does"
ORDER = "the first word shows, unchanged"
BUGS = {
    "wraps late": ("queue: pointers stay within the memory", "pointer == self.depth - 1", "pointer == self.depth"),
    "overwrites when full": ("handshake: payload holds until it is taken", "en.eq(push)", "en.eq(1)"),
    "reads elsewhere": (ORDER, "read_port.addr.eq(read_pointer)", "read_port.addr.eq(write_pointer)"),
    "overflows": (ROOM, "push.eq(self.i.valid & self.i.ready)", "push.eq(self.i.valid)"),
    "underflows": (WORD, "pop.eq(self.o.valid & self.o.ready)", "pop.eq(self.o.ready)"),
    "loses room": (WORD, "with m.Elif(pop & ~push)", "with m.Elif(pop)"),
    "miscounts": ("level is the number of words held", "with m.If(push & ~pop)", "with m.If(push)"),
    "waits for ready": (WORD, "self.o.valid.eq(self.level != 0)", "self.o.valid.eq((self.level != 0) & self.o.ready)"),
    "feeds a full queue": (ROOM, "self.i.ready.eq(~full)", "self.i.ready.eq(~full | self.o.ready)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_queue_that(bug):
    broken, *change = BUGS[bug]
    refute(QueueSpec(mutant(Queue, *change)(WIDTH, depth=3), lemmas=False), broken, depth=12)
