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
    told by ``mismatch``. A piece is taken only once its bytes are there.

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

        # Of `current`, `left` bytes from `position` on have not been given; it was its copy's last word if
        # `final`. A copy was `short` if a piece got less than it holds; `dropping` skips what is too much.
        current, position, left = Signal(8 * count), Signal(bits), Signal(bits)
        final, short, dropping = Signal(), Signal(), Signal()
        wants, takes, give, advance, missing = Signal(), Signal(), Signal(), Signal(), Signal()
        further, used, ended, exact = Signal(range(count + 1)), Signal(), Signal(), Signal()
        word = self.i.payload
        m.d.comb += [
            wants.eq(~self.fill & ~final & (piece.count > left)),
            further.eq(piece.count - left),
            missing.eq(~self.fill & Mux(wants, further > word.count, piece.count > left)),
            used.eq(Mux(wants, further == word.count, piece.count == left)),
            self.piece.ready.eq(~dropping & (~wants | self.i.valid) & advance),
            give.eq(self.piece.valid & self.piece.ready),
            takes.eq(give & wants),
            self.i.ready.eq(takes | dropping),
            # Whether the copy's last word has been taken once this piece has been given, and all its bytes.
            ended.eq(Mux(wants, word.last, final)),
            exact.eq(ended & used & ~missing & ~short),
        ]
        with m.If(takes):
            m.d.sync += current.eq(word.data)
        with m.If(give & ~self.fill):
            with m.If(piece.last):
                m.d.sync += [position.eq(0), left.eq(0), final.eq(0), short.eq(0), dropping.eq(~ended)]
            with m.Else():
                m.d.sync += [
                    position.eq(Mux(wants, further, position + piece.count)),
                    left.eq(Mux(missing, 0, Mux(wants, word.count - further, left - piece.count))),
                    final.eq(ended),
                    short.eq(short | missing),
                ]
        m.d.sync += self.mismatch.eq(give & ~self.fill & piece.last & ~exact)
        with m.If(dropping & self.i.valid & word.last):
            m.d.sync += dropping.eq(0)

        # The piece's bytes, still where they lie in their words, then turned to its lane.
        ahead, window = Signal(count), Signal(8 * count)
        valid, amount, lane, length, last = Signal(), Signal(bits), Signal(bits), Signal(range(count + 1)), Signal()
        m.d.comb += [
            ahead.eq((1 << position) - 1),
            advance.eq(~valid | self.o.ready),
        ]
        # No byte is left of a word that was used up, and `position` is 0 unless it was the last.
        fresh = left == 0
        with m.If(advance):
            m.d.sync += valid.eq(give)
        with m.If(give):
            m.d.sync += [
                window.eq(Mux(self.fill, self.pattern.replicate(max(1, count // 4))[:8 * count], Cat(
                    Mux(fresh | ahead[b], word.data.word_select(b, 8), current.word_select(b, 8)) for b in range(count)))),
                amount.eq(Mux(self.fill, 0, piece.lane - position)),
                lane.eq(piece.lane),
                length.eq(Mux(missing, left + Mux(wants, word.count, 0), piece.count)),
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
