# SPDX-License-Identifier: Apache-2.0
"""Rounds a quotient, adds the output zero point and limits the sum to the range of the result."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .shifter import QUOTIENT_BITS, Quotient


class RoundingClamp(wiring.Component):
    """Combinational last step of rescaling: ten-bit arithmetic, since ``beyond`` decides for all larger values.

    Members
    -------
    quotient : ``In(Quotient)``
    output_zero_point, minimum, maximum : ``In(signed(8))``
        ``maximum`` is tested first if the two limits cross.
    o : ``Out(signed(8))``
    """

    quotient: In(Quotient)
    output_zero_point: In(signed(8))
    minimum: In(signed(8))
    maximum: In(signed(8))
    o: Out(signed(8))

    def elaborate(self, platform):
        m = Module()
        quotient = self.quotient
        offset = Signal(signed(9))
        # One bit below the sum takes the carry in, so that a single adder rounds and offsets.
        doubled = Signal(signed(QUOTIENT_BITS + 3))
        total = Signal(signed(QUOTIENT_BITS + 2))
        over, under = Signal(), Signal()
        m.d.comb += [
            offset.eq(Mux(quotient.negative, self.output_zero_point - 1, self.output_zero_point)),
            doubled.eq(Cat(Const(1, 1), quotient.low, quotient.negative).as_signed()
                       + Cat(quotient.carry, offset).as_signed()),
            total.eq(doubled[1:].as_signed()),
            over.eq(Mux(quotient.beyond, ~quotient.negative, total > self.maximum)),
            under.eq(Mux(quotient.beyond, quotient.negative, total < self.minimum)),
        ]
        with m.If(over):
            m.d.comb += self.o.eq(self.maximum)
        with m.Elif(under):
            m.d.comb += self.o.eq(self.minimum)
        with m.Else():
            m.d.comb += self.o.eq(total)
        return m
