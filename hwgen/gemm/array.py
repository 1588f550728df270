# SPDX-License-Identifier: Apache-2.0
"""M x N dot products and the register stage behind them."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config.gemm import GemmConfig
from .dot_product import DotProduct
from .widths import step_width


class DotProductArray(wiring.Component):
    """One step's product sums: row i of A times column j of B, for every i and j.

    Sums wider than the accumulators are cut to their width: taken modulo 2**accumulator_width.

    Parameters
    ----------
    config : GemmConfig

    Members
    -------
    a : ``In(data.ArrayLayout(signed(a_width), m * k))``
        Element (i, k) at index ``i * K + k``.
    b : ``In(data.ArrayLayout(signed(b_width), k * n))``
        Element (k, j) at index ``k * N + j``.
    enable : ``In(1)``
        The sums of this cycle's operands appear in the next cycle; otherwise they hold.
    sums : ``Out(data.ArrayLayout(signed(step_width(config)), m * n))``
        Element (i, j) at index ``i * N + j``; latency of one cycle.
    """

    def __init__(self, config: GemmConfig):
        self._config = config
        super().__init__({
            "a": In(data.ArrayLayout(signed(config.a_width), config.m * config.k)),
            "b": In(data.ArrayLayout(signed(config.b_width), config.k * config.n)),
            "enable": In(1),
            "sums": Out(data.ArrayLayout(signed(step_width(config)), config.m * config.n)),
        })

    def elaborate(self, platform):
        m = Module()
        config = self._config
        for i in range(config.m):
            for j in range(config.n):
                dot = m.submodules[f"dot_{i}_{j}"] = DotProduct(config.k, config.a_width, config.b_width)
                for kk in range(config.k):
                    m.d.comb += [
                        dot.a[kk].eq(self.a[i * config.k + kk]),
                        dot.b[kk].eq(self.b[kk * config.n + j]),
                    ]
                register = Signal(signed(step_width(config)), name=f"sum_{i}_{j}", attrs={"hwgen_role": "data"})
                with m.If(self.enable):
                    m.d.sync += register.eq(dot.o)
                m.d.comb += self.sums[i * config.n + j].eq(register)
        return m
