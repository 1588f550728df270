# SPDX-License-Identifier: Apache-2.0
"""Write streamer: takes a job's steps and writes their words channel by channel."""

from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import MemoryConfig, StreamerConfig
from ..config.streamer_unit import streamer_unit
from ..parts.job import JobSignature
from ..parts.memory_port import MemoryPortSignature
from .channel import AddressBuffer
from .extension import ExtensionChain
from .front import AddressFront, ErrorReport
from .pointers import PointerSpace
from .status import count_ones


class WriteStreamer(wiring.Component):
    """N-dimensional writes through independent channels.

    A step is taken when every channel has room for its word and the step's addresses are there;
    each channel then writes on its own. ``i.ready`` depends on registers only. A word is requested
    one cycle after it is taken; with an address or data buffer of depth 1 in the same cycle, so that
    one step per cycle is sustained with buffers of any depth.

    Members
    -------
    job : ``Out(JobSignature(unit))``
        Done once the job's last word is visible in its bank.
    i : ``In(stream.Signature(channels * bank_width))``
        One temporal step; word of channel ``c`` at bit ``c * bank_width``.
    ports : ``Out(MemoryPortSignature)``, one for each channel
    error : ``Out(ErrorReport(config))``
    accesses : ``Out``
        Bank words requested and granted in this cycle.
    """

    def __init__(self, memory: MemoryConfig, name: str, config: StreamerConfig):
        if config.reads:
            raise ValueError(f"WriteStreamer needs a config whose mode is 'write', not {config.mode!r}")
        self.memory, self.name, self.config = memory, name, config
        self.unit = streamer_unit(name, config, memory)
        # Every word kept waits with its address, so places beyond those for addresses would stay empty.
        self.depth = min(config.address_buffer_depth, config.data_buffer_depth)
        reach = 1 if config.reach == "all" else config.reach
        super().__init__({
            "job": Out(JobSignature(self.unit)),
            "i": In(stream.Signature(config.channels * memory.bank_width)),
            "ports": Out(MemoryPortSignature(memory, reach=reach, reads=False)).array(config.channels),
            "error": Out(ErrorReport(config)),
            "accesses": Out(range(config.channels + 1)),
        })

    def elaborate(self, platform):
        m = Module()
        config, channels, space = self.config, self.config.channels, PointerSpace(self.config)
        m.submodules.front = front = AddressFront(self.memory, self.name, config)
        m.submodules.chain = chain = ExtensionChain(self.memory, config)
        connect(m, flipped(self.job.entry), front.entry)
        m.d.comb += [self.error.eq(front.error), chain.i.eq(self.i.payload)]

        # Shared positions: addresses are written at `write`, data at `fill`; all channels have
        # written every step before `retire`.
        write, fill, retire = space.shared("write"), space.shared("fill"), space.shared("retire")
        limit = space.signal("limit")
        full, blocked, written = Signal(channels), Signal(channels), Signal(channels)
        push, retired = Signal(), Signal()
        m.d.comb += [front.step.ready.eq(~full.any()), limit.eq(space.near(fill, -self.depth))]
        with m.If(front.step.valid & front.step.ready):
            m.d.sync += write.eq(write + 1)
        with m.If(push):
            m.d.sync += fill.eq(fill + 1)
        with m.If(retired):
            m.d.sync += retire.eq(retire + 1)

        granted = Signal(channels)
        for c in range(channels):
            self._channel(m, c, front, chain, write, fill, limit, push, full, blocked, granted)
            m.d.comb += written[c].eq(m.submodules[f"addresses_{c}"].pointer != space.near(retire))

        m.submodules.last_steps = last_steps = Memory(shape=1, depth=1 << space.shared_bits, init=[])
        mark, at_fill, at_retire = (last_steps.write_port(), last_steps.read_port(domain="comb"),
                                    last_steps.read_port(domain="comb"))
        m.d.comb += [
            mark.en.eq(front.step.valid & front.step.ready),
            mark.addr.eq(write),
            mark.data.eq(front.step.payload.last),
            at_fill.addr.eq(fill),
            at_retire.addr.eq(retire),
        ]

        # Jobs leave the front's queue when their last step is taken; those whose words have not all
        # been written, and empty ones among them, are completed in order behind it.
        filled, completed = space.signal("filled"), Signal()
        data_job = front.job.payload
        m.d.comb += [
            self.i.ready.eq((fill != write) & ~blocked.any() & front.job.valid & ~data_job.empty),
            push.eq(self.i.valid & self.i.ready),
            chain.enable.eq(data_job.enable),
            retired.eq(written.all()),
            completed.eq(retired & at_retire.data),
            front.job.ready.eq(Mux(data_job.empty, filled == 0, push & at_fill.data)),
            self.job.done.eq(completed | (front.job.valid & data_job.empty & (filled == 0))),
            self.accesses.eq(count_ones(m, granted, "accesses")),
        ]
        m.d.sync += filled.eq(filled + (push & at_fill.data) - completed)
        return m

    def _channel(self, m, c, front, chain, write, fill, limit, push, full, blocked, granted):
        """Address buffer, data buffer and request of channel ``c``."""
        width, space, depth = self.memory.bank_width, PointerSpace(self.config), self.depth
        port = self.ports[c]
        m.submodules[f"addresses_{c}"] = addresses = AddressBuffer(self.memory, self.config)
        m.submodules[f"data_{c}"] = storage = Memory(shape=width, depth=space.slots(depth), init=[])
        store, load = storage.write_port(), storage.read_port(domain="comb")
        word = chain.o.word_select(c, width)
        waiting, request = Signal(name=f"waiting_{c}"), Signal(name=f"ready_{c}")
        m.d.comb += [
            addresses.write.eq(front.step.valid & front.step.ready),
            addresses.access.eq(front.step.payload.accesses[c]),
            addresses.write_pointer.eq(space.near(write)),
            full[c].eq(addresses.full),
            store.en.eq(push),
            store.addr.eq(space.slot(fill, depth)),
            store.data.eq(word),
            load.addr.eq(space.slot(addresses.pointer, depth)),
            waiting.eq(addresses.pointer != space.near(fill)),
            blocked[c].eq(addresses.pointer == limit),
            port.request.eq(request & addresses.head.active),
            port.bank.eq(addresses.head.bank),
            port.row.eq(addresses.head.row),
            port.urgent.eq(blocked[c]),
            port.late.eq(blocked[c]),
            addresses.advance.eq(request & (port.grant | ~addresses.head.active)),
            granted[c].eq(port.request & port.grant),
        ]
        if depth == 1:
            m.d.comb += [request.eq(waiting | push), port.write_data.eq(Mux(waiting, load.data, word))]
        else:
            m.d.comb += [request.eq(waiting), port.write_data.eq(load.data)]
