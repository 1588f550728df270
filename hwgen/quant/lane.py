# SPDX-License-Identifier: Apache-2.0
"""One pipelined lane of the quantizer."""

from amaranth import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .clamp import RoundingClamp
from .shifter import DIFFERENCE_BITS, PRODUCT_BITS, SHIFT_BITS, ProductShifter, Quotient

LANE_LATENCY = 3
"""Enabled cycles from ``value`` to ``result``."""

DATA = {"hwgen_role": "data"}


class RescaleLane(wiring.Component):
    """Rescales one int32 per cycle to int8, bit for bit as `hwgen.quant.model.rescale`.

    Registers part subtraction, multiplication, shift, and rounding with clamp; the last has no register
    of its own. Each parameter is read only by its step, so a caller that changes parameters between two
    values changes each in the cycle given below.

    Members
    -------
    enable : ``In(1)``
        All registers hold their value while low.
    value : ``In(signed(32))``
    input_zero_point : ``In(signed(8))``
        In the cycle of ``value``.
    multiplier : ``In(signed(32))``
        One enabled cycle after ``value``.
    shift : ``In(6)``
        Two enabled cycles after ``value``; 0 to 63, 0 neither shifts nor rounds.
    output_zero_point, minimum, maximum : ``In(signed(8))``
        Three enabled cycles after ``value``.
    result : ``Out(signed(8))``
        Three enabled cycles after ``value``, combinational from the three parameters named last.
    """

    enable: In(1)
    value: In(signed(32))
    input_zero_point: In(signed(8))
    multiplier: In(signed(32))
    shift: In(SHIFT_BITS)
    output_zero_point: In(signed(8))
    minimum: In(signed(8))
    maximum: In(signed(8))
    result: Out(signed(8))

    def elaborate(self, platform):
        m = Module()
        m.submodules.shifter = shifter = ProductShifter()
        m.submodules.clamp = clamp = RoundingClamp()
        difference = Signal(signed(DIFFERENCE_BITS), reset_less=True, attrs=DATA)
        product = Signal(signed(PRODUCT_BITS), reset_less=True, attrs=DATA)
        quotient = Signal(Quotient, reset_less=True, attrs=DATA)

        with m.If(self.enable):
            m.d.sync += [
                difference.eq(self.value - self.input_zero_point),
                product.eq(difference * self.multiplier),
                quotient.eq(shifter.o),
            ]
        m.d.comb += [
            shifter.product.eq(product),
            shifter.shift.eq(self.shift),
            clamp.quotient.eq(quotient),
            clamp.output_zero_point.eq(self.output_zero_point),
            clamp.minimum.eq(self.minimum),
            clamp.maximum.eq(self.maximum),
            self.result.eq(clamp.o),
        ]
        return m
