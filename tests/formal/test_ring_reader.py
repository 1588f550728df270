# SPDX-License-Identifier: Apache-2.0
"""What the ring's reader asks for, proved: every announced word once, in order, where it lies, if there is room."""

import pytest
from amaranth import Module, Mux, Signal
from amaranth.asserts import AnyConst
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute
from support.soc import TINY

from hwgen.soc.descriptors.layouts import BLOCK_WORDS, POSITION_BITS
from hwgen.soc.descriptors.ring import RingReader

PLACE = "a request is for the words behind those asked for"
ANNOUNCED = "only announced words are asked for"
RING = "a request ends at the ring's end"
BLOCK = "a request ends at a block's end"
ROOM = "there is room for all that is asked for"
DRAINED = "nothing is asked for while words of before a restart are coming"


class RingSpec(wiring.Component):
    """A host that announces any number of words, and restarts at any time; a memory and a buffer of any pace."""

    def __init__(self, dut):
        self.dut = dut
        super().__init__({
            "more": In(POSITION_BITS), "freed": In(range(dut.depth + 1)), "arrives": In(1), "kept": In(1),
            "taken": In(1), "restart": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.ring = dut = self.dut
        request = dut.request
        m.submodules.handshake = handshake = HandshakeChecker(len(request.payload.as_value()))
        base, size = AnyConst(len(dut.base)), AnyConst(len(dut.size))
        tail, expected, level = Signal(POSITION_BITS), Signal(POSITION_BITS), Signal.like(dut.level)
        shown, asked, coming = Signal(), Signal(), Signal(range(2 * dut.depth))
        count, address, words = request.payload.count, request.payload.address, Signal(POSITION_BITS)
        place = Signal(POSITION_BITS)
        m.d.comb += [
            words.eq(1 << size), place.eq(expected & (words - 1)),
            dut.base.eq(base), dut.size.eq(size), dut.tail.eq(tail), dut.level.eq(level),
            dut.restart.eq(self.restart), dut.arrived.eq(self.arrives), request.ready.eq(self.taken),
            *handshake.watch(request),
            asked.eq(request.valid & ~shown),
            Assume(size <= 8, "the ring is small enough for the proof"),
            Assume((base[-1] == 0) & (base[-2] == 0), "the ring does not end beyond the address space"),
            Assume((tail - expected + self.more)[:POSITION_BITS] <= words, "no more is announced than the ring holds"),
            Assume(self.more <= words, "at most all of it at once"),
            Assume(~self.arrives | (coming != 0), "what comes was asked for"),
            Assume(self.freed <= level, "only what is there can leave"),
        ]
        m.d.sync += [
            tail.eq(tail + self.more),
            shown.eq(request.valid & ~self.taken),
            level.eq(level - self.freed + (self.arrives & self.kept)),
            coming.eq(coming + Mux(asked, count, 0) - self.arrives),
            expected.eq(Mux(asked, expected + count, expected)),
        ]
        with m.If(self.restart):
            m.d.sync += expected.eq(tail)
        restarted = Signal()
        m.d.sync += restarted.eq(self.restart | restarted & ~asked)
        m.d.comb += [
            Assert(~asked | (address == base + place), PLACE),
            Assert(~asked | (count != 0) & (count <= (tail - expected)[:POSITION_BITS]), ANNOUNCED),
            Assert(~asked | (place + count <= words), RING),
            Assert(~asked | (address[:6] + count <= BLOCK_WORDS), BLOCK),
            Assert(level + coming + Mux(asked, count, 0) <= dut.depth, ROOM),
            Assert(~asked | ~dut.draining, DRAINED),
            Cover(asked & restarted & (coming == 0) & (count > 2), "words are asked for after a restart"),
            Cover(asked & (place + count == words) & (expected != 0) & (count > 1), "a request ends with the ring"),
        ]
        return m


def spec(kind=RingReader):
    small = TINY.dma.descriptors.model_copy(update={"buffer_words": 64})
    return RingSpec(kind(TINY.model_copy(update={"dma": TINY.dma.model_copy(update={"descriptors": small})})))


def test_every_word_is_asked_for_once_where_it_lies():
    prove(spec(), depth=14, mode="bmc", timeout=900)


BUGS = {
    "goes on behind the ring's end": (RING, "with m.Elif(to_end < count):", "with m.Elif(0):"),
    "crosses a block's end": (BLOCK, "with m.If((to_block < count) & (to_block <= to_end)):", "with m.If(0):"),
    "forgets words under way": (ROOM, "self.depth - self.level - coming", "self.depth - self.level"),
    "asks again for the same": (PLACE, "fetched.eq(fetched + count)", "fetched.eq(fetched)"),
    "goes on with what a restart ended": (PLACE, "with m.If(self.restart):\n            m.next = \"look\"", "with m.If(0):\n            m.next = \"look\""),
    "does not drain": (DRAINED, "& ~self.draining & ~self.restart", "& ~self.restart"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_reader_that(bug):
    broken, *change = BUGS[bug]
    refute(spec(mutant(RingReader, *change)), broken, depth=14, timeout=600)
