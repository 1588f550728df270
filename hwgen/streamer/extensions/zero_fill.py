# SPDX-License-Identifier: Apache-2.0
"""A value in place of what was left out."""

from amaranth import Module, Mux

from ...config import ZeroFillConfig
from ..extension import Extension


class ZeroFill(Extension):
    """Puts the job's ``fill_value`` where bytes were left out, each byte that of its place in the element."""

    config: ZeroFillConfig

    def elaborate(self, platform):
        m = Module()
        element_bytes = self.config.element_width // 8
        for byte, kept in enumerate(self.mask):
            filler = self.parameters.fill_value.as_unsigned().word_select(byte % element_bytes, 8)
            m.d.comb += self.o.word_select(byte, 8).eq(Mux(kept, self.i.word_select(byte, 8), filler))
        return m
