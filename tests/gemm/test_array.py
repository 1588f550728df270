# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.streams import simulate

from hwgen.config.gemm import GemmConfig
from hwgen.gemm.array import DotProductArray


@pytest.mark.parametrize("m, n, k", [(2, 2, 2), (1, 3, 2), (3, 1, 4)])
def test_registers_every_product_sum_when_enabled(m, n, k):
    dut = DotProductArray(GemmConfig(m=m, n=n, k=k))
    rng = np.random.default_rng(m * n * k)

    async def bench(ctx):
        expected = np.zeros((m, n), dtype=np.int64)
        for _ in range(60):
            a, b = rng.integers(-128, 128, (m, k)), rng.integers(-128, 128, (k, n))
            enable = int(rng.integers(2))
            ctx.set(dut.a, a.ravel().tolist())
            ctx.set(dut.b, b.ravel().tolist())
            ctx.set(dut.enable, enable)
            await ctx.tick()
            if enable:
                expected = a @ b
            assert [ctx.get(dut.sums[e]) for e in range(m * n)] == expected.ravel().tolist()

    simulate(dut, bench)
