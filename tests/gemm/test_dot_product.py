# SPDX-License-Identifier: Apache-2.0
import random

import pytest
from amaranth import ClockDomain, Module
from support.streams import simulate

from hwgen.gemm.dot_product import DotProduct, sum_width


@pytest.mark.parametrize("k", [1, 2, 3, 4, 7, 8])
def test_matches_python(k):
    dut = DotProduct(k)
    rng = random.Random(k)
    extremes = [([-128] * k, [-128] * k), ([-128] * k, [127] * k), ([127] * k, [127] * k)]
    cases = extremes + [
        ([rng.randint(-128, 127) for _ in range(k)], [rng.randint(-128, 127) for _ in range(k)]) for _ in range(100)
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


@pytest.mark.parametrize("terms, width, expected", [(1, 16, 16), (2, 16, 17), (3, 16, 18), (8, 16, 19), (9, 16, 20)])
def test_sum_width(terms, width, expected):
    assert sum_width(terms, width) == expected


def test_rejects_no_operands():
    with pytest.raises(ValueError, match="one or more operand pairs, not 0"):
        DotProduct(0)


def test_rejects_operands_without_bits():
    with pytest.raises(ValueError, match="must be positive, not 0"):
        DotProduct(4, operand_width=0)
