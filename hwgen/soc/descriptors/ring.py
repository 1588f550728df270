# SPDX-License-Identifier: Apache-2.0
"""Fetches announced words of the ring ahead, as far as there is room for them."""

from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ...config import ClusterConfig
from ...config.base import bits_for
from ...config.descriptor_format import LARGEST_RING
from .layouts import BLOCK_WORDS, POSITION_BITS, RequestLayout, word_address_bits


class RingReader(wiring.Component):
    """Asks for the words between what was fetched and the tail, block by block.

    A request ends at the tail, the ring's end, or an aligned block's, whichever is first; it is made once
    there is room for all of it. Each takes four cycles to work out.

    Members
    -------
    base : ``In``, word address
    size : ``In``, binary logarithm
    tail : ``In(POSITION_BITS)``
    level : ``In(range(depth + 1))``
        Places of the buffer that are taken.
    arrived : ``In(1)``
        A word that was asked for has come to the buffer, or has been dropped.
    restart : ``In(1)``
        Forget what was announced; go on behind the tail.
    busy : ``In(1)``
        Something else was asked for that must come before draining ends.
    draining : ``Out(1)``
        Words of before the restart are still coming; they are to be dropped.
    request : ``Out(stream.Signature(RequestLayout(config)))``
    """

    def __init__(self, config: ClusterConfig):
        self.config, self.depth = config, config.dma.descriptors.buffer_words
        super().__init__({
            "base": In(word_address_bits(config)),
            "size": In(bits_for(LARGEST_RING + 1)),
            "tail": In(POSITION_BITS),
            "level": In(range(self.depth + 1)),
            "arrived": In(1),
            "restart": In(1),
            "busy": In(1),
            "draining": Out(1),
            "request": Out(stream.Signature(RequestLayout(self.config))),
        })

    def elaborate(self, platform):
        m = Module()
        fetched, available = Signal(POSITION_BITS), Signal(POSITION_BITS)
        position, to_end = Signal(LARGEST_RING), Signal(POSITION_BITS)
        address, count = Signal(word_address_bits(self.config)), Signal(bits_for(BLOCK_WORDS + 1))
        coming, room = Signal(range(self.depth + 1)), Signal(range(self.depth + 1))
        size, to_block = Signal(POSITION_BITS), Signal.like(count)
        asked, nearest = Signal.like(count), Signal.like(count)
        request = self.request
        m.d.comb += [
            size.eq(1 << self.size),
            to_block.eq(BLOCK_WORDS - address[:bits_for(BLOCK_WORDS)]),
            available.eq(self.tail - fetched),
            nearest.eq(count),
        ]
        with m.If((to_block < count) & (to_block <= to_end)):
            m.d.comb += nearest.eq(to_block)
        with m.Elif(to_end < count):
            m.d.comb += nearest.eq(to_end)
        m.d.sync += [room.eq(self.depth - self.level - coming), coming.eq(coming + asked - self.arrived)]
        with m.If(request.ready):
            m.d.sync += request.valid.eq(0)
        with m.FSM():
            with m.State("look"):
                m.d.sync += [position.eq(fetched & (size - 1)), count.eq(Mux(available >= BLOCK_WORDS, BLOCK_WORDS, available))]
                with m.If((available != 0) & ~request.valid & ~self.draining & ~self.restart):
                    m.next = "locate"
            with m.State("locate"):
                m.d.sync += [address.eq(self.base + position), to_end.eq(size - position)]
                m.next = "limit"
            with m.State("limit"):
                m.d.sync += count.eq(nearest)
                m.next = "ask"
            with m.State("ask"):
                m.d.sync += [request.payload.address.eq(address), request.payload.count.eq(count)]
                # The room is that of the cycle before, in which nothing was asked for.
                with m.If(room >= count):
                    m.d.comb += asked.eq(count)
                    m.d.sync += [request.valid.eq(1), fetched.eq(fetched + count)]
                    m.next = "look"
        with m.If(self.restart):
            m.d.sync += [fetched.eq(self.tail), self.draining.eq(1)]
        with m.Elif((coming == 0) & ~self.busy):
            m.d.sync += self.draining.eq(0)
        return m
