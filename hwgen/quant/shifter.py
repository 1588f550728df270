# SPDX-License-Identifier: Apache-2.0
"""Divides a product by a power of two, keeping only what an int8 result can depend on."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

DIFFERENCE_BITS = 33
"""An int32 less an int8."""
PRODUCT_BITS = 64
"""A difference times an int32: (2**31 + 127) * 2**31 at most, so one bit less than the operands' sum."""
SHIFT_BITS = 6
QUOTIENT_BITS = 8
"""Magnitude bits of a quotient that, plus an int8, can still be an int8."""


class Quotient(data.Struct):
    """A product divided by ``2**shift``, not rounded yet: ``q = floor(product / 2**shift)``.

    Members
    -------
    carry : 1 bit
        Bit of weight one half. The rounded value is ``q + carry``, or ``q - 1 + carry`` if negative.
    low : 8 bits
        Lowest bits of ``q``; ``Cat(low, negative)`` is ``q`` itself unless ``beyond``.
    negative : 1 bit
        The product's sign.
    beyond : 1 bit
        ``q`` is outside -256..255, so that no int8 zero point brings it back within int8.
    """

    carry: 1
    low: QUOTIENT_BITS
    negative: 1
    beyond: 1


class ProductShifter(wiring.Component):
    """Combinational right shift that drops high bits as soon as they only tell saturation.

    Three levels of four-way multiplexers shift by 16, 4 and 1 times two bits of ``shift`` each. As the
    result is nine bits wide, the levels keep 24, 12 and 9 bits; of the others they only note whether
    any differs from the sign.

    Members
    -------
    product : ``In(signed(64))``
    shift : ``In(6)``
        0 divides by one and sets ``carry`` so that rounding changes nothing.
    o : ``Out(Quotient)``
    """

    product: In(signed(PRODUCT_BITS))
    shift: In(SHIFT_BITS)
    o: Out(Quotient)

    def elaborate(self, platform):
        m = Module()
        negative = Signal()
        halves = Signal(PRODUCT_BITS + 1)  # counts in halves, the unit of the carry
        m.d.comb += [negative.eq(self.product[-1]), halves.eq(Cat(Const(0, 1), self.product))]

        bits, beyond = halves, []
        for level in (4, 2, 0):
            window = Signal(1 + QUOTIENT_BITS + (1 << level) - 1, name=f"window_{level}")
            lost = Signal(name=f"lost_{level}")
            with m.Switch(self.shift[level:level + 2]):
                for times in range(4):
                    with m.Case(times) if times < 3 else m.Default():
                        kept = bits[times << level:][:len(window)]
                        dropped = bits[times << level:][len(window):]
                        m.d.comb += window.eq(kept.as_signed())  # ends with the sign where it is shorter
                        m.d.comb += lost.eq(Mux(negative, ~dropped.all(), dropped.any()))
            bits = window
            beyond.append(lost)

        m.d.comb += [
            self.o.carry.eq(bits[0] | (negative & (self.shift == 0))),
            self.o.low.eq(bits[1:]),
            self.o.negative.eq(negative),
            self.o.beyond.eq(Cat(beyond).any()),
        ]
        return m
