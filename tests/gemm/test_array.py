# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from gemm.core_bench import random_elements
from support.streams import simulate

from hwgen.config.gemm import GemmConfig
from hwgen.gemm import model
from hwgen.gemm.array import DotProductArray
from hwgen.gemm.widths import step_width


@pytest.mark.parametrize("a_width, b_width, width", [(8, 8, 32), (4, 16, 32), (16, 8, 24), (16, 16, 16), (16, 16, 48)])
@pytest.mark.parametrize("m, n, k", [(2, 2, 2), (1, 3, 2), (3, 1, 4)])
def test_registers_every_product_sum_when_enabled(m, n, k, a_width, b_width, width):
    config = GemmConfig(m=m, n=n, k=k, a_width=a_width, b_width=b_width, accumulator_width=width)
    dut = DotProductArray(config)
    rng = np.random.default_rng(m * n * k)

    async def bench(ctx):
        expected = np.zeros((m, n), dtype=np.int64)
        for _ in range(60):
            a = random_elements(rng, a_width, 0, (m, k), extreme=rng.random() < 0.3)
            b = random_elements(rng, b_width, 0, (k, n), extreme=rng.random() < 0.3)
            enable = int(rng.integers(2))
            ctx.set(dut.a, a.ravel().tolist())
            ctx.set(dut.b, b.ravel().tolist())
            ctx.set(dut.enable, enable)
            await ctx.tick()
            if enable:
                expected = model.read(a @ b, step_width(config))
            assert [ctx.get(dut.sums[e]) for e in range(m * n)] == expected.ravel().tolist()

    simulate(dut, bench)
