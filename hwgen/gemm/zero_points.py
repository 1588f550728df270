# SPDX-License-Identifier: Apache-2.0
"""What zero points add to a step's products, one term per row and one per column."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config.gemm import GemmConfig
from .adder_tree import adder_tree
from .widths import step_width, sum_width


class ZeroPointTerms(wiring.Component):
    """Registered row, column and constant terms that make a plain product one of corrected operands.

    The sum over k of ``(a[i,k] - za) * (b[k,j] - zb)`` is that of ``a[i,k] * b[k,j]`` less
    ``zb * sum(a[i,:])`` less ``za * sum(b[:,j])`` plus ``K * za * zb``; so operands and multipliers
    keep their width and the correction costs one multiplier for each row and each column. Terms
    wider than the accumulators are taken modulo 2**accumulator_width.

    Parameters
    ----------
    config : GemmConfig

    Members
    -------
    a : ``In(data.ArrayLayout(signed(a_width), m * k))``
        Element (i, k) at index ``i * K + k``.
    b : ``In(data.ArrayLayout(signed(b_width), k * n))``
        Element (k, j) at index ``k * N + j``.
    a_zero_point, b_zero_point : ``In(signed(a_width))`` and ``In(signed(b_width))``
        Those of the operands at ``a`` and ``b`` in the same cycle.
    enable : ``In(1)``
        The terms of this cycle's operands appear in the next cycle; otherwise they hold.
    rows : ``Out(data.ArrayLayout(signed(step_width(config)), m))``
    columns : ``Out(data.ArrayLayout(signed(step_width(config)), n))``
        To be subtracted from every product sum of row i and of column j.
    constant : ``Out(signed(step_width(config)))``
        To be added to every product sum.
    """

    def __init__(self, config: GemmConfig):
        self._config = config
        a, b = signed(config.a_width), signed(config.b_width)
        term = signed(step_width(config))
        super().__init__({
            "a": In(data.ArrayLayout(a, config.m * config.k)),
            "b": In(data.ArrayLayout(b, config.k * config.n)),
            "a_zero_point": In(a),
            "b_zero_point": In(b),
            "enable": In(1),
            "rows": Out(data.ArrayLayout(term, config.m)),
            "columns": Out(data.ArrayLayout(term, config.n)),
            "constant": Out(term),
        })

    def elaborate(self, platform):
        m = Module()
        config = self._config
        rows = [[self.a[i * config.k + kk] for kk in range(config.k)] for i in range(config.m)]
        columns = [[self.b[kk * config.n + j] for kk in range(config.k)] for j in range(config.n)]
        for i, row in enumerate(rows):
            self._term(m, row, self.b_zero_point, self.rows[i], name=f"row_{i}")
        for j, column in enumerate(columns):
            self._term(m, column, self.a_zero_point, self.columns[j], name=f"column_{j}")

        constant = self._register(m, self.constant, name="constant_term")
        product = Signal(signed(config.a_width + config.b_width))
        m.d.comb += product.eq(self.b_zero_point * self.a_zero_point)
        with m.If(self.enable):
            m.d.sync += constant.eq(product * config.k)
        return m

    def _term(self, m: Module, operands: list, zero_point, output, *, name: str) -> None:
        """Drive ``output`` with the registered product of ``zero_point`` and the operands' sum."""
        total = Signal(signed(sum_width(len(operands), len(operands[0]))), name=f"{name}_sum")
        term = self._register(m, output, name=f"{name}_term")
        m.d.comb += total.eq(adder_tree(m, operands, name=f"{name}_partial"))
        with m.If(self.enable):
            m.d.sync += term.eq(total * zero_point)

    def _register(self, m: Module, output, *, name: str) -> Signal:
        register = Signal(signed(step_width(self._config)), name=name, attrs={"hwgen_role": "data"})
        m.d.comb += output.eq(register)
        return register
