# SPDX-License-Identifier: Apache-2.0
"""Multipliers and shifts that come with each output tile, by a stream of their own."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.quantizer import COLUMN_BITS
from .shifter import MULTIPLIER_BITS, SHIFT_BITS

CONFIGURATION = {"hwgen_role": "configuration"}


def columns_layout(columns: int) -> data.ArrayLayout:
    """One multiplier and one shift for each column."""
    return data.ArrayLayout(data.StructLayout({"multiplier": signed(MULTIPLIER_BITS), "shift": SHIFT_BITS}), columns)


def word_layout(columns: int) -> data.ArrayLayout:
    """The same as it is streamed, whole bytes each."""
    return data.ArrayLayout(data.StructLayout({
        "multiplier": signed(MULTIPLIER_BITS), "shift": SHIFT_BITS, "unused": COLUMN_BITS - MULTIPLIER_BITS - SHIFT_BITS,
    }), columns)


class ColumnParameters(wiring.Component):
    """Holds one word of the parameters' stream, taken no earlier than a job wants it.

    A word belongs to the tile that waits for it, or else to the next that may be taken. The word of a
    tile may come in the very cycle in which the tile is taken, and the next one while this tile begins,
    so that a tile and a word pass every cycle.

    Parameters
    ----------
    columns : int

    Members
    -------
    p : ``In(stream.Signature(columns * 40))``
        Column j at bit ``j * 40``: the signed multiplier, above it the shift; the two highest bits are ignored.
        ``ready`` depends on registers, ``advance``, ``permit``, ``first`` and ``per_channel``.
    permit, first, take : ``In(1)``
        A tile may be taken; it is its job's first; it is taken.
    per_channel : ``In(1)``
        While ``permit & first``: the tiles of the job take a word each.
    advance : ``In(1)``
        The lanes are enabled.
    waits : ``Out(1)``
        The tile last taken has no word yet and must not begin.
    use : ``Out(1)``
        The first group of a tile moves on to the multiplication and takes ``columns`` with it.
    columns : ``Out(columns_layout(columns))``
        Meaningful while ``use``.
    """

    def __init__(self, columns: int):
        self._columns = columns
        super().__init__({
            "p": In(stream.Signature(columns * COLUMN_BITS)),
            "permit": In(1),
            "first": In(1),
            "take": In(1),
            "per_channel": In(1),
            "advance": In(1),
            "waits": Out(1),
            "use": Out(1),
            "columns": Out(columns_layout(columns)),
        })

    def elaborate(self, platform):
        m = Module()
        word = data.View(word_layout(self._columns), self.p.payload)
        held = Signal(self.columns.shape(), reset_less=True, attrs=CONFIGURATION)
        full = Signal()
        wants = Signal()   # the tile last taken wants a word, or wanted one
        begins = Signal()  # and has not begun
        coming = Signal()  # the tile that may be taken wants a word

        m.d.comb += [
            coming.eq(self.permit & Mux(self.first, self.per_channel, wants)),
            self.waits.eq(begins & ~full),
            self.use.eq(begins & full & self.advance),
            self.p.ready.eq(self.waits | (coming & (~full | self.use))),
            self.columns.eq(held),
        ]
        with m.If(self.use):
            m.d.sync += [begins.eq(0), full.eq(0)]
        with m.If(self.take):
            m.d.sync += [begins.eq(coming), wants.eq(coming)]
        with m.If(self.p.valid & self.p.ready):
            m.d.sync += full.eq(1)
            for column, given in zip(held, word, strict=True):
                m.d.sync += [column.multiplier.eq(given.multiplier), column.shift.eq(given.shift)]
        return m
