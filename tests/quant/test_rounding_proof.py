# SPDX-License-Identifier: Apache-2.0
"""Shift, rounding and clamp of a lane, proved equal to full-width arithmetic for every product and parameter.

None holds a register, so one cycle of free inputs is all cases.
"""

import pytest
from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.formal import mutant, prove, refute

from hwgen.config.quantizer import ROUNDING_MODES
from hwgen.quant.clamp import RoundingClamp
from hwgen.quant.rounding import RoundingDecision, rounding_layout
from hwgen.quant.shifter import ProductShifter

LIMITS = ("output_zero_point", "minimum", "maximum")
SIZES = [(32, 8), (16, 8), (48, 16), (32, 4)]
BEYOND = "beyond is a quotient that no zero point brings back"
LOW = "low bits are the quotient's"
ROUNDED = "rounded as the mode is published"
RESULT = "result lies within the limits"


class RoundingSpec(wiring.Component):
    """What shifter and decision say of a product is its quotient, rounded as published, in variables as wide as needed.

    One mode at a time: together they take the solver far longer than one after the other.
    """

    def __init__(self, mode, shifter=ProductShifter, decision=RoundingDecision, *, input_width=32, result_width=8):
        self.mode = mode
        self.width, self.result_width = input_width + 32, result_width
        super().__init__({"product": In(signed(self.width)), "shift": In(6)})
        self.shifter = shifter(input_width=input_width, result_width=result_width)
        self.decision = decision()

    def published(self, m):
        """The quotient, and the product after rounding for shifts of 1 and more."""
        wide, product, shift = signed(self.width + 2), self.product, self.shift
        whole, halves, half_up, result = (Signal(wide, name=name) for name in ("whole", "halves", "half_up", "result"))
        m.d.comb += [
            whole.eq(product >> shift),
            halves.eq(product >> (shift - 1)[:6]),
            half_up.eq((halves + 1) >> 1),
        ]
        if self.mode == "double":
            m.d.comb += result.eq(Mux(halves >= 0, halves + 1, halves - 1) >> 1)
        elif self.mode == "half_up":
            m.d.comb += result.eq(half_up)
        elif self.mode == "half_even":
            rest, divisor = (Signal(max(self.width, 64) + 1, name=name) for name in ("rest", "divisor"))
            m.d.comb += [
                divisor.eq(Const(1, 1) << shift),
                rest.eq((product - (whole << shift)) << 1),
                result.eq(whole + ((rest > divisor) | ((rest == divisor) & whole[0]))),
            ]
        else:
            right = Signal(6)
            mask, remainder, threshold = (Signal(self.width, name=name) for name in ("mask", "remainder", "threshold"))
            high = Signal(wide)
            m.d.comb += [
                right.eq(Mux(shift > 31, shift - 31, 0)),
                high.eq(Mux(shift > 31, (product + (1 << 30)) >> 31, half_up)),
                mask.eq((Const(1, 1) << right) - 1),
                remainder.eq(high & mask),
                threshold.eq((mask >> 1) + (high < 0)),
                result.eq(Mux(right == 0, high, (high >> right) + (remainder > threshold))),
            ]
        return whole, result

    def elaborate(self, platform):
        m = Module()
        m.submodules.shifter, m.submodules.decision = shifter, decision = self.shifter, self.decision
        quotient, near, exact = shifter.o, Signal(), Signal()
        whole, published = self.published(m)
        bound = 1 << self.result_width + 1
        rounded = Signal(signed(self.width + 2))
        m.d.comb += [
            shifter.product.eq(self.product),
            shifter.shift.eq(self.shift),
            shifter.coarse.eq(decision.coarse),
            shifter.inverted.eq(decision.inverted),
            decision.rounding.eq(rounding_layout(ROUNDING_MODES).const({} if self.mode == "half_up" else {self.mode: 1})),
            decision.shift.eq(self.shift),
            decision.half.eq(quotient.half),
            decision.sticky.eq(quotient.sticky),
            decision.odd.eq(quotient.low[0]),
            decision.negative.eq(quotient.negative),
            near.eq((whole >= -bound) & (whole < bound)),
            exact.eq(self.shift == 0),
            rounded.eq(Cat(quotient.low, quotient.negative).as_signed() + decision.carry - decision.lower),
            Assert(quotient.negative == (self.product < 0), "negative is the sign"),
            Assert(quotient.beyond == ~near, BEYOND),
            Assert(~near | (Cat(quotient.low, quotient.negative).as_signed() == whole), LOW),
            Assert(~near | (rounded == Mux(exact, self.product, published)), ROUNDED),
            Cover((self.shift == 63) & (whole == -1), "a result survives the longest shift"),
            Cover(quotient.beyond & (self.shift == 20), "a quotient saturates"),
            Cover((self.shift == 36) & near & quotient.half & quotient.negative, "a half is rounded"),
        ]
        return m


