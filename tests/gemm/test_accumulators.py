# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.streams import simulate

from hwgen.config.gemm import GemmConfig
from hwgen.gemm.accumulators import Accumulators

LIMIT = 1 << 31


@pytest.mark.parametrize("m, n, k", [(2, 3, 2), (1, 1, 1), (3, 1, 8)])
def test_adds_corrected_sums_to_contents_initial_value_or_zero(m, n, k):
    dut = Accumulators(GemmConfig(m=m, n=n, k=k))
    rng = np.random.default_rng(m * n * k)

    async def bench(ctx):
        values = np.zeros((m, n), dtype=np.int64)
        for cycle in range(200):
            extreme = rng.random() < 0.3
            a, b = (rng.choice((-128, 127), shape) if extreme else rng.integers(-128, 128, shape)
                    for shape in ((m, k), (k, n)))
            za, zb = rng.choice((-128, 127), 2) if extreme else rng.integers(-128, 128, 2)
            initial = rng.choice((-LIMIT, LIMIT - 1), (m, n)) if extreme else rng.integers(-LIMIT, LIMIT, (m, n))
            mode = rng.choice(("keep", "load", "zero")) if cycle else "load"
            enable = bool(rng.random() < 0.8)
            ports = {
                "sums": (a @ b).ravel().tolist(), "rows": (zb * a.sum(1)).tolist(), "columns": (za * b.sum(0)).tolist(),
                "constant": int(k * za * zb), "initial": (initial & 0xFFFF_FFFF).ravel().tolist(),
                "keep": mode == "keep", "load": mode == "load", "enable": enable,
            }
            for port, value in ports.items():
                ctx.set(getattr(dut, port), value)
            await ctx.tick()
            if enable:
                base = {"keep": values, "load": initial, "zero": 0}[str(mode)]
                values = (base + (a - za) @ (b - zb)) & 0xFFFF_FFFF
            assert [ctx.get(dut.values[e]) for e in range(m * n)] == values.ravel().tolist()

    simulate(dut, bench)
