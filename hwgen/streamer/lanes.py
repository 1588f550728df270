# SPDX-License-Identifier: Apache-2.0
"""Spatial address generation: the addresses of all channels of a step in one cycle."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import StreamerConfig
from .address import ADDRESS_BITS


class LaneAddresses(wiring.Component):
    """Combinational byte addresses of every channel, modulo 2**32.

    Members
    -------
    pointer : ``In(32)``
        Byte address of channel 0.
    strides : ``In(ArrayLayout(signed(32), spatial dimensions))``
        Bytes between neighbors along each spatial dimension.
    addresses : ``Out(ArrayLayout(32, channels))``
        Channels counted with spatial dimension 0 innermost.
    """

    def __init__(self, config: StreamerConfig):
        self.config = config
        super().__init__({
            "pointer": In(ADDRESS_BITS),
            "strides": In(data.ArrayLayout(signed(ADDRESS_BITS), config.spatial_dimensions)),
            "addresses": Out(data.ArrayLayout(ADDRESS_BITS, config.channels)),
        })

    def elaborate(self, platform):
        m = Module()
        addresses = [self.pointer]
        for d in reversed(range(self.config.spatial_dimensions)):
            multiples = self._multiples(m, d)
            grown = []
            for outer, address in enumerate(addresses):
                grown.append(address)
                for i in range(1, len(multiples)):
                    total = Signal(ADDRESS_BITS, name=f"address_{d}_{outer}_{i}")
                    m.d.comb += total.eq(address + multiples[i])
                    grown.append(total)
            addresses = grown
        m.d.comb += [self.addresses[c].eq(address) for c, address in enumerate(addresses)]
        return m

    def _multiples(self, m: Module, d: int) -> list:
        """0, 1, 2, … times the stride of dimension ``d``; even ones are shifts."""
        stride = self.strides[d]
        multiples = [0, stride]
        for i in range(2, self.config.spatial_bounds[d]):
            multiple = Signal(ADDRESS_BITS, name=f"stride_{d}_times_{i}")
            m.d.comb += multiple.eq(multiples[i // 2] << 1 if i % 2 == 0 else multiples[i - 1] + stride)
            multiples.append(multiple)
        return multiples[: self.config.spatial_bounds[d]]
