# SPDX-License-Identifier: Apache-2.0
"""Spatial address generation: the addresses of all channels of a step in one cycle."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig, StreamerConfig
from ..config.base import bits_for
from ..config.streamer_unit import spatial_stride_width
from .address import ADDRESS_BITS


class LaneAddresses(wiring.Component):
    """Combinational byte addresses of every channel.

    Only as many bits are summed as offsets within the strides' range can move an address into the
    memory; a pointer further away is told by ``far``, and then every channel lies outside.

    Members
    -------
    pointer : ``In(32)``
        Byte address of channel 0.
    strides : ``In(ArrayLayout(signed(spatial_stride_width), spatial dimensions))``
        Bytes between neighbors along each spatial dimension.
    addresses : ``Out(ArrayLayout(bits, channels))``
        Low ``bits`` bits of the addresses, channels counted with spatial dimension 0 innermost.
    far : ``Out(1)``
        No channel lies within the memory, whatever ``addresses`` says.
    """

    def __init__(self, memory: MemoryConfig, config: StreamerConfig):
        self.config = config
        self.stride_shape = signed(spatial_stride_width(memory))
        # Offsets stay within 2**reach; sums of W = reach + 2 bits with a pointer of W bits tell
        # every address from 0 to 2**reach from all others, and the memory ends before.
        furthest = sum(bound - 1 for bound in config.spatial_bounds) * memory.size
        reach = max(bits_for(furthest + 1), bits_for(memory.size))
        self.bits = min(ADDRESS_BITS, reach + 2)
        super().__init__({
            "pointer": In(ADDRESS_BITS),
            "strides": In(data.ArrayLayout(self.stride_shape, config.spatial_dimensions)),
            "addresses": Out(data.ArrayLayout(self.bits, config.channels)),
            "far": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        above = self.pointer[self.bits - 1:]
        addresses = [self.pointer[:self.bits]]
        m.d.comb += self.far.eq(above.any() & ~above.all())
        for d in reversed(range(self.config.spatial_dimensions)):
            multiples = self._multiples(m, d)
            grown = []
            for outer, address in enumerate(addresses):
                grown.append(address)
                for i in range(1, len(multiples)):
                    total = Signal(self.bits, name=f"address_{d}_{outer}_{i}")
                    m.d.comb += total.eq(address + multiples[i])
                    grown.append(total)
            addresses = grown
        m.d.comb += [self.addresses[c].eq(address) for c, address in enumerate(addresses)]
        return m

    def _multiples(self, m: Module, d: int) -> list:
        """0, 1, 2, … times the stride of dimension ``d``; even ones are shifts."""
        stride = Signal(self.bits, name=f"stride_{d}")
        m.d.comb += stride.eq(self.strides[d])
        multiples = [0, stride]
        for i in range(2, self.config.spatial_bounds[d]):
            multiple = Signal(self.bits, name=f"stride_{d}_times_{i}")
            m.d.comb += multiple.eq(multiples[i // 2] << 1 if i % 2 == 0 else multiples[i - 1] + stride)
            multiples.append(multiple)
        return multiples[: self.config.spatial_bounds[d]]
