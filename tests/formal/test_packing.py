# SPDX-License-Identifier: Apache-2.0
"""Packer and unpacker, proved: every byte of a copy, any one, comes out where it belongs, whatever the pieces are."""

import pytest
from amaranth import Array, Module, Mux, Signal
from amaranth.asserts import AnyConst
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute

from hwgen.config.base import bits_for
from hwgen.dma.packer import BytePacker
from hwgen.dma.unpacker import ByteUnpacker

BYTE = "a byte comes out in its place, unchanged"
WORDS = "a word is offered as soon as it is full or ends its copy, and at no other time"
LAST = "the word with a copy's last byte ends it, and no other"
COUNT = "words are full but for those that end copies"
ROOM = "pieces are taken while no word is offered"


def byte_of(word, index, size):
    return Array(word.word_select(b, 8) for b in range(size))[index]


class PackerSpec(wiring.Component):
    """Any pieces and any consumer; one byte, any one, is followed to its word, and one end of a copy."""

    def __init__(self, dut):
        self.dut = dut
        super().__init__({
            "valid": In(1), "piece": In(dut.i.payload.shape()), "ready": In(1), "pick": In(1), "index": In(bits_for(dut.word_bytes)), "pick_end": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.packer = dut = self.dut
        i, o, size = dut.i, dut.o, dut.word_bytes
        m.submodules.handshake = handshake = HandshakeChecker(o.payload.shape())
        piece, given = self.piece.piece, self.piece.data
        m.d.comb += [i.valid.eq(self.valid), i.payload.eq(self.piece), o.ready.eq(self.ready), *handshake.watch(o)]

        # Bytes of the copy beyond its full words; words that are complete and have not left, and how many of them end copies.
        fill, words, ends = Signal(range(size)), Signal(4), Signal(4)
        after, made, push, pop, behind = Signal(range(2 * size)), Signal(2), Signal(), Signal(), Signal(4)
        m.d.comb += [
            Assume((piece.lane + piece.count <= size) & (~piece.last | (piece.count != 0)), "pieces fit, and a last one has a byte"),
            after.eq(fill + piece.count),
            made.eq(Mux(piece.last, (after > size) + 1, after >= size)),
            push.eq(i.valid & i.ready),
            pop.eq(o.valid & o.ready),
            behind.eq(words - pop),
        ]
        m.d.sync += [words.eq(behind + Mux(push, made, 0)), ends.eq(ends + (push & piece.last) - (pop & o.payload.last))]
        with m.If(push):
            m.d.sync += fill.eq(Mux(piece.last, 0, after))

        following, ahead, place, value = Signal(), Signal(4), Signal(range(size)), Signal(8)
        target, arrives = Signal(range(2 * size)), Signal()
        m.d.comb += [target.eq(fill + self.index), arrives.eq(following & pop & (ahead == 0))]
        with m.If(following):
            m.d.sync += [ahead.eq(ahead - pop), following.eq(~arrives)]
        with m.Elif(push & self.pick & (self.index < piece.count)):
            m.d.sync += [following.eq(1), ahead.eq(behind + (target >= size)), place.eq(target),
                         value.eq(byte_of(given, (piece.lane + self.index)[:bits_for(size)], size))]
        ending, until, length = Signal(), Signal(4), Signal(range(size + 1))
        with m.If(ending):
            m.d.sync += [until.eq(until - pop), ending.eq(~(pop & (until == 0)))]
        with m.Elif(push & self.pick_end & piece.last):
            m.d.sync += [ending.eq(1), until.eq(behind + made - 1), length.eq(Mux(after > size, after - size, after))]
        ended = ending & (until == 0)
        stalled = Signal()
        m.d.sync += stalled.eq(o.valid & ~self.ready)
        m.d.comb += [
            Assert(o.valid == (words != 0), WORDS),
            Assert(~(following & (ahead == 0) & o.valid) | (byte_of(o.payload.data, place, size) == value), BYTE),
            Assert(~(following & (ahead == 0) & o.valid) | (place < o.payload.count), BYTE),
            Assert(~(ended & o.valid) | o.payload.last & (o.payload.count == length), LAST),
            Assert(~(o.valid & o.payload.last) | (ends != 0), LAST),
            Assert(o.valid | (ends == 0), LAST),
            Assert(~o.valid | o.payload.last | (o.payload.count == size), COUNT),
            Assert(i.ready | o.valid, ROOM),
            Cover(arrives & (ahead == 0) & stalled & (value == 0xA5), "a byte leaves after a pause"),
            Cover(pop & ended & (length == 1) & (words == 2), "a copy ends with one byte while the next has a word already"),
            Cover(push & pop & (fill == 1) & (piece.count == size), "pieces that do not fit their word follow each other"),
        ]
        return m


@pytest.mark.parametrize(("size", "depth"), [(4, 8)])
def test_packed_bytes_are_those_of_the_pieces(size, depth):
    prove(PackerSpec(BytePacker(size)), mode="bmc", depth=depth, cover_depth=8)


PACKER_BUGS = {
    "forgets where the copy has come to": (BYTE, "fill - piece.lane", "0 - piece.lane"),
    "forgets what it holds": (BYTE, "keeps.eq((1 << start) - 1)", "keeps.eq(0)"),
    "keeps the wrong part": (BYTE, "held.eq(Mux(end[bits], turned, joined))", "held.eq(joined)"),
    "drops what is beyond the word": (WORDS, "flushing.eq(overhangs), ", ""),
    "does not begin anew": (WORDS, "fill.eq(Mux(piece.last, 0, after))", "fill.eq(after)"),
    "ends a copy a word early": (LAST, "flushing | last & ~overhangs", "flushing | last"),
    "gives the rest as a whole word": (LAST, "Mux(flushing, rest, ", "Mux(flushing, count, "),
    "takes pieces without room": (WORDS, "self.i.ready.eq(~valid | advance)", "self.i.ready.eq(1)"),
    "waits for the consumer": (WORDS, "flushing | valid & (last | end[bits])", "self.o.ready & (flushing | valid & (last | end[bits]))"),
}


@pytest.mark.parametrize("bug", PACKER_BUGS)
def test_proof_catches_packer_that(bug):
    broken, *change = PACKER_BUGS[bug]
    refute(PackerSpec(mutant(BytePacker, *change)(2)), broken, depth=7)


STROBE = "bytes that the copy has are strobed, and none beside the piece"
MISMATCH = "a copy of the wrong length is told in the cycle after its last piece, and no other"
ALIVE = "a piece is taken when its word is there, or one of the last copy is dropped, and the way is free"
FILLED = "a filled piece is strobed and holds the pattern"
OWN = "the words of a copy go to no other"
BITS = 5


class UnpackerSpec(wiring.Component):
    """Any copies, of any length on either side, and fills among them; one byte of one copy, any one, is followed.

    Counters tell where each side is: the copy and the bytes of it that have passed.
    """

    def __init__(self, dut):
        self.dut = dut
        super().__init__({
            "valid": In(1), "word": In(dut.i.payload.shape()), "piece_valid": In(1), "piece": In(dut.piece.payload.shape()),
            "fill": In(1), "pattern": In(32), "ready": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.unpacker = dut = self.dut
        i, o, size, word, piece = dut.i, dut.o, dut.word_bytes, self.word, self.piece
        m.submodules.handshake = handshake = HandshakeChecker(o.payload.shape())
        m.submodules.words = words = HandshakeChecker(word.shape(), assume=True)
        m.submodules.pieces = pieces = HandshakeChecker(piece.shape(), assume=True)
        m.d.comb += [
            i.valid.eq(self.valid), i.payload.eq(word), dut.piece.valid.eq(self.piece_valid), dut.piece.payload.eq(piece),
            dut.fill.eq(self.fill), dut.pattern.eq(self.pattern), o.ready.eq(self.ready),
            *handshake.watch(o), *words.watch(i), *pieces.watch(dut.piece),
        ]

        # A copy keeps its kind from before its first piece to its last.
        kind, held, inside = Signal(), Signal(32), Signal()
        taken, given = Signal(), Signal()
        m.d.comb += [
            taken.eq(i.valid & i.ready),
            given.eq(dut.piece.valid & dut.piece.ready),
            Assume((word.count != 0) & (word.count <= size) & (word.last | (word.count == size)), "words are full but for those that end copies"),
            Assume(piece.lane + piece.count <= size, "pieces fit their words"),
            Assume(~inside | (self.fill == kind) & (self.pattern == held), "copies are filled or not as a whole"),
        ]
        m.d.sync += [kind.eq(self.fill), held.eq(self.pattern), inside.eq(Mux(given, ~piece.last, inside | self.piece_valid))]

        # Where the words and the pieces are, and of the chosen copy what is known.
        copy, index = AnyConst(2), AnyConst(BITS)
        word_copy, word_bytes, piece_copy, piece_bytes = Signal(3), Signal(BITS + 1), Signal(3), Signal(BITS + 1)
        value, there, length, complete = Signal(8), Signal(), Signal(BITS + 1), Signal()
        of_word, of_piece = Signal(), Signal()
        after = Signal(BITS + 1)
        m.d.comb += [
            of_word.eq(taken & (word_copy == copy)), of_piece.eq(given & ~self.fill & (piece_copy == copy)),
            after.eq(word_bytes + word.count),
        ]
        with m.If(taken):
            m.d.sync += [word_bytes.eq(Mux(word.last, 0, after)), word_copy.eq(word_copy + word.last)]
        with m.If(of_word & (word_bytes <= index) & (index < after)):
            m.d.sync += [there.eq(1), value.eq(byte_of(word.data, (index - word_bytes)[:bits_for(size)], size))]
        with m.If(of_word & word.last):
            m.d.sync += [complete.eq(1), length.eq(after)]
        with m.If(given & ~self.fill):
            m.d.sync += [piece_bytes.eq(Mux(piece.last, 0, piece_bytes + piece.count)), piece_copy.eq(piece_copy + piece.last)]

        # The piece that shows, and whether the followed byte is in it.
        shown, mine, lane, filled, pattern = Signal(piece.shape()), Signal(), Signal(range(size)), Signal(), Signal(32)
        with m.If(given):
            m.d.sync += [
                shown.eq(piece), filled.eq(self.fill), pattern.eq(self.pattern),
                mine.eq(of_piece & (piece_bytes <= index) & (index < piece_bytes + piece.count)),
                lane.eq(piece.lane + index - piece_bytes),
            ]
        mask = Signal(size)
        m.d.comb += mask.eq(((1 << shown.count) - 1) << shown.lane)
        strobed = o.payload.strobe.bit_select(lane, 1)
        ended, total = Signal(), Signal(BITS + 1)
        m.d.sync += [ended.eq(of_piece & piece.last), total.eq(piece_bytes + piece.count)]
        other = Signal()
        m.d.sync += other.eq(given & ~self.fill & piece.last & (piece_copy != copy))
        held_word = Signal(8 * size)
        m.d.comb += held_word.eq(pattern.replicate(max(1, size // 4))[:8 * size])
        m.d.comb += [
            Assert(~(o.valid & mine & there) | strobed & (byte_of(o.payload.data, lane, size) == value), BYTE),
            Assert(~(o.valid & mine & ~there) | complete & ~strobed, STROBE),
            Assert(~o.valid | (o.payload.strobe & ~mask == 0), STROBE),
            Assert(~o.valid | ~filled | (o.payload.strobe == mask) & (o.payload.data == held_word), FILLED),
            Assert(~o.valid | (o.payload.last == shown.last), LAST),
            Assert(~ended | (dut.mismatch == ~(complete & (length == total))), MISMATCH),
            Assert(ended | other | ~dut.mismatch, MISMATCH),
            Assert(~taken | (word_copy == piece_copy) | ((word_copy + 1)[:3] == piece_copy), OWN),
            Assert(~(self.piece_valid & i.valid & (self.ready | ~o.valid)) | dut.piece.ready | i.ready, ALIVE),
            Assert(~(self.piece_valid & self.fill & (word_copy == piece_copy) & (self.ready | ~o.valid)) | dut.piece.ready, ALIVE),
            Cover(o.valid & mine & there & (index == size + 1) & (copy == 1) & (lane == 0) & self.ready, "a byte of the second copy's second word"),
            Cover(o.valid & mine & ~there & (copy == 0) & (length == 1), "a byte that a copy does not have"),
            Cover(taken & (word_copy != piece_copy), "a word too many is dropped"),
            Cover(ended & (copy == 1) & ~dut.mismatch & (total == size + 1), "a second copy ends that was of the right length"),
            Cover(o.valid & filled & (word_copy != 0) & (shown.count == 1), "a fill behind a copy"),
        ]
        return m


@pytest.mark.parametrize(("size", "depth"), [(2, 8), (4, 6)])
def test_unpacked_bytes_are_those_of_the_copy(size, depth):
    prove(UnpackerSpec(ByteUnpacker(size)), mode="bmc", depth=depth, cover_depth=8)


UNPACKER_BUGS = {
    "forgets where the copy has come to": (BYTE, "piece.lane - position", "piece.lane"),
    "takes all from the new word": (BYTE, "fresh | ahead[b]", "1"),
    "takes a word too early": (BYTE, "~final & (piece.count > left)", "~final & (piece.count >= left)"),
    "keeps a copy's rest for the next": (OWN, "dropping.eq(~ended)", "dropping.eq(0)"),
    "strobes what is missing": (STROBE, "Mux(missing, left + Mux(wants, word.count, 0), piece.count)", "piece.count"),
    "strobes below the lane": (STROBE, "begins.eq(~((1 << lane) - 1))", "begins.eq(-1)"),
    "is content with whole words": (MISMATCH, "exact.eq(ended & used & ~missing & ~short)", "exact.eq(ended & ~missing & ~short)"),
    "forgets that a piece got too little": (MISMATCH, "short.eq(short | missing)", "short.eq(0)"),
    "drops for ever": (ALIVE, "dropping & self.i.valid & word.last", "dropping & self.i.valid & ~word.last & word.count.all()"),
    "takes words for fills": (FILLED, "Mux(self.fill, self.pattern", "Mux(0, self.pattern"),
}


@pytest.mark.parametrize("bug", UNPACKER_BUGS)
def test_proof_catches_unpacker_that(bug):
    broken, *change = UNPACKER_BUGS[bug]
    refute(UnpackerSpec(mutant(ByteUnpacker, *change)(2)), broken, depth=7)
