# SPDX-License-Identifier: Apache-2.0
"""What one channel of either direction keeps: its addresses and how far it has requested."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig, StreamerConfig
from .pointers import PointerSpace
from .request import Access


class AddressBuffer(wiring.Component):
    """Addresses of one channel, written at the shared pointer and requested at the channel's own.

    Parameters
    ----------
    memory : MemoryConfig
    config : StreamerConfig
    under_way : int
        Places besides ``config.address_buffer_depth``, as in `PointerSpace`.

    Members
    -------
    write : ``In(1)``
        Store ``access`` at ``write_pointer`` (which then advances).
    access : ``In(Access)``
    write_pointer : ``In(pointer)``
        Shared by all channels of the streamer.
    full : ``Out(1)``
        No further address fits. With a configured depth of 1 or 2, room made by ``advance`` counts at once.
    pending : ``Out(1)``
        ``head`` holds an address that has not been requested.
    head : ``Out(Access)``
    advance : ``In(1)``
        The access at ``head`` is served in this cycle.
    pointer : ``Out(pointer)``
        Number of the step at ``head``.
    """

    def __init__(self, memory: MemoryConfig, config: StreamerConfig, *, under_way: int = 0):
        reach = 1 if config.reach == "all" else config.reach
        self.config, self.access_layout = config, Access(memory, reach)
        self.depth, self.space = config.address_buffer_depth + under_way, PointerSpace(config, under_way=under_way)
        super().__init__({
            "write": In(1),
            "access": In(self.access_layout),
            "write_pointer": In(self.space.bits),
            "full": Out(1),
            "pending": Out(1),
            "head": Out(self.access_layout),
            "advance": In(1),
            "pointer": Out(self.space.bits),
        })

    def elaborate(self, platform):
        m = Module()
        depth, space = self.depth, self.space
        m.submodules.storage = storage = Memory(shape=self.access_layout, depth=space.slots(depth), init=[])
        write, read = storage.write_port(), storage.read_port(domain="comb")
        at_limit = Signal()
        m.d.comb += [
            write.en.eq(self.write),
            write.addr.eq(space.slot(self.write_pointer, depth)),
            write.data.eq(self.access),
            read.addr.eq(space.slot(self.pointer, depth)),
            self.head.eq(read.data),
            self.pending.eq(self.pointer != self.write_pointer),
            at_limit.eq(self.pointer == (self.write_pointer - depth)[:space.bits]),
            self.full.eq(at_limit & ~self.advance if self.config.address_buffer_depth <= 2 else at_limit),
        ]
        with m.If(self.advance):
            m.d.sync += self.pointer.eq(self.pointer + 1)
        return m
