# SPDX-License-Identifier: Apache-2.0
"""Write streamer: takes a job's steps and writes their words channel by channel."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import MemoryConfig, StreamerConfig
from ..config.streamer_unit import streamer_unit
from ..parts.job import JobSignature
from ..parts.memory_port import MemoryPortSignature
from .chain import ExtensionChain, chain_latency
from .channel import AddressBuffer
from .front import AddressFront, ErrorReport, piece_member
from .pointers import PointerSpace
from .status import count_ones
from .steps import StepRecord, WriteTag
from .tail import TailMask
from .turn import StepTurn


def written_layout(memory: MemoryConfig, config: StreamerConfig):
    """Shape of a step's words: plain bits or, where addresses are those of bytes, ``data`` and a ``strobe`` for each byte."""
    width = config.channels * memory.bank_width
    return data.StructLayout({"data": width, "strobe": width // 8}) if config.byte_addressed else width


class WriteStreamer(wiring.Component):
    """N-dimensional writes through independent channels.

    A step is taken when every channel has room for its word and the step's addresses are there;
    each channel then writes on its own. ``i.ready`` depends on registers only. A word is requested
    one cycle after it is taken; with an address or data buffer of depth 1 in the same cycle, so that
    one step per cycle is sustained with buffers of any depth. Extensions add their latency, not a
    cycle between steps or jobs. Without fine-grained prefetch a channel also waits until every other
    has written the words of the steps before. Bytes that tail masks leave out are not written.

    Members
    -------
    job : ``Out(JobSignature(unit))``
        Done once the job's last word is visible in its bank.
    i : ``In(stream.Signature(written_layout(memory, config)))``
        One temporal step; word of channel ``c`` at bit ``c * bank_width``.
    ports : ``Out(MemoryPortSignature)``, one for each channel
    error : ``Out(ErrorReport(config))``
    accesses : ``Out``
        Bank words requested and granted in this cycle.
    piece : ``Out(stream.Signature(PieceLayout(bytes of a step)))`` (where addresses are those of bytes)
        Which bytes of each step belong to its run; in order, and not waiting for the step's words.
    """

    def __init__(self, memory: MemoryConfig, name: str, config: StreamerConfig):
        if config.reads:
            raise ValueError(f"WriteStreamer needs a config whose mode is 'write', not {config.mode!r}")
        self.memory, self.name, self.config = memory, name, config
        self.unit = streamer_unit(name, config, memory)
        # Every word kept waits with its address, so places beyond those for addresses would stay empty.
        self.depth = min(config.address_buffer_depth, config.data_buffer_depth)
        # A step whose words pass the extensions keeps its addresses, so there are places for those as well.
        self.latency = chain_latency(config)
        self.space = PointerSpace(config, under_way=self.latency)
        reach = 1 if config.reach == "all" else config.reach
        super().__init__({
            "job": Out(JobSignature(self.unit)),
            "i": In(stream.Signature(written_layout(memory, config))),
            "ports": Out(MemoryPortSignature(memory, reach=reach, reads=False, masked=config.masked)).array(config.channels),
            "error": Out(ErrorReport(config)),
            "accesses": Out(range(config.channels + 1)),
            **piece_member(memory, config),
        })

    def elaborate(self, platform):
        m = Module()
        config, channels, space = self.config, self.config.channels, self.space
        m.submodules.front = front = AddressFront(self.memory, self.name, config)
        m.submodules.chain = chain = ExtensionChain(self.memory, config, tag=WriteTag(self.memory, config), idle={})
        connect(m, flipped(self.job.entry), front.entry)
        strobes = None
        if config.byte_addressed:
            connect(m, flipped(self.piece), front.piece)
            strobes = self.i.payload.strobe
        data_job, entering, leaving = front.job.payload, chain.i_tag, chain.o_tag
        m.d.comb += [self.error.eq(front.error), chain.i.eq(self.i.payload.data if config.byte_addressed else self.i.payload), chain.mask.eq(~0), chain.job.eq(data_job)]

        # Shared positions: addresses are written at `write`, words are taken at `enter` and, once they
        # have passed the extensions, stored at `fill`; all channels have written every step before `retire`.
        write, fill, retire = space.shared("write"), space.shared("fill"), space.shared("retire")
        enter = space.shared("enter") if self.latency else fill
        limit = space.signal("limit")
        full, blocked, written = Signal(channels), Signal(channels), Signal(channels)
        taken, push, retired = Signal(), Signal(), Signal()
        m.d.comb += [front.step.ready.eq(~full.any()), limit.eq(space.near(fill, -self.depth))]
        with m.If(front.step.valid & front.step.ready):
            m.d.sync += write.eq(write + 1)
        if self.latency:
            with m.If(taken):
                m.d.sync += enter.eq(enter + 1)
        with m.If(push):
            m.d.sync += fill.eq(fill + 1)
        with m.If(retired):
            m.d.sync += retire.eq(retire + 1)

        masks = turn = None
        if config.tail_masks:
            m.submodules.tail_mask = tail_mask = TailMask(self.memory, config)
            m.d.comb += [tail_mask.tail.eq(leaving.tail), tail_mask.settings.eq(leaving.settings)]
            masks = tail_mask.bytes
        if strobes is not None:
            masks = [strobes.word_select(c, self.memory.word_bytes) for c in range(channels)]
        if not config.fine_grained_prefetch:
            m.submodules.turn = turn = StepTurn(config, space)
        granted = Signal(channels)
        for c in range(channels):
            self._channel(m, c, front, chain, masks, turn, write, fill, limit, push, full, blocked, granted)
            m.d.comb += written[c].eq(m.submodules[f"addresses_{c}"].pointer != space.near(retire))

        m.submodules.steps = steps = Memory(shape=StepRecord(config), depth=1 << space.shared_bits, init=[])
        mark, at_enter, at_retire = (steps.write_port(), steps.read_port(domain="comb"), steps.read_port(domain="comb"))
        m.d.comb += [
            mark.en.eq(front.step.valid & front.step.ready),
            mark.addr.eq(write),
            mark.data.last.eq(front.step.payload.last),
            mark.data.tail.eq(front.step.payload.tail),
            at_enter.addr.eq(enter),
            at_retire.addr.eq(retire),
        ]

        # Jobs leave the front's queue when their last step is taken; those whose words have not all
        # been written, and empty ones among them, are completed in order behind it.
        filled, completed, ends, room, moves = space.signal("filled"), Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            room.eq(~blocked.any()),
            moves.eq(~leaving.valid | room if self.latency else room),
            self.i.ready.eq((enter != write) & moves & front.job.valid & ~data_job.empty),
            taken.eq(self.i.valid & self.i.ready),
            ends.eq(taken & at_enter.data.last),
            entering.valid.eq(taken),
            entering.tail.eq(at_enter.data.tail),
            entering.settings.eq(data_job.tail),
            chain.advance.eq(moves),
            push.eq(leaving.valid & room if self.latency else leaving.valid),
            retired.eq(written.all()),
            completed.eq(retired & at_retire.data.last),
            front.job.ready.eq(Mux(data_job.empty, filled == 0, ends)),
            self.job.done.eq(completed | (front.job.valid & data_job.empty & (filled == 0))),
            self.accesses.eq(count_ones(m, granted, "accesses")),
        ]
        m.d.sync += filled.eq(filled + ends - completed)
        return m

    def _channel(self, m, c, front, chain, masks, turn, write, fill, limit, push, full, blocked, granted):
        """Address buffer, data buffer and request of channel ``c``."""
        width, space, depth = self.memory.bank_width, self.space, self.depth
        port = self.ports[c]
        m.submodules[f"addresses_{c}"] = addresses = AddressBuffer(self.memory, self.config, under_way=self.latency)
        # A word waits together with the bytes of it that are to be written.
        layout = data.StructLayout({"word": width, "bytes": width // 8 if masks is not None else 0})
        m.submodules[f"data_{c}"] = storage = Memory(shape=layout, depth=space.slots(depth), init=[])
        store, load = storage.write_port(), storage.read_port(domain="comb")
        arriving, writing = Signal(layout, name=f"arriving_{c}"), Signal(layout, name=f"writing_{c}")
        waiting, request = Signal(name=f"waiting_{c}"), Signal(name=f"ready_{c}")
        may_request = waiting | push if depth == 1 else waiting
        if turn is not None:
            m.d.comb += [turn.positions[c].eq(addresses.pointer), turn.served[c].eq(addresses.advance)]
            may_request &= turn.allowed[c]
        m.d.comb += [
            addresses.write.eq(front.step.valid & front.step.ready),
            addresses.access.eq(front.step.payload.accesses[c]),
            addresses.write_pointer.eq(space.near(write)),
            full[c].eq(addresses.full),
            store.en.eq(push),
            store.addr.eq(space.slot(fill, depth)),
            arriving.word.eq(chain.o.word_select(c, width)),
            store.data.eq(arriving),
            load.addr.eq(space.slot(addresses.pointer, depth)),
            waiting.eq(addresses.pointer != space.near(fill)),
            blocked[c].eq(addresses.pointer == limit),
            port.request.eq(request & addresses.head.active),
            port.bank.eq(addresses.head.bank),
            port.row.eq(addresses.head.row),
            port.urgent.eq(0 if self.config.byte_addressed else blocked[c]),
            port.late.eq(blocked[c]),
            request.eq(may_request),
            writing.eq(Mux(waiting, load.data, arriving) if depth == 1 else load.data),
            port.write_data.eq(writing.word),
            addresses.advance.eq(request & (port.grant | ~addresses.head.active)),
            granted[c].eq(port.request & port.grant),
        ]
        if masks is not None:
            m.d.comb += [arriving.bytes.eq(masks[c]), port.write_bytes.eq(writing.bytes)]
