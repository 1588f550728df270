# SPDX-License-Identifier: Apache-2.0
"""The bus's view of the scratchpad: 32-bit words onto banks of any width."""

from amaranth import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import ClusterConfig
from ..config.base import bits_for
from ..config.register_map import WORD_BYTES, window_groups
from ..config.registers import REGISTER_BITS
from ..parts.window_port import WindowPortSignature
from ..streamer.remap import AddressRemapper


class MemoryWindow(wiring.Component):
    """Reads and writes the scratchpad 32 bits at a time.

    Banks wider than the bus are accessed by lanes, narrower ones by several accesses in a row. When
    a read and a write are waiting they alternate.

    Members
    -------
    mode : ``In``
        Addressing mode, an index into the window's groups.
    write : ``In(stream.Signature({address, data, strobe}))``
        ``address`` is a byte address within the memory; taken once written.
    read : ``In(stream.Signature(byte address))``
        Taken once its last access is granted; ``read_data`` is valid one cycle later.
    read_data : ``Out(32)``
    port : ``Out(WindowPortSignature(memory))``
    """

    def __init__(self, config: ClusterConfig):
        self.memory, self.groups = config.memory, window_groups(config)
        self.address_bits = self.memory.word_bits + self.memory.byte_bits
        self.beats = max(1, REGISTER_BITS // self.memory.bank_width)
        super().__init__({
            "mode": In(bits_for(len(self.groups))),
            "write": In(stream.Signature(data.StructLayout({
                "address": self.address_bits, "data": REGISTER_BITS, "strobe": WORD_BYTES}))),
            "read": In(stream.Signature(self.address_bits)),
            "read_data": Out(REGISTER_BITS),
            "port": Out(WindowPortSignature(self.memory)),
        })

    def elaborate(self, platform):
        m = Module()
        memory, port = self.memory, self.port
        m.submodules.remap = remap = AddressRemapper(memory, groups=self.groups)
        beat, last_beat, done = Signal(range(self.beats)), Signal(), Signal()
        writing, favor_read = Signal(), Signal()
        address, word = Signal(self.address_bits), Signal(memory.word_bits)

        m.d.comb += [
            writing.eq(self.write.valid & ~(favor_read & self.read.valid)),
            last_beat.eq(beat == self.beats - 1),
            port.request.eq(self.write.valid | self.read.valid),
            port.write.eq(writing),
            done.eq(port.request & port.grant & last_beat),
            self.write.ready.eq(done & writing),
            self.read.ready.eq(done & ~writing),
            remap.mode.eq(self.mode),
            remap.i.eq(word),
            port.bank.eq(remap.o.bank),
            port.row.eq(remap.o.row),
        ]
        with m.If(writing):
            m.d.comb += address.eq(self.write.payload.address)
        with m.Else():
            m.d.comb += address.eq(self.read.payload)
        m.d.comb += word.eq(address[memory.byte_bits:] | beat)
        # The direction may change only between whole accesses, and a refused request must hold.
        with m.If(done):
            m.d.sync += favor_read.eq(writing)
        with m.Elif(port.request):
            m.d.sync += favor_read.eq(~writing)
        with m.If(port.request & port.grant):
            m.d.sync += beat.eq(0 if self.beats == 1 else beat + 1)

        strobe, payload = self.write.payload.strobe, self.write.payload.data
        if self.beats > 1:
            step, bytes_ = memory.bank_width, memory.word_bytes
            m.d.comb += [port.be.eq(strobe.word_select(beat, bytes_)), port.write_data.eq(payload.word_select(beat, step))]
            kept = Signal(REGISTER_BITS - step)
            granted = Signal()
            m.d.sync += granted.eq(port.grant)
            m.d.comb += self.read_data.eq(Cat(kept, port.read_data))
            with m.If(granted):
                m.d.sync += kept.eq(self.read_data[step:])
        else:
            lanes = memory.bank_width // REGISTER_BITS
            lane, read_lane = Signal(range(lanes)), Signal(range(lanes))
            m.d.comb += [
                lane.eq(address[bits_for(WORD_BYTES):memory.byte_bits]),
                port.be.eq(strobe << lane * WORD_BYTES),
                port.write_data.eq(payload.replicate(lanes)),
                self.read_data.eq(port.read_data.word_select(read_lane, REGISTER_BITS)),
            ]
            m.d.sync += read_lane.eq(lane)
        return m
