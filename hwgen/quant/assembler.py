# SPDX-License-Identifier: Apache-2.0
"""Collects groups of results into tiles."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

DATA = {"hwgen_role": "data"}


class TileAssembler(wiring.Component):
    """Stores all groups of a tile but the last, which goes out straight from the result register.

    A second result register catches the group that arrives while a complete tile is refused. Therefore
    ``advance``, which enables the whole pipeline before, is a register and never waits for ``o.ready``.

    Parameters
    ----------
    elements, element_width : int
        Size of a tile.
    lanes : int
        Elements in a group; what is left of the tile makes a smaller last one.

    Members
    -------
    advance : ``Out(1)``
        The group offered, if any, is taken.
    valid : ``In(1)``
    group : ``In(lanes * element_width)``
        The next group of the tile, lowest first; of the last one only what is left of the tile counts.
    final : ``In(1)``
        The group's tile is its job's last.
    o : ``Out(stream.Signature(elements * element_width))``
        Valid in the cycle after the last group was taken.
    finished : ``Out(1)``
        A job's last tile is taken from ``o``.
    drained : ``Out(1)``
        Nothing is held.

    Raises
    ------
    ValueError
        If a size is not positive, or there are more lanes than elements.
    """

    def __init__(self, elements: int, element_width: int, lanes: int):
        if element_width < 1 or not 1 <= lanes <= elements:
            raise ValueError(f"Assembler needs 1 to {elements!r} lanes of 1 bit or more, not {lanes!r} of {element_width!r}")
        self._groups = -(-elements // lanes)
        super().__init__({
            "advance": Out(1, init=1),
            "valid": In(1),
            "group": In(lanes * element_width),
            "final": In(1),
            "o": Out(stream.Signature(elements * element_width)),
            "finished": Out(1),
            "drained": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        width = len(self.group)
        result, caught = (Signal(width, name=name, reset_less=True, attrs=DATA) for name in ("result", "caught"))
        result_valid, result_final, caught_final = Signal(), Signal(), Signal()
        slots = [Signal(width, name=f"slot_{g}", reset_less=True, attrs=DATA) for g in range(self._groups - 1)]
        index = Signal(range(self._groups))
        last, free = Signal(), Signal()

        m.d.comb += [
            last.eq(index == self._groups - 1),
            self.o.valid.eq(result_valid & last),
            self.o.payload.eq(Cat(slots, result)),  # less what the last group does not fill
            free.eq(~self.o.valid | self.o.ready),
            self.finished.eq(self.o.valid & self.o.ready & result_final),
            self.drained.eq(~result_valid),
        ]

        with m.If(result_valid & free):
            m.d.sync += index.eq(Mux(last, 0, index + 1))
            with m.Switch(index):
                for g, slot in enumerate(slots):
                    with m.Case(g):
                        m.d.sync += slot.eq(result)
                with m.Default():
                    pass  # the last group is not stored

        with m.If(self.advance & self.o.valid):
            m.d.sync += [caught.eq(self.group), caught_final.eq(self.final)]
        with m.If(free):
            m.d.sync += [
                result.eq(Mux(self.advance, self.group, caught)),
                result_final.eq(Mux(self.advance, self.final, caught_final)),
                result_valid.eq(self.valid | ~self.advance),
                self.advance.eq(1),
            ]
        with m.Elif(self.valid):
            m.d.sync += self.advance.eq(0)
        return m
