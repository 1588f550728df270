# SPDX-License-Identifier: Apache-2.0
"""Addressing modes, proved for every pair of addresses: each is a bijection and equals its definition."""

import pytest
from amaranth import Cat, Module
from amaranth.asserts import AnyConst
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from support.formal import mutant, prove, refute

from hwgen.config import MemoryConfig
from hwgen.streamer.remap import AddressRemapper

BIJECTION = "different addresses go to different places"
DEFINITION = "places are those of the definition"


class RemapSpec(wiring.Component):
    """Two remappers in the same mode, any one, and two addresses, any two."""

    def __init__(self, one, other):
        super().__init__({})
        self.one, self.other = one, other

    def elaborate(self, platform):
        m = Module()
        m.submodules.one, m.submodules.other = one, other = self.one, self.other
        memory, groups = one.memory, one.groups
        mode, a, b = AnyConst(len(one.mode)), AnyConst(memory.word_bits), AnyConst(memory.word_bits)
        for remapper, address in ((one, a), (other, b)):
            m.d.comb += [remapper.mode.eq(mode), remapper.i.eq(address)]
        m.d.comb += [
            Assume(a != b, "two addresses"),
            Assert(Cat(one.o.bank, one.o.row) != Cat(other.o.bank, other.o.row), BIJECTION),
            Cover((one.o.bank != other.o.bank) & (one.o.row != other.o.row), "the two differ in bank and row"),
        ]
        for index, group in enumerate(groups):
            chosen = mode == index if index < len(groups) - 1 else mode >= index
            first, inside = a // (group * memory.bank_depth) * group, a % (group * memory.bank_depth)
            definition = (one.o.bank == first + inside % group) & (one.o.row == inside // group)
            m.d.comb += [Assert(~chosen | definition, DEFINITION), Cover(chosen & (a == memory.words - 1), f"mode {index}")]
        return m


CASES = [(4, 4, (4, 2, 1)), (8, 2, (1, 8)), (32, 512, (32, 16, 8, 1)), (32, 512, (32, 8))]


def spec(remapper, banks, depth, groups):
    memory = MemoryConfig(banks=banks, bank_depth=depth, bank_width=8)
    return RemapSpec(remapper(memory, groups=groups), remapper(memory, groups=groups))


@pytest.mark.parametrize(("banks", "depth", "groups"), CASES)
def test_every_mode_is_a_bijection(banks, depth, groups):
    prove(spec(AddressRemapper, banks, depth, groups), depth=1)


BUGS = {
    "forgets the group": (BIJECTION, "Cat(within, which, row)", "Cat(within, row, row)"),
    "swaps row and group": (DEFINITION, "Cat(within, which, row)", "Cat(within, row, which)"),
    "takes a bit too few": (DEFINITION, "bits_for(group), self.memory", "bits_for(group) >> 1, self.memory"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_remapper_that(bug):
    broken, *change = BUGS[bug]
    refute(spec(mutant(AddressRemapper, *change), 4, 4, (4, 2, 1)), broken, depth=1)
