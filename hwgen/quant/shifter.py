# SPDX-License-Identifier: Apache-2.0
"""Divides a product by a power of two, keeping only what a narrow result can depend on."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

MULTIPLIER_BITS = 32
SHIFT_BITS = 6
HIGH_MULTIPLY = 31
"""Bits that the high multiply of fixed-point arithmetic drops before it rounds; twice the product's high half."""


def product_bits(input_width: int) -> int:
    """Bits of a difference times a multiplier.

    At most (2**(input_width - 1) + 127) * 2**31, so one bit less than the operands' sum.
    """
    return input_width + MULTIPLIER_BITS


def quotient_layout(result_width: int) -> data.StructLayout:
    """A product divided by ``2**shift``, not rounded yet: ``q = floor(product / 2**shift)``.

    Members
    -------
    half : 1 bit
        Bit of weight one half, below ``q``.
    sticky : 1 bit
        Whether any bit below ``half`` is set; see `ProductShifter`.
    low : ``result_width + 1`` bits
        Lowest bits of ``q``; ``Cat(low, negative)`` is ``q`` itself unless ``beyond``.
    negative : 1 bit
        The product's sign.
    beyond : 1 bit
        ``q`` is so large that no output zero point brings it back into the range of limits.
    """
    return data.StructLayout({"half": 1, "sticky": 1, "low": result_width + 1, "negative": 1, "beyond": 1})


class ProductShifter(wiring.Component):
    """Combinational right shift that drops high bits as soon as they only tell saturation.

    Three levels of four-way multiplexers shift by 16, 4 and 1 times two bits of ``shift`` each. Of a result
    of 8 bits, the levels keep 25, 13 and 10 bits; of the bits above they only note whether any differs from
    the sign, of those below whether any is set.

    Parameters
    ----------
    input_width : int
        Bits of a value; the product has 32 more.
    result_width : int

    Members
    -------
    product : ``In(signed(input_width + 32))``
    shift : ``In(6)``
        0 divides by one.
    coarse : ``In(1)``
        ``sticky`` leaves out the product's lowest 30 bits; only meaningful for shifts of 32 and more.
    inverted : ``In(1)``
        ``sticky`` tells whether any bit is clear, not set.
    o : ``Out(quotient_layout(result_width))``
    """

    def __init__(self, *, input_width: int = 32, result_width: int = 8):
        self._result_width = result_width
        super().__init__({
            "product": In(signed(product_bits(input_width))),
            "shift": In(SHIFT_BITS),
            "coarse": In(1),
            "inverted": In(1),
            "o": Out(quotient_layout(result_width)),
        })

    def elaborate(self, platform):
        m = Module()
        negative = Signal()
        halves = Signal(len(self.product) + 1)  # counts in halves, the unit of the lowest bit kept
        m.d.comb += [negative.eq(self.product[-1]), halves.eq(Cat(Const(0, 1), self.product))]

        bits, beyond, below = halves, [], []
        for level in (4, 2, 0):
            window = Signal(1 + len(self.o.low) + (1 << level) - 1, name=f"window_{level}")
            lost = Signal(name=f"lost_{level}")
            times = self.shift[level:level + 2]
            with m.Switch(times):
                for count in range(4):
                    with m.Case(count) if count < 3 else m.Default():
                        kept = bits[count << level:][:len(window)]
                        dropped = bits[count << level:][len(window):]
                        m.d.comb += window.eq(kept.as_signed())  # ends with the sign where it is shorter
                        m.d.comb += lost.eq(Mux(negative, ~dropped.all(), dropped.any()))
            below += self._passed(m, bits, level, times)
            bits = window
            beyond.append(lost)

        m.d.comb += [
            self.o.half.eq(bits[0]),
            self.o.sticky.eq(Cat(below).any()),
            self.o.low.eq(bits[1:]),
            self.o.negative.eq(negative),
            self.o.beyond.eq(Cat(beyond).any()),
        ]
        return m

    def _passed(self, m, bits, level, times):
        """Whether any bit that counts is among those one level shifts out, in up to three parts."""
        for part in range(3):
            group = bits[part << level:(part + 1) << level]
            if level == 4 and part == 0:
                group = group[1:]  # the bit added below the product
            # From 32 on, later levels see nothing of the bits that a coarse shift leaves out.
            fine = max(HIGH_MULTIPLY - (part << level), 0) - (part == 0) if level == 4 else 0
            counts, passed = Signal(len(group), name=f"counts_{level}_{part}"), Signal(name=f"passed_{level}_{part}")
            m.d.comb += [
                counts.eq(group ^ self.inverted.replicate(len(group))),
                passed.eq((times > part) & (counts[fine:].any() | (counts[:fine].any() & ~self.coarse))),
            ]
            yield passed
