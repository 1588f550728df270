# SPDX-License-Identifier: Apache-2.0
"""One bank of the scratchpad: the module an SRAM macro replaces."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig


class MemoryBank(wiring.Component):
    """Single-port memory with byte enables and one cycle of latency; contents start undefined.

    Members
    -------
    en : ``In(1)``
        Access the bank in this cycle.
    we : ``In(1)``
        Write (1) or read (0).
    be : ``In(bank_width / 8)``
        Bytes to write.
    addr : ``In(row_bits)``
    wdata : ``In(bank_width)``
    rdata : ``Out(bank_width)``
        Word read in the cycle before; undefined after a write or an idle cycle.
    """

    def __init__(self, memory: MemoryConfig):
        self.memory = memory
        super().__init__({
            "en": In(1),
            "we": In(1),
            "be": In(memory.word_bytes),
            "addr": In(memory.row_bits),
            "wdata": In(memory.bank_width),
            "rdata": Out(memory.bank_width),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.storage = storage = Memory(shape=self.memory.bank_width, depth=self.memory.bank_depth, init=[])
        write, read = storage.write_port(granularity=8), storage.read_port()
        m.d.comb += [
            write.addr.eq(self.addr),
            write.data.eq(self.wdata),
            read.addr.eq(self.addr),
            read.en.eq(self.en & ~self.we),
            self.rdata.eq(read.data),
        ]
        with m.If(self.en & self.we):
            m.d.comb += write.en.eq(self.be)
        return m
