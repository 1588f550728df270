# SPDX-License-Identifier: Apache-2.0
"""Dot product of K operand pairs."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from .adder_tree import adder_tree
from .widths import sum_width


class DotProduct(wiring.Component):
    """Combinational sum of K products of signed operands, without overflow.

    Parameters
    ----------
    k : int
        Operand pairs, one or more.
    a_width, b_width : int
        Bits of each signed operand.

    Members
    -------
    a, b : ``In(data.ArrayLayout(signed(a_width), k))`` and ``signed(b_width)``
    o : ``Out(signed(a_width + b_width + ceil(log2(k))))``
        Sum of ``a[kk] * b[kk]`` in the same cycle.

    Raises
    ------
    ValueError
        If ``k`` or a width is not positive.
    """

    def __init__(self, k: int, a_width: int = 8, b_width: int = 8):
        if k < 1:
            raise ValueError(f"Dot product needs one or more operand pairs, not {k!r}")
        for width in (a_width, b_width):
            if width < 1:
                raise ValueError(f"Operand width must be positive, not {width!r}")
        self._k = k
        self._width = a_width + b_width
        super().__init__({
            "a": In(data.ArrayLayout(signed(a_width), k)),
            "b": In(data.ArrayLayout(signed(b_width), k)),
            "o": Out(signed(sum_width(k, self._width))),
        })

    def elaborate(self, platform):
        m = Module()
        products = []
        for kk in range(self._k):
            product = Signal(signed(self._width), name=f"product_{kk}")
            m.d.comb += product.eq(self.a[kk] * self.b[kk])
            products.append(product)
        m.d.comb += self.o.eq(adder_tree(m, products, name="sum"))
        return m
