# SPDX-License-Identifier: Apache-2.0
"""Wide requests: no channel goes on before all have been granted."""

from amaranth import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import StreamerConfig
from .pointers import PointerSpace


class StepTurn(wiring.Component):
    """Tells which channels may request where a streamer has no fine-grained prefetch.

    All channels request the words of one step, in the same cycle unless some are refused; those of
    the next step are requested once every channel has been served.

    Members
    -------
    positions : ``In(ArrayLayout(pointer, channels))``
        Number of the step each channel would request next.
    served : ``In(channels)``
        The channel is served in this cycle.
    allowed : ``Out(channels)``
        The channel's next step is the one whose turn it is; depends on registers only.
    """

    def __init__(self, config: StreamerConfig, space: PointerSpace):
        self.space = space
        super().__init__({
            "positions": In(data.ArrayLayout(space.bits, config.channels)),
            "served": In(config.channels),
            "allowed": Out(config.channels),
        })

    def elaborate(self, platform):
        m = Module()
        current = self.space.signal("current")
        m.d.comb += [self.allowed[c].eq(position == current) for c, position in enumerate(self.positions)]
        with m.If((~self.allowed | self.served).all()):
            m.d.sync += current.eq(current + 1)
        return m
