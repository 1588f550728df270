# SPDX-License-Identifier: Apache-2.0
"""Shift, rounding and clamp of a lane, proved equal to full-width arithmetic for every product and parameter.

Neither holds a register, so one cycle of free inputs is all cases.
"""

import pytest
from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.formal import mutant, prove, refute

from hwgen.quant.clamp import RoundingClamp
from hwgen.quant.shifter import PRODUCT_BITS, ProductShifter


class ShiftSpec(wiring.Component):
    """The quotient says all there is to know of the product in halves after the shift."""

    product: In(signed(PRODUCT_BITS))
    shift: In(6)

    def __init__(self, shifter):
        super().__init__()
        self.shifter = shifter

    def elaborate(self, platform):
        m = Module()
        m.submodules.shifter = shifter = self.shifter
        halves, whole = Signal(signed(PRODUCT_BITS + 1)), Signal(signed(PRODUCT_BITS))
        quotient, near, carry = shifter.o, Signal(), Signal()
        m.d.comb += [
            shifter.product.eq(self.product),
            shifter.shift.eq(self.shift),
            halves.eq(Cat(Const(0, 1), self.product).as_signed() >> self.shift),
            whole.eq(halves >> 1),
            near.eq((whole >= -256) & (whole <= 255)),
            carry.eq(Mux(self.shift == 0, self.product < 0, halves[0])),
            Assert(quotient.negative == (halves < 0), "negative is the sign"),
            Assert(quotient.beyond == ~near, "beyond is a quotient of nine bits or more"),
            Assert(~near | (Cat(quotient.low, quotient.negative).as_signed() == whole), "low bits are the quotient's"),
            Assert(quotient.carry == carry, "carry is one half, or undoes rounding"),
            Cover((self.shift == 63) & (whole == -1), "a result survives the longest shift"),
            Cover(quotient.beyond & (self.shift == 54), "a quotient saturates"),
        ]
        return m


class ClampSpec(wiring.Component):
    """The published definition from the product in halves on, with no variable too narrow."""

    halves: In(signed(PRODUCT_BITS + 1))
    exact: In(1)
    output_zero_point: In(signed(8))
    minimum: In(signed(8))
    maximum: In(signed(8))

    def __init__(self, clamp):
        super().__init__()
        self.clamp = clamp

    def elaborate(self, platform):
        m = Module()
        m.submodules.clamp = clamp = self.clamp
        whole, rounded = Signal(signed(PRODUCT_BITS)), Signal(signed(PRODUCT_BITS + 1))
        total, expected = Signal(signed(PRODUCT_BITS + 2)), Signal(signed(8))
        quotient = clamp.quotient
        m.d.comb += [
            whole.eq(self.halves >> 1),
            quotient.negative.eq(self.halves < 0),
            quotient.low.eq(whole),
            quotient.beyond.eq((whole < -256) | (whole > 255)),
            quotient.carry.eq(Mux(self.exact, self.halves < 0, self.halves[0])),
            clamp.output_zero_point.eq(self.output_zero_point),
            clamp.minimum.eq(self.minimum),
            clamp.maximum.eq(self.maximum),
            rounded.eq(Mux(self.exact, whole, Mux(self.halves >= 0, self.halves + 1, self.halves - 1) >> 1)),
            total.eq(rounded + self.output_zero_point),
            expected.eq(Mux(total > self.maximum, self.maximum, Mux(total < self.minimum, self.minimum, total))),
            Assert(clamp.o == expected, "result equals the published definition"),
            Cover(quotient.beyond & (clamp.o == 127), "a quotient saturates"),
            Cover(~quotient.beyond & (clamp.o == -100), "a quotient is rounded"),
        ]
        return m


def test_quotient_equals_full_width_shift():
    prove(ShiftSpec(ProductShifter()), depth=1, mode="bmc")


def test_result_equals_definition():
    prove(ClampSpec(RoundingClamp()), depth=1, mode="bmc")


BEYOND, RESULT = "beyond is a quotient of nine bits or more", "result equals the published definition"
SHIFTER_BUGS = {
    "is off by one bit": ("self.o.low.eq(bits[1:])", "self.o.low.eq(bits)", "low bits are the quotient's"),
    "ignores the sign of what it drops": ("Mux(negative, ~dropped.all(), dropped.any())", "dropped.any()", BEYOND),
    "rounds without a shift": (" | (negative & (self.shift == 0))", "", "carry is one half, or undoes rounding"),
}
CLAMP_BUGS = {
    "rounds negative numbers like positive ones": ("self.output_zero_point - 1,", "self.output_zero_point,", RESULT),
    "ignores saturation": ("quotient.beyond, quotient.negative,", "0, quotient.negative,", RESULT),
}


@pytest.mark.parametrize("bug", SHIFTER_BUGS)
def test_proof_catches_shifter_that(bug):
    *change, broken = SHIFTER_BUGS[bug]
    refute(ShiftSpec(mutant(ProductShifter, *change)()), broken, depth=1)


@pytest.mark.parametrize("bug", CLAMP_BUGS)
def test_proof_catches_clamp_that(bug):
    *change, broken = CLAMP_BUGS[bug]
    refute(ClampSpec(mutant(RoundingClamp, *change)()), broken, depth=1)
