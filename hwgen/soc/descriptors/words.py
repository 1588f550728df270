# SPDX-License-Identifier: Apache-2.0
"""Words of 32 bits out of external memory, or out of the scratchpad."""

from amaranth import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ...config import ClusterConfig
from ...config.base import bits_for
from ...config.register_map import WORD_BYTES
from ...config.registers import REGISTER_BITS
from ...parts.axi import AxiReadSignature
from ...parts.queue import Queue
from .layouts import WORD_LAYOUT, RequestLayout, word_address_bits

BURSTS = 8
"""Bursts that may be under way."""


class ExternalWords(wiring.Component):
    """Turns requests into bursts, and their beats into words, one in each cycle.

    A request beyond the external address space is answered by words with ``error`` set. Words are
    not held back: there is room for what is asked for.

    Members
    -------
    i : ``In(stream.Signature(RequestLayout(config)))``
    o : ``Out({valid, payload})``
        A word in this cycle.
    fetch : ``Out(AxiReadSignature(address_width, data_width))``
    """

    def __init__(self, config: ClusterConfig):
        self.config = config
        super().__init__({
            "i": In(stream.Signature(RequestLayout(config))),
            "o": Out(stream.Signature(WORD_LAYOUT, always_ready=True)),
            "fetch": Out(AxiReadSignature(config.dma.address_width, config.dma.data_width)),
        })

    def elaborate(self, platform):
        m = Module()
        dma, request, beat = self.config.dma, self.i.payload, self.fetch.beat
        lanes = dma.data_width // REGISTER_BITS
        lane_bits, address_bits = bits_for(lanes), dma.address_width - bits_for(WORD_BYTES)
        burst = data.StructLayout({"lane": lane_bits, "count": len(request.count), "table": 1, "outside": 1})
        m.submodules.bursts = bursts = Queue(burst, depth=BURSTS)
        first, outside = Signal(lane_bits), Signal()
        m.d.comb += [
            first.eq(request.address[:lane_bits]),
            outside.eq(request.address[address_bits:].any()),
            bursts.i.payload.lane.eq(first),
            bursts.i.payload.count.eq(request.count),
            bursts.i.payload.table.eq(request.table),
            bursts.i.payload.outside.eq(outside),
            self.fetch.request.valid.eq(self.i.valid & bursts.i.ready & ~outside),
            self.fetch.request.payload.address.eq(request.address[lane_bits:address_bits] << lane_bits + bits_for(WORD_BYTES)),
            self.fetch.request.payload.length.eq((first + request.count - 1)[lane_bits:]),
            self.i.ready.eq(bursts.i.ready & (self.fetch.request.ready | outside)),
            bursts.i.valid.eq(self.i.valid & self.i.ready),
        ]

        active, lane, left = Signal(), Signal(lane_bits), Signal(len(request.count))
        there, last, whole = Signal(), Signal(), Signal()
        current = bursts.o.payload
        m.d.comb += [
            there.eq(active & (beat.valid | current.outside)),
            last.eq(left == 1),
            whole.eq((lane == lanes - 1) if lane_bits else 1),
            beat.ready.eq(active & (whole | last) & ~current.outside),
            bursts.o.ready.eq(there & last),
        ]
        m.d.sync += [
            self.o.valid.eq(there),
            self.o.payload.data.eq(beat.payload.data.word_select(lane, REGISTER_BITS)),
            self.o.payload.error.eq(current.outside | beat.payload.error),
            self.o.payload.table.eq(current.table),
        ]
        with m.If(~active):
            m.d.sync += [active.eq(bursts.o.valid), lane.eq(current.lane), left.eq(current.count)]
        with m.Elif(there):
            m.d.sync += [active.eq(~last), left.eq(left - 1)]
            if lane_bits:
                m.d.sync += lane.eq(lane + 1)
        return m


class ScratchpadWords(wiring.Component):
    """Reads the words of one request after the other from the scratchpad, one in each cycle that the window grants.

    A request beyond the memory is answered by words with ``error`` set.

    Members
    -------
    i : ``In(stream.Signature(RequestLayout(config)))``
    o : ``Out({valid, payload})``
        A word in this cycle.
    read : ``Out(stream.Signature(byte address))``
        To the memory window.
    read_data : ``In(32)``
        One cycle after ``read`` was taken.
    """

    def __init__(self, config: ClusterConfig):
        self.config = config
        self.address_bits = bits_for(config.memory.size)
        super().__init__({
            "i": In(stream.Signature(RequestLayout(config))),
            "o": Out(stream.Signature(WORD_LAYOUT, always_ready=True)),
            "read": Out(stream.Signature(self.address_bits)),
            "read_data": In(REGISTER_BITS),
        })

    def elaborate(self, platform):
        m = Module()
        request, inside = self.i.payload, self.address_bits - bits_for(WORD_BYTES)
        address, left = Signal(word_address_bits(self.config)), Signal(len(request.count))
        table, outside, taken = Signal(), Signal(), Signal()
        m.d.comb += [
            outside.eq(address[inside:].any()),
            self.i.ready.eq(left == 0),
            self.read.valid.eq((left != 0) & ~outside),
            self.read.payload.eq(address[:inside] << bits_for(WORD_BYTES)),
            taken.eq((left != 0) & (outside | self.read.ready)),
            self.o.payload.data.eq(self.read_data),
        ]
        m.d.sync += [self.o.valid.eq(taken), self.o.payload.error.eq(outside), self.o.payload.table.eq(table)]
        with m.If(self.i.ready):
            m.d.sync += [address.eq(request.address), table.eq(request.table)]
            with m.If(self.i.valid):
                m.d.sync += left.eq(request.count)
        with m.Elif(taken):
            m.d.sync += [address.eq(address + 1), left.eq(left - 1)]
        return m
