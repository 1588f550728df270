# SPDX-License-Identifier: Apache-2.0
"""Transposition of one step's tile."""

from amaranth import Module

from ...config import TransposerConfig
from ..extension import Extension


class Transposer(Extension):
    """Element (r, c) of a tile of ``rows`` rows leaves as element (c, r); only wires."""

    config: TransposerConfig

    def elaborate(self, platform):
        m = Module()
        width, rows = self.config.element_width, self.config.rows_of(self.streamer.channels)
        columns = len(self.i) // width // rows
        for r in range(rows):
            for c in range(columns):
                m.d.comb += self.o.word_select(c * rows + r, width).eq(self.i.word_select(r * columns + c, width))
        return m
