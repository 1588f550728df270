# SPDX-License-Identifier: Apache-2.0
"""From one temporal step to the bank accesses of all channels, checked and remapped."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig, StreamerConfig
from ..config.base import bits_for
from ..config.error_causes import ErrorCause
from ..config.streamer_unit import spatial_stride_width
from .address import ADDRESS_BITS
from .lanes import LaneAddresses, RowDistances
from .remap import AddressRemapper


class Access(data.StructLayout):
    """One channel's access: a bank within the channel's reach, a row, and whether it takes place."""

    def __init__(self, memory: MemoryConfig, reach: int):
        super().__init__({
            "bank": bits_for(memory.banks // reach),
            "row": memory.row_bits,
            "active": 1,
        })


class StepRequest(wiring.Component):
    """Combinational: all accesses of one step.

    Accesses outside the memory, not aligned to a bank word (unless addresses are those of bytes), or beyond the channel's reach are made
    inactive and reported; so are, without a report, channels that are not enabled.

    Members
    -------
    pointer, strides
        As in `LaneAddresses`.
    mode
        As in `AddressRemapper`.
    enable : ``In(channels)``
    accesses : ``Out(ArrayLayout(Access, channels))``
    error : ``Out(ErrorCause)``
        Of the lowest channel that has one.
    error_channel : ``Out(bits for channels)``
    row, row_ends
        With row wrap, as in `LaneAddresses`.
    error_row_ends : ``Out(bits for spatial_bounds[0])`` (with row wrap)
        Ends of rows between channel 0 and that channel.
    """

    def __init__(self, memory: MemoryConfig, config: StreamerConfig):
        self.memory, self.config = memory, config
        self.reach = 1 if config.reach == "all" else config.reach
        stride, lanes = signed(spatial_stride_width(memory)), config.spatial_bounds[0]
        super().__init__({
            "pointer": In(ADDRESS_BITS),
            "strides": In(data.ArrayLayout(stride, config.spatial_dimensions)),
            "mode": In(bits_for(len(config.groups))),
            "enable": In(config.channels),
            "accesses": Out(data.ArrayLayout(Access(memory, self.reach), config.channels)),
            "error": Out(2),
            "error_channel": Out(bits_for(config.channels)),
            **({"row": In(RowDistances(memory)), "row_ends": In(lanes - 1), "error_row_ends": Out(bits_for(lanes))}
               if config.row_wrap else {}),
        })

    def elaborate(self, platform):
        m = Module()
        memory, channels = self.memory, self.config.channels
        reach_bits = bits_for(self.reach)
        m.submodules.lanes = lanes = LaneAddresses(self.memory, self.config)
        m.d.comb += [lanes.pointer.eq(self.pointer), lanes.strides.eq(self.strides)]
        if self.config.row_wrap:
            m.d.comb += [lanes.row.eq(self.row), lanes.row_ends.eq(self.row_ends)]

        outside, unaligned, beyond = Signal(channels), Signal(channels), Signal(channels)
        wrong = Signal(channels)
        m.d.comb += wrong.eq((outside | unaligned | beyond) & self.enable)
        for c in range(channels):
            address = Signal(lanes.bits, name=f"address_{c}")
            m.submodules[f"remap_{c}"] = remap = AddressRemapper(memory, groups=self.config.groups)
            access = self.accesses[c]
            m.d.comb += [
                address.eq(lanes.addresses[c]),
                remap.mode.eq(self.mode),
                remap.i.eq(address[memory.byte_bits:]),
                outside[c].eq(lanes.far | address[memory.byte_bits + memory.word_bits:].any()),
                unaligned[c].eq(0 if self.config.byte_addressed else address[:memory.byte_bits].any()),
                beyond[c].eq(remap.o.bank[:reach_bits] != c % self.reach),
                access.bank.eq(remap.o.bank[reach_bits:]),
                access.row.eq(remap.o.row),
                access.active.eq(self.enable[c] & ~wrong[c]),
            ]

        chosen = Signal(channels)
        m.d.comb += [
            chosen.eq(wrong & (~wrong + 1)),
            self.error_channel.eq(Cat(
                Cat(chosen[c] for c in range(channels) if c >> bit & 1).any()
                for bit in range(len(self.error_channel)))),
        ]
        with m.If((chosen & outside).any()):
            m.d.comb += self.error.eq(ErrorCause.OUTSIDE_MEMORY)
        with m.Elif((chosen & unaligned).any()):
            m.d.comb += self.error.eq(ErrorCause.UNALIGNED)
        with m.Elif(Cat(wrong).any()):
            m.d.comb += self.error.eq(ErrorCause.BEYOND_REACH)
        if self.config.row_wrap:
            m.d.comb += self.error_row_ends.eq(self._row_ends_before(m, chosen))
        return m

    def _row_ends_before(self, m: Module, chosen):
        """Ends of rows before the one channel whose bit is set in ``chosen``."""
        counts = [0]
        for i in range(len(self.row_ends)):
            count = Signal(len(self.error_row_ends), name=f"row_ends_before_{i + 1}")
            m.d.comb += count.eq(counts[i] + self.row_ends[i])
            counts.append(count)
        found = 0
        for c, lane in enumerate(self.config.lanes()):
            found |= Mux(chosen[c], counts[lane[0]], 0)
        return found
