# SPDX-License-Identifier: Apache-2.0
"""Decides by how much a quotient is rounded, in each of the rounding modes."""

from amaranth import Const, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config.quantizer import ROUNDING_MODES, RoundingMode
from .shifter import SHIFT_BITS

Modes = tuple[RoundingMode, ...]


def rounding_layout(modes: Modes) -> data.StructLayout:
    """One bit for each mode but ``half_up``, which no bit set stands for; nothing if there is no choice."""
    return data.StructLayout({mode: 1 for mode in modes if mode != "half_up"} if len(modes) > 1 else {})


def selects(rounding, modes: Modes, mode: RoundingMode):
    """Whether ``rounding``, of `rounding_layout`, selects a mode; a constant where there is no choice."""
    if mode not in modes:
        return Const(0, 1)
    return rounding[mode] if len(modes) > 1 else Const(1, 1)


class RoundingDecision(wiring.Component):
    """Combinational: the rounded value is ``q + carry - lower``.

    With q the quotient, half and sticky the bits below it:

    ``half_up``
        Adds the half.
    ``half_even``
        Adds the half unless it is all there is below an even quotient.
    ``double``
        Adds the half, and subtracts one from negative quotients unless nothing was shifted.
    ``gemmlowp``
        First rounds to 31 bits less than the product, half up, then to the quotient, half away from zero.
        Up to a shift of 31 that is ``half_up``. Above, the first rounding carries into the half from
        half of the last bit it keeps on: at bit 30 of the product. So a quotient that is not negative grows
        if the half is set or all bits from 30 on below it are; a negative one, whose exact halves stay,
        if the half and any of these bits are. The sign may be that of the product: what the first
        rounding lifts to zero has all these bits set and grows either way.

    Parameters
    ----------
    modes : tuple of str
        Those built in.

    Members
    -------
    rounding : ``In(rounding_layout(modes))``
        At most one bit set.
    shift : ``In(6)``
    half, sticky, odd, negative : ``In(1)``
        Of the quotient; ``sticky`` as asked for by ``coarse`` and ``inverted``.
    coarse, inverted : ``Out(1)``
        What ``sticky`` is to tell; see `ProductShifter`. Depend on ``rounding``, ``shift`` and ``negative`` only.
    carry, lower : ``Out(1)``
    """

    def __init__(self, modes: Modes = ROUNDING_MODES):
        self._modes = modes
        super().__init__({
            "rounding": In(rounding_layout(modes)),
            "shift": In(SHIFT_BITS),
            "half": In(1),
            "sticky": In(1),
            "odd": In(1),
            "negative": In(1),
            "coarse": Out(1),
            "inverted": Out(1),
            "carry": Out(1),
            "lower": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        double, gemmlowp, half_even = (selects(self.rounding, self._modes, mode)
                                       for mode in ("double", "gemmlowp", "half_even"))
        twice = Signal()  # gemmlowp's second rounding does something
        m.d.comb += [
            twice.eq(gemmlowp & self.shift[-1]),
            self.coarse.eq(gemmlowp),
            self.inverted.eq(gemmlowp & ~self.negative),
            self.lower.eq(double & self.negative & self.shift.any()),
        ]
        with m.If(twice & ~self.negative):
            m.d.comb += self.carry.eq(self.half | ~self.sticky)
        with m.Elif(twice):
            m.d.comb += self.carry.eq(self.half & self.sticky)
        with m.Elif(half_even):
            m.d.comb += self.carry.eq(self.half & (self.sticky | self.odd))
        with m.Else():
            m.d.comb += self.carry.eq(self.half)
        return m
