# SPDX-License-Identifier: Apache-2.0
"""Read streamer: prefetches a job's words channel by channel and delivers them step by step."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Out, connect, flipped

from ..config import MemoryConfig, StreamerConfig
from ..config.streamer_unit import streamer_unit
from ..parts.job import JobSignature
from ..parts.memory_port import MemoryPortSignature
from .channel import AddressBuffer
from .extension import ExtensionChain
from .front import AddressFront, ErrorReport
from .pointers import PointerSpace
from .status import WaitCause, count_ones


def among(position, numbers):
    """Whether a channel's pointer is one of ``numbers``."""
    return Cat(position == number for number in numbers).any()


class ReadStreamer(wiring.Component):
    """N-dimensional reads with fine-grained prefetch over independent channels.

    Every channel requests on its own as soon as it has an address and a credit, that is, room in
    its data buffer for the word. A step leaves once all its words have arrived.

    Latency from taking a job to its first word is 4 cycles: address, request, memory, buffer; with
    a data buffer of depth 1 or 2 it is 3, since words then also leave straight from the memory. One
    step per cycle is sustained with buffers of any depth; a data buffer of depth 1 needs a credit
    to be used again in the cycle it is returned, which makes a path from ``o.ready`` to
    ``ports.request``; deeper ones have no such path.

    Members
    -------
    job : ``Out(JobSignature(unit))``
        Done once the job's last word has been taken from ``o``.
    o : ``Out(stream.Signature(channels * bank_width))``
        One temporal step; word of channel ``c`` at bit ``c * bank_width``.
    ports : ``Out(MemoryPortSignature)``, one for each channel
    error : ``Out(ErrorReport(config))``
    waiting : ``Out(WaitCause)``
        Why no word is valid, while a job is running.
    accesses : ``Out``
        Bank words requested and granted in this cycle.
    """

    def __init__(self, memory: MemoryConfig, name: str, config: StreamerConfig):
        if not config.reads:
            raise ValueError(f"ReadStreamer needs a config whose mode is 'read', not {config.mode!r}")
        self.memory, self.name, self.config = memory, name, config
        self.unit = streamer_unit(name, config, memory)
        reach = 1 if config.reach == "all" else config.reach
        super().__init__({
            "job": Out(JobSignature(self.unit)),
            "o": Out(stream.Signature(config.channels * memory.bank_width)),
            "ports": Out(MemoryPortSignature(memory, reach=reach, reads=True)).array(config.channels),
            "error": Out(ErrorReport(config)),
            "waiting": Out(WaitCause),
            "accesses": Out(range(config.channels + 1)),
        })

    def elaborate(self, platform):
        m = Module()
        config, channels, space = self.config, self.config.channels, PointerSpace(self.config)
        depth = config.data_buffer_depth
        m.submodules.front = front = AddressFront(self.memory, self.name, config)
        m.submodules.chain = chain = ExtensionChain(self.memory, config)
        connect(m, flipped(self.job.entry), front.entry)
        m.d.comb += self.error.eq(front.error)

        # Shared positions: addresses are written at `write`, data leave at `read`; no channel may
        # request at `limit`, where its buffer ends.
        write, read, pop = space.shared("write"), space.shared("read"), Signal()
        limit, ahead = space.signal("limit"), [space.signal(f"ahead_{i}") for i in range(max(depth, 2))]
        full, arrived = Signal(channels), Signal(channels)
        m.d.comb += [
            front.step.ready.eq(~full.any()),
            limit.eq(space.near(read, depth) + (pop if depth == 1 else 0)),
            [number.eq(space.near(read, i)) for i, number in enumerate(ahead)],
        ]
        with m.If(front.step.valid & front.step.ready):
            m.d.sync += write.eq(write + 1)
        with m.If(pop):
            m.d.sync += read.eq(read + 1)

        flags = {name: Signal(channels, name=name) for name in ("granted", "conflict", "no_address")}
        for c in range(channels):
            self._channel(m, c, front, chain, write, read, limit, ahead, full, arrived, flags)

        m.submodules.last_steps = last_steps = Memory(shape=1, depth=1 << space.shared_bits, init=[])
        mark, look = last_steps.write_port(), last_steps.read_port(domain="comb")
        m.d.comb += [
            mark.en.eq(front.step.valid & front.step.ready),
            mark.addr.eq(write),
            mark.data.eq(front.step.payload.last),
            look.addr.eq(read),
        ]
        data_job = front.job.payload
        m.d.comb += [
            chain.enable.eq(data_job.enable),
            self.o.valid.eq(arrived.all() & front.job.valid & ~data_job.empty),
            self.o.payload.eq(chain.o),
            pop.eq(self.o.valid & self.o.ready),
            self.job.done.eq(front.job.valid & (data_job.empty | (pop & look.data))),
            front.job.ready.eq(self.job.done),
            self.accesses.eq(count_ones(m, flags["granted"], "accesses")),
        ]
        with m.If(flags["conflict"].any()):
            m.d.comb += self.waiting.eq(WaitCause.BANK_CONFLICT)
        with m.Elif(flags["no_address"].any()):
            m.d.comb += self.waiting.eq(WaitCause.NO_ADDRESS)
        with m.Else():
            m.d.comb += self.waiting.eq(WaitCause.MEMORY_LATENCY)
        return m

    def _channel(self, m, c, front, chain, write, read, limit, ahead, full, arrived, flags):
        """Address buffer, request, and data buffer of channel ``c``."""
        width, space = self.memory.bank_width, PointerSpace(self.config)
        depth, port = self.config.data_buffer_depth, self.ports[c]
        m.submodules[f"addresses_{c}"] = addresses = AddressBuffer(self.memory, self.config)
        m.d.comb += [
            addresses.write.eq(front.step.valid & front.step.ready),
            addresses.access.eq(front.step.payload.accesses[c]),
            addresses.write_pointer.eq(space.near(write)),
            full[c].eq(addresses.full),
        ]

        # A word requested now can leave this many steps after the next; with no more than that in the
        # buffer, being refused costs an accelerator at full rate a cycle. Whichever list is shorter tells.
        lead = 1 if depth <= 2 else 2
        close, far = ahead[:lead + 1], ahead[lead + 1:depth]
        position = addresses.pointer
        ready, in_flight, in_flight_active = Signal(), Signal(), Signal()
        refused, in_flight_refused = Signal(), Signal()
        missing, arriving = Signal(name=f"missing_{c}"), Signal(name=f"arriving_{c}")
        m.d.comb += [
            missing.eq(position == ahead[0]),
            arriving.eq(in_flight & (position == ahead[1])),
            ready.eq(addresses.pending & (position != limit)),
            port.request.eq(ready & addresses.head.active),
            port.bank.eq(addresses.head.bank),
            port.row.eq(addresses.head.row),
            port.late.eq(missing),
            port.urgent.eq(~among(position, far) if len(far) < len(close) else among(position, close)),
            addresses.advance.eq(ready & (port.grant | ~addresses.head.active)),
            flags["granted"][c].eq(port.request & port.grant),
            flags["conflict"][c].eq((missing & (refused | (port.request & ~port.grant)))
                                    | (arriving & in_flight_refused)),
            flags["no_address"][c].eq(missing & ~addresses.pending),
        ]
        m.d.sync += [
            in_flight.eq(addresses.advance),
            in_flight_active.eq(addresses.head.active),
            refused.eq(port.request & ~port.grant),
            in_flight_refused.eq(addresses.advance & refused),
        ]

        # A word is stored with a mark that says whether it was fetched; if not, it reads as zero.
        word, fetched = Signal(width, name=f"word_{c}"), Signal(name=f"fetched_{c}")
        for name, value, arrival in (("data", word, port.read_data), ("mark", fetched, in_flight_active)):
            m.submodules[f"{name}_{c}"] = storage = Memory(shape=len(value), depth=space.slots(depth), init=[])
            store, load = storage.write_port(), storage.read_port(domain="comb")
            m.d.comb += [
                store.en.eq(in_flight),
                store.addr.eq(space.slot(position - 1, depth)),
                store.data.eq(arrival),
                load.addr.eq(space.slot(read, depth)),
                value.eq(Mux(arriving, arrival, load.data) if depth <= 2 else load.data),
            ]
        m.d.comb += [
            arrived[c].eq(~missing if depth <= 2 else ~missing & ~arriving),
            chain.i.word_select(c, width).eq(Mux(fetched, word, 0)),
        ]
