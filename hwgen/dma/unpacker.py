# SPDX-License-Identifier: Apache-2.0
"""From one dense stream of bytes to words that hold pieces of runs."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.base import bits_for
from ..parts.piece import PieceLayout
from .packer import DenseLayout
from .rotator import ByteRotator


class ByteUnpacker(wiring.Component):
    """Puts the bytes of a copy where its pieces want them.

    One piece is given per cycle, with a latency of one cycle. A copy that has more bytes than its pieces
    hold is shortened; one that has fewer is filled up with bytes that are not strobed; both are
    told by ``mismatch``.

    Parameters
    ----------
    word_bytes : int

    Members
    -------
    i : ``In(stream.Signature(DenseLayout(word_bytes)))``
    piece : ``In(stream.Signature(PieceLayout(word_bytes)))``
    fill : ``In(1)``
        Pieces are filled with ``pattern`` instead and nothing is taken from ``i``; may change once
        a copy's last piece has been taken.
    pattern : ``In(32)``
        Repeated over the word.
    o : ``Out(stream.Signature({data, strobe, last}))``
        ``last`` is that of the piece.
    mismatch : ``Out(1)``
        High for one cycle for each copy of the wrong length.
    """

    def __init__(self, word_bytes: int):
        self.word_bytes = word_bytes
        super().__init__({
            "i": In(stream.Signature(DenseLayout(word_bytes))),
            "piece": In(stream.Signature(PieceLayout(word_bytes))),
            "fill": In(1),
            "pattern": In(32),
            "o": Out(stream.Signature(data.StructLayout({"data": 8 * word_bytes, "strobe": word_bytes, "last": 1}))),
            "mismatch": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        count, piece = self.word_bytes, self.piece.payload
        bits = bits_for(count)
        m.submodules.rotator = rotator = ByteRotator(count)

        # Bytes from `position` on are left of `current`, whose copy ends with it if `final`; at position 0
        # none are. Once a copy is `exhausted` its pieces get nothing more, and if they wanted more it was
        # `short`; `dropping` skips what is too much.
        current, position = Signal(8 * count), Signal(bits)
        final, exhausted, short, dropping = Signal(), Signal(), Signal(), Signal()
        end = Signal(range(2 * count))
        ended, crosses, wants, takes = Signal(), Signal(), Signal(), Signal()
        advance, give, missing, whole = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            end.eq(position + piece.count),
            ended.eq(exhausted | final & (position != 0)),
            crosses.eq(Mux(position == 0, piece.count != 0, end > count)),
            wants.eq(~self.fill & ~ended & crosses),
            missing.eq(~self.fill & ended & Mux(exhausted, piece.count != 0, end > count)),
            give.eq(self.piece.valid & ~dropping & (~wants | self.i.valid) & advance),
            takes.eq(give & wants),
            self.piece.ready.eq(~dropping & (~wants | self.i.valid) & advance),
            self.i.ready.eq(takes | dropping),
            # Every word of the copy has been taken once this piece has been given.
            whole.eq(Mux(wants, self.i.payload.last, exhausted | final)),
        ]
        with m.If(takes):
            m.d.sync += [current.eq(self.i.payload.data), final.eq(self.i.payload.last)]
        with m.If(give & ~self.fill):
            m.d.sync += position.eq(Mux(missing, 0, end))
            # A word that is used up leaves nothing; if it was the copy's last, nothing follows.
            with m.If(missing | (end[:bits] == 0) & Mux(wants, self.i.payload.last, final) & (piece.count != 0)):
                m.d.sync += exhausted.eq(1)
            m.d.sync += short.eq(short | missing)
            with m.If(piece.last):
                m.d.sync += [position.eq(0), exhausted.eq(0), short.eq(0), final.eq(0), dropping.eq(~whole)]
        m.d.sync += self.mismatch.eq(give & ~self.fill & piece.last & (~whole | missing | short))
        with m.If(dropping & self.i.valid & self.i.payload.last):
            m.d.sync += dropping.eq(0)

        # The piece's bytes, still where they lie in their words, then turned to its lane.
        ahead, window = Signal(count), Signal(8 * count)
        valid, amount, lane, length, last = Signal(), Signal(bits), Signal(bits), Signal(range(count + 1)), Signal()
        m.d.comb += [
            ahead.eq((1 << position) - 1),
            advance.eq(~valid | self.o.ready),
        ]
        fresh = (position == 0) & ~self.fill
        with m.If(advance):
            m.d.sync += valid.eq(give)
        with m.If(give):
            m.d.sync += [
                window.eq(Mux(self.fill, self.pattern.replicate(max(1, count // 4))[:8 * count], Cat(
                    Mux(fresh | ahead[b], self.i.payload.data.word_select(b, 8), current.word_select(b, 8)) for b in range(count)))),
                amount.eq(Mux(self.fill, 0, piece.lane - position)),
                lane.eq(piece.lane),
                length.eq(Mux(missing, Mux(exhausted, 0, count - position), piece.count)),
                last.eq(piece.last),
            ]
        begins, ends = Signal(count), Signal(count)
        m.d.comb += [
            rotator.i.eq(window),
            rotator.amount.eq(amount),
            begins.eq(~((1 << lane) - 1)),
            ends.eq((1 << (lane + length)) - 1),
            self.o.valid.eq(valid),
            self.o.payload.data.eq(rotator.o),
            self.o.payload.strobe.eq(begins & ends),
            self.o.payload.last.eq(last),
        ]
        return m
