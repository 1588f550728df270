# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.streams import simulate

from hwgen.config.gemm import GemmConfig
from hwgen.gemm.zero_points import ZeroPointTerms


@pytest.mark.parametrize("m, n, k", [(2, 2, 2), (1, 3, 1), (3, 1, 5)])
def test_terms_turn_a_plain_product_into_the_corrected_one(m, n, k):
    dut = ZeroPointTerms(GemmConfig(m=m, n=n, k=k))
    rng = np.random.default_rng(m * n * k)

    async def bench(ctx):
        for case in range(60):
            a, b = rng.integers(-128, 128, (m, k)), rng.integers(-128, 128, (k, n))
            if case < 2:
                a[:], b[:] = -128, -128
            za, zb = (int(z) for z in rng.integers(-128, 128, 2)) if case > 1 else (-128, 127)
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
            assert (corrected == (a - za) @ (b - zb)).all()

    simulate(dut, bench)