class ClampSpec(wiring.Component):
    """From a rounded quotient of any size on, with no variable too narrow."""

    def __init__(self, clamp=RoundingClamp, *, result_width=8):
        self.width = result_width
        self.clamp = clamp(result_width=result_width)
        super().__init__({"whole": In(signed(72)), "carry": In(1), "lower": In(1),
                          **{name: In(signed(result_width + 1)) for name in LIMITS}})

    def elaborate(self, platform):
        m = Module()
        m.submodules.clamp = clamp = self.clamp
        total, expected = Signal(signed(75)), Signal(signed(75))
        quotient, bound = clamp.quotient, 1 << self.width + 1
        zero_point, minimum, maximum = (getattr(self, name) for name in LIMITS)
        m.d.comb += [getattr(clamp, name).eq(getattr(self, name)) for name in LIMITS]
        m.d.comb += [
            quotient.negative.eq(self.whole < 0),
            quotient.low.eq(self.whole),
            quotient.beyond.eq((self.whole < -bound) | (self.whole >= bound)),
            quotient.carry.eq(self.carry),
            quotient.lower.eq(self.lower),
            Assume(~self.lower | quotient.negative, "only negative quotients are lowered"),
            total.eq(self.whole + self.carry - self.lower + zero_point),
            expected.eq(Mux(total > maximum, maximum, Mux(total < minimum, minimum, total))),
            Assert(clamp.o == expected[:self.width], RESULT),
            Cover(quotient.beyond & (clamp.o == 7), "a quotient saturates"),
            Cover(~quotient.beyond & (clamp.o == 5) & self.lower, "a quotient is rounded"),
        ]
        return m


@pytest.mark.parametrize("mode", ROUNDING_MODES)
@pytest.mark.parametrize("input_width, result_width", SIZES)
def test_rounded_quotient_equals_published_definition(input_width, result_width, mode):
    prove(RoundingSpec(mode, input_width=input_width, result_width=result_width), depth=1, mode="bmc", timeout=600)


@pytest.mark.parametrize("result_width", [4, 8, 16])
def test_result_equals_definition(result_width):
    prove(ClampSpec(result_width=result_width), depth=1, mode="bmc", timeout=600)


SHIFTER_BUGS = {
    "is off by one bit": ("half_up", "self.o.low.eq(bits[1:])", "self.o.low.eq(bits)", LOW),
    "ignores the sign of what it drops": ("half_up", "Mux(negative, ~dropped.all(), dropped.any())", "dropped.any()", BEYOND),
    "forgets the first bits it passes": ("half_even", "(times > part)", "(times > part + 1)", ROUNDED),
    "lets a coarse shift see one bit too many": ("gemmlowp", "HIGH_MULTIPLY - (part", "HIGH_MULTIPLY - 1 - (part", ROUNDED),
    "lets a coarse shift see one bit too few": ("gemmlowp", "HIGH_MULTIPLY - (part", "HIGH_MULTIPLY + 1 - (part", ROUNDED),
}
DECISION_BUGS = {
    "lowers without a shift": ("double", " & self.shift.any()", "", ROUNDED),
    "rounds twice at any shift": ("gemmlowp", "gemmlowp & self.shift[-1]", "gemmlowp", ROUNDED),
    "rounds negative halves away from zero": ("gemmlowp", "self.half & self.sticky)", "self.half)", ROUNDED),
    "takes halves to even for halves up": ("half_even", "(self.sticky | self.odd)", "1", ROUNDED),
}
CLAMP_BUGS = {
    "does not lower": ("self.output_zero_point - 1,", "self.output_zero_point,", RESULT),
    "ignores saturation": ("quotient.beyond, quotient.negative,", "0, quotient.negative,", RESULT),
}


@pytest.mark.parametrize("bug", SHIFTER_BUGS)
def test_proof_catches_shifter_that(bug):
    mode, *change, broken = SHIFTER_BUGS[bug]
    refute(RoundingSpec(mode, shifter=mutant(ProductShifter, *change)), broken, depth=1)


@pytest.mark.parametrize("bug", DECISION_BUGS)
def test_proof_catches_decision_that(bug):
    mode, *change, broken = DECISION_BUGS[bug]
    refute(RoundingSpec(mode, decision=mutant(RoundingDecision, *change)), broken, depth=1)


@pytest.mark.parametrize("bug", CLAMP_BUGS)
def test_proof_catches_clamp_that(bug):
    *change, broken = CLAMP_BUGS[bug]
    refute(ClampSpec(mutant(RoundingClamp, *change)), broken, depth=1)
