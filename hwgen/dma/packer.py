# SPDX-License-Identifier: Apache-2.0
"""From words that hold pieces of runs to one dense stream of bytes."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.base import bits_for
from ..parts.piece import PieceLayout
from .rotator import ByteRotator


class DenseLayout(data.StructLayout):
    """A word of a dense stream of bytes.

    Members are ``data``; ``count``, the bytes it holds from the lowest on; and ``last``, whether it ends a
    copy. Any other word is full, and none is empty.
    """

    def __init__(self, word_bytes: int):
        super().__init__({"data": 8 * word_bytes, "count": bits_for(word_bytes + 1), "last": 1})


class BytePacker(wiring.Component):
    """Puts the pieces of a copy next to one another.

    One piece is taken per cycle and one word given, with a latency of one cycle; only a copy whose last
    piece ends within a further word takes a cycle more. Each copy begins with a word of its own.

    Parameters
    ----------
    word_bytes : int

    Members
    -------
    i : ``In(stream.Signature({data, piece}))``
        ``piece`` tells which bytes of ``data`` are taken; a copy's last piece has one or more.
    o : ``Out(stream.Signature(DenseLayout(word_bytes)))``
    """

    def __init__(self, word_bytes: int):
        self.word_bytes = word_bytes
        super().__init__({
            "i": In(stream.Signature(data.StructLayout({"data": 8 * word_bytes, "piece": PieceLayout(word_bytes)}))),
            "o": Out(stream.Signature(DenseLayout(word_bytes))),
        })

    def elaborate(self, platform):
        m = Module()
        count, piece = self.word_bytes, self.i.payload.piece
        bits = bits_for(count)
        m.submodules.rotator = rotator = ByteRotator(count)

        # First the bytes are turned to where those before them end.
        fill, after = Signal(bits), Signal(range(2 * count))
        turned, start, end = Signal(8 * count), Signal(bits), Signal(range(2 * count))
        valid, last, advance = Signal(), Signal(), Signal()
        m.d.comb += [
            after.eq(fill + piece.count),
            rotator.i.eq(self.i.payload.data),
            rotator.amount.eq(fill - piece.lane),
            self.i.ready.eq(~valid | advance),
        ]
        with m.If(self.i.ready):
            m.d.sync += valid.eq(self.i.valid)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                turned.eq(rotator.o), start.eq(fill), end.eq(after), last.eq(piece.last),
                fill.eq(Mux(piece.last, 0, after)),
            ]

        # Then they join those before them; what is beyond the word waits for the next.
        held, joined, keeps = Signal(8 * count), Signal(8 * count), Signal(count)
        overhangs, flushing, rest = Signal(), Signal(), Signal(bits)
        m.d.comb += [
            keeps.eq((1 << start) - 1),
            joined.eq(Cat(Mux(keeps[b], held.word_select(b, 8), turned.word_select(b, 8)) for b in range(count))),
            overhangs.eq(last & (end > count)),
            self.o.valid.eq(flushing | valid & (last | end[bits])),
            self.o.payload.data.eq(Mux(flushing, held, joined)),
            self.o.payload.count.eq(Mux(flushing, rest, Mux(end[bits], count, end))),
            self.o.payload.last.eq(flushing | last & ~overhangs),
            advance.eq(~flushing & (self.o.ready | ~(last | end[bits]))),
        ]
        with m.If(flushing):
            with m.If(self.o.ready):
                m.d.sync += flushing.eq(0)
        with m.Elif(valid & advance):
            m.d.sync += [held.eq(Mux(end[bits], turned, joined)), flushing.eq(overhangs), rest.eq(end)]
        return m
