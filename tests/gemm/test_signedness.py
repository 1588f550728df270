# SPDX-License-Identifier: Apache-2.0
import pytest
from amaranth import ClockDomain, Module, Signal
from support.streams import simulate

from hwgen.gemm.signedness import signed_neighbors


@pytest.mark.parametrize("width", [1, 4, 8])
def test_every_element_and_zero_point_keep_their_difference(width):
    m = Module()
    m.domains.sync = ClockDomain()
    word, unsigned = Signal(2 * width), Signal()
    neighbors = signed_neighbors(m, word, width, unsigned, name="neighbors")
    half, size = 1 << width - 1, 1 << width

    async def bench(ctx):
        for element in range(size):
            for zero_point in range(size):
                ctx.set(word, element | zero_point << width)
                ctx.set(unsigned, 0)
                assert ctx.get(neighbors) == element | zero_point << width
                ctx.set(unsigned, 1)
                low, high = (((value ^ half) - half) for value in (ctx.get(neighbors[:width]), ctx.get(neighbors[width:])))
                assert low - high == element - zero_point

    simulate(m, bench)
