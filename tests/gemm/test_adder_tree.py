# SPDX-License-Identifier: Apache-2.0
import random

import pytest
from amaranth import ClockDomain, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from support.streams import simulate

from hwgen.gemm.adder_tree import adder_tree


class Tree(wiring.Component):
    def __init__(self, terms):
        self.terms = terms
        super().__init__({"i": In(data.ArrayLayout(signed(4), terms)), "o": Out(signed(12))})

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain()
        m.d.comb += self.o.eq(adder_tree(m, [self.i[n] for n in range(self.terms)], name="sum"))
        return m


@pytest.mark.parametrize("terms", [1, 2, 3, 5, 8, 13])
def test_sums_without_overflow(terms):
    dut = Tree(terms)
    rng = random.Random(terms)

    async def bench(ctx):
        cases = [[-8] * terms, [7] * terms] + [[rng.randint(-8, 7) for _ in range(terms)] for _ in range(50)]
        for values in cases:
            ctx.set(dut.i, values)
            assert ctx.get(dut.o) == sum(values)

    simulate(dut, bench)


def test_rejects_no_terms():
    with pytest.raises(ValueError, match="'sum' needs one or more terms, not none"):
        adder_tree(Module(), [], name="sum")


def test_single_term_is_itself():
    term = Signal(4)
    assert adder_tree(Module(), [term], name="sum") is term
