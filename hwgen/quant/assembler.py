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
    width : int
        Bits of a tile.
    groups : int
        Groups in a tile; divides ``width``.

    Members
    -------
    advance : ``Out(1)``
        The group offered, if any, is taken.
    valid : ``In(1)``
    group : ``In(width // groups)``
        The next group of the tile, lowest first.
    final : ``In(1)``
        The group's tile is its job's last.
    o : ``Out(stream.Signature(width))``
        Valid in the cycle after the last group was taken.
    finished : ``Out(1)``
        A job's last tile is taken from ``o``.
    drained : ``Out(1)``
        Nothing is held.
    """

    def __init__(self, width: int, groups: int):
        if width < 1 or groups < 1 or width % groups:
            raise ValueError(f"Assembler needs groups that divide {width!r} bits, not {groups!r}")
        self._groups = groups
        super().__init__({
            "advance": Out(1, init=1),
            "valid": In(1),
            "group": In(width // groups),
            "final": In(1),
            "o": Out(stream.Signature(width)),
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
            self.o.payload.eq(Cat(slots, result)),
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
