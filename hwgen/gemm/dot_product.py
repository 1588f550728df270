# SPDX-License-Identifier: Apache-2.0
"""Dot product of K operand pairs."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from .adder_tree import adder_tree


def sum_width(terms: int, width: int) -> int:
    """Bits of the signed sum of ``terms`` signed values of ``width`` bits."""
    return width + (terms - 1).bit_length()


class DotProduct(wiring.Component):
    """Combinational sum of K products of signed operands, without overflow.

    Parameters
    ----------
    k : int
        Operand pairs, one or more.
    operand_width : int
        Bits of each signed operand.

    Members
    -------
    a, b : ``In(data.ArrayLayout(signed(operand_width), k))``
    o : ``Out(signed(2 * operand_width + ceil(log2(k))))``
        Sum of ``a[kk] * b[kk]`` in the same cycle.

    Raises
    ------
    ValueError
        If ``k`` or ``operand_width`` is not positive.
    """

    def __init__(self, k: int, operand_width: int = 8):
        if k < 1:
            raise ValueError(f"Dot product needs one or more operand pairs, not {k!r}")
        if operand_width < 1:
            raise ValueError(f"Operand width must be positive, not {operand_width!r}")
        self._k = k
        self._width = operand_width
        operands = data.ArrayLayout(signed(operand_width), k)
        super().__init__({
            "a": In(operands),
            "b": In(operands),
            "o": Out(signed(sum_width(k, 2 * operand_width))),
        })

    def elaborate(self, platform):
        m = Module()
        products = []
        for kk in range(self._k):
            product = Signal(signed(2 * self._width), name=f"product_{kk}")
            m.d.comb += product.eq(self.a[kk] * self.b[kk])
            products.append(product)
        m.d.comb += self.o.eq(adder_tree(m, products, name="sum"))
        return m
