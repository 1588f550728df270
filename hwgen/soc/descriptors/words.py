# SPDX-License-Identifier: Apache-2.0
"""Words of 32 bits out of external memory, or out of the scratchpad."""

from amaranth import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ...config import ClusterConfig
from ...config.base import bits_for
from ...config.register_map import WORD_BYTES
from ...config.registers import REGISTER_BITS
from ...parts.axi import AxiReadSignature
from ...parts.queue import Queue
from .layouts import WORD_LAYOUT, RequestLayout, word_address_bits

BURSTS = 8
"""Bursts that may be under way."""
BEATS = 16
"""Beats that can wait to be taken apart."""


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
        dma, request = self.config.dma, self.i.payload
        # Beats are taken at once, so that they do not stand in the way of others' behind them.
        m.submodules.beats = beats = Queue(self.fetch.beat.payload.shape(), depth=BEATS)
        connect(m, flipped(self.fetch.beat), beats.i)
        beat = beats.o
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
    answer : ``In({valid, payload})``
        Words read, in order.
    """

    def __init__(self, config: ClusterConfig):
        self.config = config
        self.address_bits = bits_for(config.memory.size)
        super().__init__({
            "i": In(stream.Signature(RequestLayout(config))),
            "o": Out(stream.Signature(WORD_LAYOUT, always_ready=True)),
            "read": Out(stream.Signature(self.address_bits)),
            "answer": In(stream.Signature(REGISTER_BITS, always_ready=True)),
        })

    def elaborate(self, platform):
        m = Module()
        request, inside = self.i.payload, self.address_bits - bits_for(WORD_BYTES)
        address, left = Signal(word_address_bits(self.config)), Signal(len(request.count))
        coming = Signal.like(left)
        table, outside, taken, answered = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            outside.eq(address[inside:].any()),
            self.i.ready.eq(coming == 0),
            self.read.valid.eq((left != 0) & ~outside),
            self.read.payload.eq(address[:inside] << bits_for(WORD_BYTES)),
            taken.eq((left != 0) & ~outside & self.read.ready),
            answered.eq((coming != 0) & (self.answer.valid | outside & (left == coming))),
        ]
        m.d.sync += [
            self.o.valid.eq(answered),
            self.o.payload.data.eq(self.answer.payload),
            self.o.payload.error.eq(outside & ~self.answer.valid),
            self.o.payload.table.eq(table),
        ]
        with m.If(self.i.ready):
            m.d.sync += [address.eq(request.address), table.eq(request.table)]
            with m.If(self.i.valid):
                m.d.sync += [left.eq(request.count), coming.eq(request.count)]
        with m.Else():
            with m.If(taken | (outside & answered & ~self.answer.valid)):
                m.d.sync += [address.eq(address + 1), left.eq(left - 1)]
            with m.If(answered):
                m.d.sync += coming.eq(coming - 1)
        return m
