# SPDX-License-Identifier: Apache-2.0
"""M x N accumulators, which also hold the finished tile until it leaves."""

from amaranth import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config.gemm import GemmConfig
from .widths import corrected_width, step_width


class Accumulators(wiring.Component):
    """Output tile to which each enabled cycle adds one step's zero-point-corrected product sums.

    Parameters
    ----------
    config : GemmConfig

    Members
    -------
    sums : ``In(data.ArrayLayout(signed(step_width(config)), m * n))``
    rows, columns : ``In(data.ArrayLayout(signed(step_width(config)), m))`` and ``n``
    constant : ``In(signed(step_width(config)))``
        As ``DotProductArray`` and ``ZeroPointTerms`` give them for the same step.
    initial : ``In(data.ArrayLayout(unsigned(accumulator_width), m * n))``
        Element (i, j) at index ``i * N + j``.
    keep : ``In(1)``
        Add to the present contents.
    load : ``In(1)``
        Add to ``initial``; neither keep nor load starts from zero, both together are not allowed.
    enable : ``In(1)``
        The new contents appear in the next cycle; otherwise they hold.
    values : ``Out(data.ArrayLayout(unsigned(accumulator_width), m * n))``
        Present contents, modulo 2**accumulator_width.
    """

    def __init__(self, config: GemmConfig):
        self._config = config
        elements = config.m * config.n
        term = signed(step_width(config))
        tile = data.ArrayLayout(unsigned(config.accumulator_width), elements)
        super().__init__({
            "sums": In(data.ArrayLayout(term, elements)),
            "rows": In(data.ArrayLayout(term, config.m)),
            "columns": In(data.ArrayLayout(term, config.n)),
            "constant": In(term),
            "initial": In(tile),
            "keep": In(1),
            "load": In(1),
            "enable": In(1),
            "values": Out(tile),
        })

    def elaborate(self, platform):
        m = Module()
        config = self._config
        # Of the corrected sum of K products, which no correction needs to exceed.
        width = corrected_width(config)
        corrections = []
        for j in range(config.n):
            difference = self.constant - self.columns[j]
            correction = Signal(signed(min(len(difference), width)), name=f"column_correction_{j}")
            m.d.comb += correction.eq(difference)
            corrections.append(correction)

        for i in range(config.m):
            for j in range(config.n):
                index = i * config.n + j
                difference = corrections[j] - self.rows[i]
                correction = Signal(signed(min(len(difference), width)), name=f"correction_{i}_{j}")
                step = Signal(signed(width), name=f"step_{i}_{j}")
                base = Signal(config.accumulator_width, name=f"base_{i}_{j}")
                accumulator = Signal(config.accumulator_width, name=f"accumulator_{i}_{j}", attrs={"hwgen_role": "data"})
                m.d.comb += [
                    correction.eq(difference),
                    step.eq(self.sums[index] + correction),
                    base.eq(Mux(self.keep, accumulator, Mux(self.load, self.initial[index], 0))),
                    self.values[index].eq(accumulator),
                ]
                with m.If(self.enable):
                    m.d.sync += accumulator.eq(step + base)
        return m
