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
from .chain import ExtensionChain, chain_latency
from .channel import AddressBuffer
from .front import AddressFront, ErrorReport, piece_member
from .pointers import PointerSpace
from .status import WaitCause, count_ones
from .steps import ReadTag, StepRecord
from .tail import TailMask
from .turn import StepTurn


def among(position, numbers):
    """Whether a channel's pointer is one of ``numbers``."""
    return Cat(position == number for number in numbers).any()


class ReadStreamer(wiring.Component):
    """N-dimensional reads with fine-grained prefetch over independent channels.

    Every channel requests on its own as soon as it has an address and a credit, that is, room in
    its data buffer for the word. A step leaves once all its words have arrived. Without fine-grained
    prefetch a channel also waits until every other has been granted the words of the steps before.
    Words that were suppressed, and bytes that tail masks leave out, read as zero.

    Latency from taking a job to its first word is 4 cycles: address, request, memory, buffer; with
    a data buffer of depth 1 or 2 it is 3, since words then also leave straight from the memory. One
    step per cycle is sustained with buffers of any depth; a data buffer of depth 1 needs a credit
    to be used again in the cycle it is returned, which makes a path from ``o.ready`` to
    ``ports.request``; deeper ones have no such path. Extensions add their latency, not a cycle
    between steps or jobs.

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
    piece : ``Out(stream.Signature(PieceLayout(bytes of a step)))`` (where addresses are those of bytes)
        Which bytes of each step belong to its run; in order, before or with the step.
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
            **piece_member(memory, config),
        })

    def elaborate(self, platform):
        m = Module()
        config, channels, space = self.config, self.config.channels, PointerSpace(self.config)
        depth = config.data_buffer_depth
        latency = chain_latency(config)
        m.submodules.front = front = AddressFront(self.memory, self.name, config)
        # While the pipeline of extensions fills for the first time, it waits for the first address.
        m.submodules.chain = chain = ExtensionChain(
            self.memory, config, tag=ReadTag(config), idle={"waiting": WaitCause.NO_ADDRESS} if latency else {})
        connect(m, flipped(self.job.entry), front.entry)
        if config.byte_addressed:
            connect(m, flipped(self.piece), front.piece)
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

        # All channels fetch or not as the step's addresses say, so one memory keeps it for all of them.
        m.submodules.steps = steps = Memory(shape=StepRecord(config), depth=1 << space.shared_bits, init=[])
        mark, step = steps.write_port(), steps.read_port(domain="comb")
        accesses = front.step.payload.accesses
        data_job = front.job.payload
        m.d.comb += [
            mark.en.eq(front.step.valid & front.step.ready),
            mark.addr.eq(write),
            mark.data.last.eq(front.step.payload.last),
            mark.data.fetched.eq(Cat(accesses[c].active for c in range(channels))),
            mark.data.tail.eq(front.step.payload.tail),
            step.addr.eq(read),
            chain.job.eq(data_job),
        ]
        if config.tail_masks:
            m.submodules.tail_mask = tail_mask = TailMask(self.memory, config)
            m.d.comb += [tail_mask.tail.eq(step.data.tail), tail_mask.settings.eq(data_job.tail),
                         chain.mask.eq(tail_mask.bytes)]
        else:
            m.d.comb += chain.mask.eq(~0)

        turn = None
        if not config.fine_grained_prefetch:
            m.submodules.turn = turn = StepTurn(config, space)
        flags = {name: Signal(channels, name=name) for name in ("granted", "conflict", "no_address")}
        for c in range(channels):
            self._channel(m, c, front, chain, turn, write, read, limit, ahead, full, arrived, step.data.fetched[c], flags)

        waiting = Signal(WaitCause)
        with m.If(flags["conflict"].any()):
            m.d.comb += waiting.eq(WaitCause.BANK_CONFLICT)
        with m.Elif(flags["no_address"].any()):
            m.d.comb += waiting.eq(WaitCause.NO_ADDRESS)
        with m.Else():
            m.d.comb += waiting.eq(WaitCause.MEMORY_LATENCY)

        # Steps and the ends of jobs pass the extensions; without latency they do so at once.
        valid, last, moves, leaving = Signal(), Signal(), Signal(), chain.o_tag
        m.d.comb += [
            valid.eq(arrived.all() & front.job.valid & ~data_job.empty),
            last.eq(front.job.valid & (data_job.empty | (valid & step.data.last))),
            chain.i_tag.valid.eq(valid),
            chain.i_tag.last.eq(last),
            moves.eq(~leaving.valid | self.o.ready),
            chain.advance.eq(moves),
            pop.eq(valid & moves),
            front.job.ready.eq(last & moves),
            self.o.valid.eq(leaving.valid),
            self.o.payload.eq(chain.o),
            self.job.done.eq(leaving.last & moves),
            self.accesses.eq(count_ones(m, flags["granted"], "accesses")),
        ]
        if latency:
            m.d.comb += [chain.i_tag.waiting.eq(waiting), self.waiting.eq(leaving.waiting)]
        else:
            m.d.comb += self.waiting.eq(waiting)
        return m

    def _channel(self, m, c, front, chain, turn, write, read, limit, ahead, full, arrived, fetched, flags):
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
        ready, in_flight = Signal(), Signal()
        refused, in_flight_refused = Signal(), Signal()
        missing, arriving = Signal(name=f"missing_{c}"), Signal(name=f"arriving_{c}")
        pressed = Signal(name=f"pressed_{c}")
        may_request = addresses.pending & (position != limit)
        if turn is not None:
            m.d.comb += [turn.positions[c].eq(position), turn.served[c].eq(addresses.advance)]
            may_request &= turn.allowed[c]
        m.d.comb += [
            missing.eq(position == ahead[0]),
            arriving.eq(in_flight & (position == ahead[1])),
            ready.eq(may_request),
            port.request.eq(ready & addresses.head.active),
            port.bank.eq(addresses.head.bank),
            port.row.eq(addresses.head.row),
            # Among channels of one streamer that share all banks, too: if the one that has words to spare went first, the other would cost
            # a cycle in which everyone else gets further ahead, so that they would meet again at once.
            pressed.eq(~among(position, far) if len(far) < len(close) else among(position, close)),
            port.late.eq(pressed if self.config.reach == "all" and not self.config.byte_addressed else missing),
            port.urgent.eq(0 if self.config.byte_addressed else pressed),
            addresses.advance.eq(ready & (port.grant | ~addresses.head.active)),
            flags["granted"][c].eq(port.request & port.grant),
            flags["conflict"][c].eq((missing & (refused | (port.request & ~port.grant)))
                                    | (arriving & in_flight_refused)),
            flags["no_address"][c].eq(missing & ~addresses.pending),
        ]
        m.d.sync += [
            in_flight.eq(addresses.advance),
            refused.eq(port.request & ~port.grant),
            in_flight_refused.eq(addresses.advance & refused),
        ]

        m.submodules[f"data_{c}"] = storage = Memory(shape=width, depth=space.slots(depth), init=[])
        store, load = storage.write_port(), storage.read_port(domain="comb")
        word = Signal(width, name=f"word_{c}")
        m.d.comb += [
            store.en.eq(in_flight),
            store.addr.eq(space.slot(position - 1, depth)),
            store.data.eq(port.read_data),
            load.addr.eq(space.slot(read, depth)),
            word.eq(Mux(arriving, port.read_data, load.data) if depth <= 2 else load.data),
            arrived[c].eq(~missing if depth <= 2 else ~missing & ~arriving),
        ]
        taken = chain.i.word_select(c, width)
        if not self.config.tail_masks:
            m.d.comb += taken.eq(Mux(fetched, word, 0))
            return
        kept = Signal(width // 8, name=f"kept_{c}")
        m.d.comb += [
            kept.eq(Mux(fetched, chain.mask.word_select(c, width // 8), 0)),
            taken.eq(Cat(Mux(byte, word.word_select(b, 8), 0) for b, byte in enumerate(kept))),
        ]
