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
    elements, element_width : int
        Size of a tile.
    lanes : int
        Elements in a group; what is left of the tile makes a smaller last one.

    Members
    -------
    i : ``In(stream.Signature(elements * element_width))``
        ``ready`` depends on ``permit``, ``advance`` and registers.
    permit : ``In(1)``
        A tile may be taken.
    take : ``Out(1)``
        A tile is taken.
    advance : ``In(1)``
        The group, if any, leaves.
    valid : ``Out(1)``
    group : ``Out(lanes * element_width)``
        What the last group does not fill is zero.
    last : ``Out(1)``
        The group is its tile's last; meaningful while ``valid``.

    Raises
    ------
    ValueError
        If a size is not positive, or there are more lanes than elements.
    """

    def __init__(self, elements: int, element_width: int, lanes: int):
        if element_width < 1 or not 1 <= lanes <= elements:
            raise ValueError(f"Serializer needs 1 to {elements!r} lanes of 1 bit or more, not {lanes!r} of {element_width!r}")
        self._groups = -(-elements // lanes)
        super().__init__({
            "i": In(stream.Signature(elements * element_width)),
            "permit": In(1),
            "take": Out(1),
            "advance": In(1),
            "valid": Out(1),
            "group": Out(lanes * element_width),
            "last": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        tile = Signal(self.i.payload.shape(), reset_less=True, attrs=DATA)
        index = Signal(range(self._groups))
        leaves = Signal()
        width = len(self.group)

        m.d.comb += [
            self.last.eq(index == self._groups - 1),
            leaves.eq(self.advance & self.last),
            self.i.ready.eq(self.permit & (~self.valid | leaves)),
            self.take.eq(self.i.valid & self.i.ready),
        ]
        with m.If(self.valid & self.advance):
            m.d.sync += index.eq(index + 1)
            with m.If(leaves):
                m.d.sync += [index.eq(0), self.valid.eq(0)]
        with m.If(self.take):
            m.d.sync += [tile.eq(self.i.payload), self.valid.eq(1)]

        *others, last = (tile[g * width:(g + 1) * width] for g in range(self._groups))
        with m.Switch(index):
            for g, group in enumerate(others):
                with m.Case(g):
                    m.d.comb += self.group.eq(group)
            with m.Default():
                m.d.comb += self.group.eq(last)
        return m
