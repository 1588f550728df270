# SPDX-License-Identifier: Apache-2.0
"""Repetition of a few words over all channels."""

from amaranth import Module

from ...config import BroadcasterConfig
from ..extension import Extension


class Broadcaster(Extension):
    """Repeats the words of the first ``channels / factor`` channels; only wires."""

    config: BroadcasterConfig

    def elaborate(self, platform):
        m = Module()
        period = len(self.i) // self.config.factor
        for copy in range(self.config.factor):
            m.d.comb += self.o.word_select(copy, period).eq(self.i[:period])
        return m
