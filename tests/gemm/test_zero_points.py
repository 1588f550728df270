# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from gemm.core_bench import random_elements, span
from support.streams import simulate

from hwgen.config.gemm import GemmConfig
from hwgen.gemm.zero_points import ZeroPointTerms


@pytest.mark.parametrize("a_width, b_width, width", [(8, 8, 32), (4, 16, 32), (16, 8, 20), (16, 16, 16), (16, 16, 48)])
@pytest.mark.parametrize("m, n, k", [(2, 2, 2), (1, 3, 1), (3, 1, 5)])
def test_terms_turn_a_plain_product_into_the_corrected_one(m, n, k, a_width, b_width, width):
    dut = ZeroPointTerms(GemmConfig(m=m, n=n, k=k, a_width=a_width, b_width=b_width, accumulator_width=width))
    rng = np.random.default_rng(m * n * k)

    async def bench(ctx):
        for case in range(60):
            a, b = random_elements(rng, a_width, 0, (m, k)), random_elements(rng, b_width, 0, (k, n))
            za, zb = (int(random_elements(rng, bits, 0, extreme=case < 8)) for bits in (a_width, b_width))
            if case < 8:
                a[:], b[:] = span(a_width)[case & 1], span(b_width)[case >> 1 & 1]
            ctx.set(dut.a, a.ravel().tolist())
            ctx.set(dut.b, b.ravel().tolist())
            ctx.set(dut.a_zero_point, za)
            ctx.set(dut.b_zero_point, zb)
            ctx.set(dut.enable, 1)
            await ctx.tick()
            ctx.set(dut.enable, 0)
            ctx.set(dut.a, [0] * (m * k))
            await ctx.tick()
            rows = np.array([ctx.get(dut.rows[i]) for i in range(m)])
            columns = np.array([ctx.get(dut.columns[j]) for j in range(n)])
            corrected = a @ b - rows[:, None] - columns[None, :] + ctx.get(dut.constant)
            assert ((corrected - (a - za) @ (b - zb)) % (1 << width) == 0).all()

    simulate(dut, bench)
