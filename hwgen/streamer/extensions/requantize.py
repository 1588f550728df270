# SPDX-License-Identifier: Apache-2.0
"""Rescaling of signed elements."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...config import RequantizeConfig
from ...parts.job import fields_layout
from ..extension import Extension

MULTIPLIER_BITS = 16


class RequantizeLane(wiring.Component):
    """One element: difference and product in the first cycle, shift, sum and clamp in the second.

    Members
    -------
    i, o : ``In`` and ``Out(signed(element_width))``
    parameters, late : ``In(fields_layout(config.fields))``
        Of the element in ``i``, and of the one before it.
    advance : ``In(1)``
    """

    def __init__(self, config: RequantizeConfig):
        self.width, layout = config.element_width, fields_layout(config.fields)
        super().__init__({
            "i": In(signed(self.width)), "o": Out(signed(self.width)),
            "parameters": In(layout), "late": In(layout), "advance": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        width = self.width
        difference = Signal(signed(width + 1))
        product = Signal(signed(width + 1 + MULTIPLIER_BITS), reset_less=True, attrs={"hwgen_role": "data"})
        # Doubled, so that the last bit shifted out, which decides on rounding half up, is still there.
        shifted, rounded = Signal(signed(len(product) + 1)), Signal(signed(len(product) + 1))
        total, clamped = Signal(signed(len(product) + 2)), Signal(signed(width))
        result = Signal(signed(width), reset_less=True, attrs={"hwgen_role": "data"})
        m.d.comb += [
            difference.eq(self.i - self.parameters.input_zero_point),
            shifted.eq((product << 1) >> self.late.shift),
            rounded.eq((shifted >> 1) + shifted[0]),
            total.eq(rounded + self.late.output_zero_point),
            self.o.eq(result),
        ]
        # Within the range if all bits above the result's sign equal it.
        high, negative = total[width - 1:], total[-1]
        with m.If(high.all() | ~high.any()):
            m.d.comb += clamped.eq(total)
        with m.Else():
            m.d.comb += clamped.eq(Mux(negative, -(1 << width - 1), (1 << width - 1) - 1))
        with m.If(self.advance):
            m.d.sync += [product.eq(difference * self.parameters.multiplier), result.eq(clamped)]
        return m


class Requantizer(Extension):
    """Rescales every element on its own; see `RequantizeConfig` for the formula. Latency 2."""

    config: RequantizeConfig

    def elaborate(self, platform):
        m = Module()
        width = self.config.element_width
        late = Signal(self.parameters.shape(), reset_less=True)
        with m.If(self.advance):
            m.d.sync += late.eq(self.parameters)
        for e in range(len(self.i) // width):
            m.submodules[f"lane_{e}"] = lane = RequantizeLane(self.config)
            m.d.comb += [
                lane.i.eq(self.i.word_select(e, width)),
                lane.parameters.eq(self.parameters),
                lane.late.eq(late),
                lane.advance.eq(self.advance),
                self.o.word_select(e, width).eq(lane.o),
            ]
        return m
