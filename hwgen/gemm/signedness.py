# SPDX-License-Identifier: Apache-2.0
"""Unsigned operands on signed multipliers."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Value


def signed_neighbors(m: Module, word: Value, width: int, unsigned: Value, *, name: str) -> Signal:
    """Elements as signed ones: unchanged, or with inverted sign bits if they are unsigned.

    Inverting the sign bit of an unsigned element subtracts half its range, 2**(width - 1). Done to
    zero points as well, it cancels out of every difference of an element and its zero point, and
    the result fits a signed element of the same width; so nothing behind has to be wider.

    Parameters
    ----------
    m : Module
        Takes the combinational assignment.
    word : Value
        Elements of ``width`` bits, one after the other.
    width : int
    unsigned : Value
        One bit.
    name : str
        Of the signal.

    Returns
    -------
    Signal
        As wide as ``word``.
    """
    sign_bits = sum(1 << bit for bit in range(width - 1, len(word), width))
    neighbors = Signal(len(word), name=name)
    m.d.comb += neighbors.eq(word ^ Mux(unsigned, sign_bits, 0))
    return neighbors
