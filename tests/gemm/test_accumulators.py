# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from gemm.core_bench import random_elements
from support.streams import simulate

from hwgen.config.gemm import GemmConfig
from hwgen.gemm import model
from hwgen.gemm.accumulators import Accumulators
from hwgen.gemm.widths import step_width

SHAPES = [(2, 3, 2), (1, 1, 1), (3, 1, 8)]
WIDTHS = [(8, 8, 32), (4, 4, 16), (16, 16, 16), (16, 16, 48), (16, 8, 25), (4, 16, 24)]


@pytest.mark.parametrize("a_width, b_width, width", WIDTHS)
@pytest.mark.parametrize("m, n, k", SHAPES)
def test_adds_corrected_sums_to_contents_initial_value_or_zero(m, n, k, a_width, b_width, width):
    config = GemmConfig(m=m, n=n, k=k, a_width=a_width, b_width=b_width, accumulator_width=width)
    dut = Accumulators(config)
    rng = np.random.default_rng(m * n * k)
    cut = (1 << step_width(config)) - 1

    async def bench(ctx):
        values = np.zeros((m, n), dtype=np.int64)
        for cycle in range(200):
            extreme = rng.random() < 0.3
            a, b, za, zb, initial = (random_elements(rng, bits, 0, shape, extreme=extreme) for bits, shape in (
                (a_width, (m, k)), (b_width, (k, n)), (a_width, ()), (b_width, ()), (width, (m, n))))
            mode = rng.choice(("keep", "load", "zero")) if cycle else "load"
            enable = bool(rng.random() < 0.8)
            ports = {
                "sums": model.read(a @ b, step_width(config)).ravel().tolist(),
                "rows": model.read(zb * a.sum(1), step_width(config)).tolist(),
                "columns": model.read(za * b.sum(0), step_width(config)).tolist(),
                "constant": int(k * za * zb) & cut, "initial": (initial & (1 << width) - 1).ravel().tolist(),
                "keep": mode == "keep", "load": mode == "load", "enable": enable,
            }
            for port, value in ports.items():
                ctx.set(getattr(dut, port), value)
            await ctx.tick()
            if enable:
                base = {"keep": values, "load": initial, "zero": 0}[str(mode)]
                values = (base + (a - za) @ (b - zb)) & (1 << width) - 1
            assert [ctx.get(dut.values[e]) for e in range(m * n)] == values.ravel().tolist()

    simulate(dut, bench)
