# SPDX-License-Identifier: Apache-2.0
"""Element-wise addition: the smallest accelerator there is."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig
from ..config.elementwise_add import ElementwiseAddConfig


class ElementwiseAdd(wiring.Component):
    """Adds the elements of two words, limited to the element's range, without latency.

    Members
    -------
    X, Y : ``In(stream.Signature(config.width))``
        Signed element ``e`` at bit ``e * element_width``.
    Z : ``Out(stream.Signature(config.width))``
        Valid once both words are; both are taken when it is.
    """

    def __init__(self, config: ElementwiseAddConfig, memory: MemoryConfig):
        self.config = config
        word = stream.Signature(config.width)
        super().__init__({"X": In(word), "Y": In(word), "Z": Out(word)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            self.Z.valid.eq(self.X.valid & self.Y.valid),
            self.X.ready.eq(self.Z.ready & self.Y.valid),
            self.Y.ready.eq(self.Z.ready & self.X.valid),
        ]
        width = self.config.element_width
        for e in range(self.config.width // width):
            x, y = (port.payload.word_select(e, width).as_signed() for port in (self.X, self.Y))
            total = Signal(signed(width + 1), name=f"total_{e}")
            # The two highest bits differ exactly if the sum does not fit.
            limit = Mux(total[-1], 1 << width - 1, (1 << width - 1) - 1)
            m.d.comb += [
                total.eq(x + y),
                self.Z.payload.word_select(e, width).eq(Mux(total[-1] ^ total[-2], limit, total[:width])),
            ]
        return m
