# SPDX-License-Identifier: Apache-2.0
"""Rounds a quotient, adds the output zero point and limits the sum to the range of the result."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out


def rounding_quotient_layout(result_width: int) -> data.StructLayout:
    """A quotient and how it is rounded: to ``q + carry - lower``.

    Members
    -------
    carry, lower : 1 bit each
    low, negative, beyond : ``result_width + 1`` bits, 1 bit, 1 bit
        As in `quotient_layout`.
    """
    return data.StructLayout({"carry": 1, "lower": 1, "low": result_width + 1, "negative": 1, "beyond": 1})


class RoundingClamp(wiring.Component):
    """Combinational last step of rescaling: arithmetic of three bits more than the result has, since
    ``beyond`` decides for all larger values.

    Parameters
    ----------
    result_width : int

    Members
    -------
    quotient : ``In(rounding_quotient_layout(result_width))``
    output_zero_point, minimum, maximum : ``In(signed(result_width + 1))``
        ``maximum`` is tested first if the two limits cross.
    o : ``Out(result_width)``
        Low bits of what lies within the limits.
    """

    def __init__(self, *, result_width: int = 8):
        self._result_width = result_width
        super().__init__({
            "quotient": In(rounding_quotient_layout(result_width)),
            "output_zero_point": In(signed(result_width + 1)),
            "minimum": In(signed(result_width + 1)),
            "maximum": In(signed(result_width + 1)),
            "o": Out(result_width),
        })

    def elaborate(self, platform):
        m = Module()
        quotient = self.quotient
        offset = Signal(signed(self._result_width + 2))
        # One bit below the sum takes the carry in, so that a single adder rounds and offsets.
        doubled = Signal(signed(self._result_width + 4))
        total = Signal(signed(self._result_width + 3))
        over, under = Signal(), Signal()
        m.d.comb += [
            offset.eq(Mux(quotient.lower, self.output_zero_point - 1, self.output_zero_point)),
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
