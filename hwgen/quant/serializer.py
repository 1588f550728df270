# SPDX-License-Identifier: Apache-2.0
"""Holds one tile and hands it out in groups."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

DATA = {"hwgen_role": "data"}


class TileSerializer(wiring.Component):
    """Tile register with one group of its elements at the output per cycle, lowest first.

    The first group is out in the cycle after the tile was taken; the next tile can be taken in the cycle
    in which the last group leaves.

    Parameters
    ----------
    width : int
        Bits of a tile.
    groups : int
        Groups in a tile; divides ``width``.

    Members
    -------
    i : ``In(stream.Signature(width))``
        ``ready`` depends on ``permit``, ``advance`` and registers.
    permit : ``In(1)``
        A tile may be taken.
    take : ``Out(1)``
        A tile is taken.
    advance : ``In(1)``
        The group, if any, leaves.
    valid : ``Out(1)``
    group : ``Out(width // groups)``
    index : ``Out(range(groups))``
        Which group of the tile is out.
    """

    def __init__(self, width: int, groups: int):
        if width < 1 or groups < 1 or width % groups:
            raise ValueError(f"Serializer needs groups that divide {width!r} bits, not {groups!r}")
        self._groups = groups
        super().__init__({
            "i": In(stream.Signature(width)),
            "permit": In(1),
            "take": Out(1),
            "advance": In(1),
            "valid": Out(1),
            "group": Out(width // groups),
            "index": Out(range(groups)),
        })

    def elaborate(self, platform):
        m = Module()
        tile = Signal(self.i.payload.shape(), reset_less=True, attrs=DATA)
        leaves = Signal()
        width = len(self.group)

        m.d.comb += [
            leaves.eq(self.advance & (self.index == self._groups - 1)),
            self.i.ready.eq(self.permit & (~self.valid | leaves)),
            self.take.eq(self.i.valid & self.i.ready),
        ]
        with m.If(self.valid & self.advance):
            m.d.sync += self.index.eq(self.index + 1)
            with m.If(leaves):
                m.d.sync += [self.index.eq(0), self.valid.eq(0)]
        with m.If(self.take):
            m.d.sync += [tile.eq(self.i.payload), self.valid.eq(1)]

        *others, last = (tile[g * width:(g + 1) * width] for g in range(self._groups))
        with m.Switch(self.index):
            for g, group in enumerate(others):
                with m.Case(g):
                    m.d.comb += self.group.eq(group)
            with m.Default():
                m.d.comb += self.group.eq(last)
        return m
