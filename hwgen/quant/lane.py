# SPDX-License-Identifier: Apache-2.0
"""One pipelined lane of the quantizer."""

from amaranth import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config.quantizer import ROUNDING_MODES
from .clamp import RoundingClamp, rounding_quotient_layout
from .rounding import Modes, RoundingDecision, rounding_layout
from .shifter import MULTIPLIER_BITS, SHIFT_BITS, ProductShifter, product_bits

LANE_LATENCY = 3
"""Enabled cycles from ``value`` to ``result``."""

DATA = {"hwgen_role": "data"}


class RescaleLane(wiring.Component):
    """Rescales one value per cycle, bit for bit as `hwgen.quant.model.rescale`.

    Registers part subtraction, multiplication, shift, and rounding with clamp; the last has no register
    of its own. Each parameter is read only by its step, so a caller that changes parameters between two
    values changes each in the cycle given below.

    Parameters
    ----------
    input_width : int
        Bits of a value.
    result_width : int
        Bits of a result.
    modes : tuple of str
        Rounding modes built in.

    Members
    -------
    enable : ``In(1)``
        All registers hold their value while low.
    value : ``In(signed(input_width))``
    input_zero_point : ``In(signed(8))``
        In the cycle of ``value``.
    multiplier : ``In(signed(32))``
        One enabled cycle after ``value``.
    shift : ``In(6)``
        Two enabled cycles after ``value``; 0 to 63, 0 neither shifts nor rounds.
    rounding : ``In(rounding_layout(modes))``
        Two enabled cycles after ``value``.
    output_zero_point, minimum, maximum : ``In(signed(result_width + 1))``
        Three enabled cycles after ``value``.
    result : ``Out(result_width)``
        Three enabled cycles after ``value``, combinational from the three parameters named last.
    """

    def __init__(self, *, input_width: int = 32, result_width: int = 8, modes: Modes = ROUNDING_MODES):
        self._input_width, self._result_width, self._modes = input_width, result_width, modes
        limit = signed(result_width + 1)
        super().__init__({
            "enable": In(1),
            "value": In(signed(input_width)),
            "input_zero_point": In(signed(8)),
            "multiplier": In(signed(MULTIPLIER_BITS)),
            "shift": In(SHIFT_BITS),
            "rounding": In(rounding_layout(modes)),
            "output_zero_point": In(limit),
            "minimum": In(limit),
            "maximum": In(limit),
            "result": Out(result_width),
        })

    def elaborate(self, platform):
        m = Module()
        sizes = {"input_width": self._input_width, "result_width": self._result_width}
        m.submodules.shifter = shifter = ProductShifter(**sizes)
        m.submodules.decision = decision = RoundingDecision(self._modes)
        m.submodules.clamp = clamp = RoundingClamp(result_width=self._result_width)
        difference = Signal(signed(self._input_width + 1), reset_less=True, attrs=DATA)
        product = Signal(signed(product_bits(self._input_width)), reset_less=True, attrs=DATA)
        quotient = Signal(rounding_quotient_layout(self._result_width), reset_less=True, attrs=DATA)

        with m.If(self.enable):
            m.d.sync += [difference.eq(self.value - self.input_zero_point), product.eq(difference * self.multiplier)]
            m.d.sync += [quotient[name].eq(shifter.o[name]) for name in ("low", "negative", "beyond")]
            m.d.sync += [quotient.carry.eq(decision.carry), quotient.lower.eq(decision.lower)]
        m.d.comb += [
            shifter.product.eq(product),
            shifter.shift.eq(self.shift),
            shifter.coarse.eq(decision.coarse),
            shifter.inverted.eq(decision.inverted),
            decision.rounding.eq(self.rounding),
            decision.shift.eq(self.shift),
            decision.half.eq(shifter.o.half),
            decision.sticky.eq(shifter.o.sticky),
            decision.odd.eq(shifter.o.low[0]),
            decision.negative.eq(shifter.o.negative),
            clamp.quotient.eq(quotient),
            clamp.output_zero_point.eq(self.output_zero_point),
            clamp.minimum.eq(self.minimum),
            clamp.maximum.eq(self.maximum),
            self.result.eq(clamp.o),
        ]
        return m
