# SPDX-License-Identifier: Apache-2.0
"""Spatial address generation: the addresses of all channels of a step in one cycle."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig, StreamerConfig
from ..config.base import bits_for
from ..config.streamer_unit import spatial_stride_width
from .address import ADDRESS_BITS


class RowDistances(data.StructLayout):
    """Bytes from a lane to others along spatial dimension 0 if one row ends on the way.

    Members are ``next``, to the next lane, and ``next_but_one``. A job's are sums of its own
    (`between`), held so that no other additions precede those of addresses.
    """

    def __init__(self, memory: MemoryConfig):
        width = spatial_stride_width(memory)
        super().__init__({"next": signed(width + 1), "next_but_one": signed(width + 2)})

    def between(self, stride, wrap) -> dict:
        """Values of the members for a spatial stride, and bytes added at the end of a row."""
        return {"next": stride + wrap, "next_but_one": (stride << 1) + wrap}


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
    row : ``In(RowDistances(memory))`` (with row wrap)
    row_ends : ``In(spatial_bounds[0] - 1)`` (with row wrap)
        Bit ``i - 1``: a row ends between indices ``i - 1`` and ``i`` along spatial dimension 0.
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
        rows = {}
        if config.row_wrap:
            # As many rows end as there are lanes after the first.
            furthest += (config.spatial_bounds[0] - 1) * memory.size
            rows = {"row": In(RowDistances(memory)), "row_ends": In(config.spatial_bounds[0] - 1)}
        reach = max(bits_for(furthest + 1), bits_for(memory.size))
        self.bits = min(ADDRESS_BITS, reach + 2)
        super().__init__({
            "pointer": In(ADDRESS_BITS),
            "strides": In(data.ArrayLayout(self.stride_shape, config.spatial_dimensions)),
            **rows,
            "addresses": Out(data.ArrayLayout(self.bits, config.channels)),
            "far": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        above = self.pointer[self.bits - 1:]
        m.d.comb += self.far.eq(above.any() & ~above.all())
        addresses = self._rows(m) if self.config.row_wrap else self._plain(m)
        m.d.comb += [self.addresses[c].eq(address) for c, address in enumerate(addresses)]
        return m

    def _plain(self, m: Module) -> list:
        """Addresses of all channels, outer dimensions first."""
        addresses = [self.pointer[:self.bits]]
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
        return addresses

    def _rows(self, m: Module) -> list:
        """The same where rows may end between lanes: dimension 0 first, so that others share what that adds."""
        addresses = self._lanes_of_row(m)
        for d in range(1, self.config.spatial_dimensions):
            grown = list(addresses)
            for i, multiple in enumerate(self._multiples(m, d)[1:], 1):
                for inner, address in enumerate(addresses):
                    total = Signal(self.bits, name=f"address_{d}_{i}_{inner}")
                    m.d.comb += total.eq(address + multiple)
                    grown.append(total)
            addresses = grown
        return addresses

    def _lanes_of_row(self, m: Module) -> list:
        """Addresses along dimension 0, each one addition after that of a lane before it."""
        count, ends = self.config.spatial_bounds[0], self.row_ends
        stride, jump, both = (Signal(self.bits, name=name) for name in ("stride", "jump", "both"))
        m.d.comb += [stride.eq(self.strides[0]), jump.eq(self.row.next), both.eq(self.row.next_but_one)]

        def distance(lane: int, span: int):
            if span == 1:
                return Mux(ends[lane], jump, stride)
            if span == 2:
                here, there = ends[lane], ends[lane + 1]
                return Mux(here & there, jump << 1, Mux(here | there, both, stride << 1))
            whole = Signal(self.bits, name=f"distance_{lane}_{span}")
            m.d.comb += whole.eq(distance(lane, span // 2) + distance(lane + span // 2, span // 2))
            return whole

        addresses = [self.pointer[:self.bits]]
        # Longer spans than a quarter of the lanes would take more additions and make no path shorter.
        longest = max(2, 1 << max(0, bits_for(count) - 2))
        for lane in range(1, count):
            span = min(lane & -lane, longest)
            address = Signal(self.bits, name=f"address_0_{lane}")
            m.d.comb += address.eq(addresses[lane - span] + distance(lane - span, span))
            addresses.append(address)
        return addresses

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
