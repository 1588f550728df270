# SPDX-License-Identifier: Apache-2.0
"""Turning a word by any number of bytes."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config.base import bits_for


class ByteRotator(wiring.Component):
    """Combinational: byte ``b`` of ``i`` becomes byte ``(b + amount) mod word_bytes`` of ``o``.

    Parameters
    ----------
    word_bytes : int
        A power of two, two or more.

    Members
    -------
    i : ``In(8 * word_bytes)``
    amount : ``In(bits for word_bytes)``
    o : ``Out(8 * word_bytes)``
    """

    def __init__(self, word_bytes: int):
        if word_bytes < 2 or word_bytes & word_bytes - 1:
            raise ValueError(f"ByteRotator needs a power of two of bytes, two or more, not {word_bytes!r}")
        self.word_bytes = word_bytes
        super().__init__({"i": In(8 * word_bytes), "amount": In(bits_for(word_bytes)), "o": Out(8 * word_bytes)})

    def elaborate(self, platform):
        m = Module()
        word = self.i
        for bit in range(len(self.amount)):
            turned = Signal(8 * self.word_bytes, name=f"turned_{bit}")
            m.d.comb += turned.eq(Mux(self.amount[bit], word.rotate_left(8 << bit), word))
            word = turned
        m.d.comb += self.o.eq(word)
        return m
