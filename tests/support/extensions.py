# SPDX-License-Identifier: Apache-2.0
"""An extension as a user's package may have one, of any latency."""

from typing import Annotated, Any, ClassVar

from amaranth import Cat, Module, Mux, Signal
from pydantic import Field

from hwgen.config import ExtensionConfig
from hwgen.config.registers import Field as RegisterField
from hwgen.streamer.extension import Extension

KIND = "support.extensions:AddConfig"


class Add(Extension):
    """Adds the job's addend to each byte that was not left out, at the end of its pipeline."""

    def elaborate(self, platform):
        m = Module()
        words, mask, addend = self.i, self.mask, self.parameters.addend
        for stage in range(self.config.cycles):
            before, after = Cat(words, mask, addend), Signal(len(words) + len(mask) + 8, name=f"stage_{stage}")
            with m.If(self.advance):
                m.d.sync += after.eq(before)
            words, mask, addend = after[:len(words)], after[len(words):-8], after[-8:]
        for b, kept in enumerate(mask):
            m.d.comb += self.o.word_select(b, 8).eq(words.word_select(b, 8) + Mux(kept, addend, 0))
        return m


class AddConfig(ExtensionConfig):
    """Adds to each byte modulo 256."""

    hardware: ClassVar[Any] = Add
    cycles: Annotated[int, Field(ge=0)] = 0
    """Latency."""

    @property
    def fields(self):
        return (RegisterField("addend", 8, "Added to each byte."),)

    @property
    def latency(self):
        return self.cycles

    def golden(self, words, mask, parameters, memory):
        result = []
        for word, kept in zip(words, mask, strict=True):
            parts = [(word >> 8 * b) + (parameters["addend"] if kept >> b & 1 else 0) & 0xFF for b in range(memory.word_bytes)]
            result.append(int.from_bytes(bytes(parts), "little"))
        return result


def add(cycles=0):
    return AddConfig(kind=KIND, cycles=cycles)


class Invert(Extension):
    """Inverts each bit, one cycle later."""

    def elaborate(self, platform):
        m = Module()
        inverted = Signal(len(self.i))
        with m.If(self.advance):
            m.d.sync += inverted.eq(~self.i)
        m.d.comb += self.o.eq(inverted)
        return m


class InvertConfig(ExtensionConfig):
    """For proofs, which have an easy time with it."""

    hardware: ClassVar[Any] = Invert

    @property
    def latency(self):
        return 1

    def golden(self, words, mask, parameters, memory):
        return [word ^ (1 << memory.bank_width) - 1 for word in words]
