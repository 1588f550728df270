# SPDX-License-Identifier: Apache-2.0
import itertools
import random

import pytest
from amaranth import ClockDomain, Module
from gemm.core_bench import span
from support.streams import simulate

from hwgen.gemm.dot_product import DotProduct


@pytest.mark.parametrize("a_width, b_width", itertools.product((4, 8, 16), repeat=2))
@pytest.mark.parametrize("k", [1, 2, 3, 4, 7, 8])
def test_matches_python(k, a_width, b_width):
    dut = DotProduct(k, a_width, b_width)
    rng = random.Random(k)
    a_span, b_span = span(a_width), span(b_width)
    extremes = [([a] * k, [b] * k) for a in a_span for b in b_span]
    cases = extremes + [
        ([rng.randint(*a_span) for _ in range(k)], [rng.randint(*b_span) for _ in range(k)]) for _ in range(50)
    ]

    async def bench(ctx):
        for a, b in cases:
            ctx.set(dut.a, a)
            ctx.set(dut.b, b)
            assert ctx.get(dut.o) == sum(x * y for x, y in zip(a, b))

    m = Module()
    m.domains.sync = ClockDomain()
    m.submodules.dut = dut
    simulate(m, bench)


def test_rejects_no_operands():
    with pytest.raises(ValueError, match="one or more operand pairs, not 0"):
        DotProduct(0)


@pytest.mark.parametrize("widths", [(0, 8), (8, -1)])
def test_rejects_operands_without_bits(widths):
    with pytest.raises(ValueError, match=f"must be positive, not {min(widths)}"):
        DotProduct(4, *widths)
