# SPDX-License-Identifier: Apache-2.0
"""Taking tiles apart into groups and putting them together again."""

import random

import pytest
from amaranth import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from support.streams import collect, drive, simulate

from hwgen.quant.assembler import TileAssembler
from hwgen.quant.serializer import TileSerializer

SIZES = [(1, 8, 1), (4, 3, 1), (4, 3, 3), (5, 2, 2), (6, 4, 6), (7, 1, 5)]


class Passage(wiring.Component):
    """Serializer and assembler back to back."""

    def __init__(self, elements, width, lanes):
        self.sizes = elements, width, lanes
        super().__init__({name: flow(stream.Signature(elements * width)) for name, flow in (("i", In), ("o", Out))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.serializer = serializer = TileSerializer(*self.sizes)
        m.submodules.assembler = assembler = TileAssembler(*self.sizes)
        wiring.connect(m, wiring.flipped(self.i), serializer.i)
        wiring.connect(m, assembler.o, wiring.flipped(self.o))
        m.d.comb += [
            serializer.permit.eq(1),
            serializer.advance.eq(assembler.advance),
            assembler.valid.eq(serializer.valid),
            assembler.group.eq(serializer.group),
        ]
        return m


@pytest.mark.parametrize("idle, stall", [(0.0, 0.0), (0.0, 0.6), (0.4, 0.4)])
@pytest.mark.parametrize("sizes", SIZES)
def test_tiles_come_out_as_they_went_in(sizes, idle, stall):
    dut, received = Passage(*sizes), []
    tiles = [random.Random(1).getrandbits(sizes[0] * sizes[1]) for _ in range(40)]
    simulate(dut, drive(dut.i, tiles, idle=idle), collect(dut.o, received, len(tiles), stall=stall), checks=[dut.o])
    assert received == tiles


@pytest.mark.parametrize("part, name", [(TileSerializer, "Serializer"), (TileAssembler, "Assembler")])
@pytest.mark.parametrize("sizes, given", [((4, 8, 5), "5 of 8"), ((4, 8, 0), "0 of 8"), ((4, 0, 2), "2 of 0")])
def test_rejects(part, name, sizes, given):
    with pytest.raises(ValueError, match=rf"^{name} needs 1 to 4 lanes of 1 bit or more, not {given}$"):
        part(*sizes)
