# SPDX-License-Identifier: Apache-2.0
"""The whole way of descriptors, from the ring in memory to the queues of the units."""

from amaranth import Cat, Module, Mux, ResetInserter, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ...config import ClusterConfig
from ...config.base import bits_for
from ...config.descriptor_format import QueueSource
from ...config.descriptor_registers import GUARDED, descriptor_registers
from ...config.error_causes import ErrorCause
from ...config.register_map import WORD_BYTES, RegisterMap
from ...config.registers import REGISTER_BITS
from ...parts.axi import AxiReadSignature
from ...parts.queue import Queue
from .applier import ERROR_LAYOUT, DescriptorApplier
from .checker import DescriptorChecker
from .layouts import WORD_LAYOUT
from .resolver import DescriptorResolver
from .ring import RingReader
from .verifier import DescriptorVerifier
from .words import ExternalWords, ScratchpadWords


class DescriptorQueue(wiring.Component):
    """Fetches descriptors ahead, checks them, and applies them in order.

    Members
    -------
    settings : ``In``, by register
        Values of the queue's registers.
    attempts : ``In``, by register
        A guarded register is being written.
    attempt_data : ``In(32)``
    refuse : ``Out(1)``
        The queue refuses that write; depends on ``attempts`` and ``attempt_data``.
    fetch : ``Out(AxiReadSignature(address_width, data_width))``
    read, answer : to the memory window, as of `ScratchpadWords`
    write, restore, push, room, error, resume, flush, head, count : as of `DescriptorApplier`
    waiting : ``Out(1)``
        Descriptors were announced that are not done with.
    """

    def __init__(self, config: ClusterConfig):
        self.config, self.map = config, RegisterMap(config)
        units = len(self.map.units)
        words = [word for word in descriptor_registers(config.dma) if word.access == "rw"]
        super().__init__({
            "settings": In(data.StructLayout({word.name: word.width for word in words})),
            "attempts": In(data.StructLayout({word.name: 1 for word in words if word.name in GUARDED})),
            "attempt_data": In(REGISTER_BITS),
            "refuse": Out(1),
            "fetch": Out(AxiReadSignature(config.dma.address_width, config.dma.data_width)),
            "read": Out(stream.Signature(bits_for(config.memory.size))),
            "answer": In(stream.Signature(REGISTER_BITS, always_ready=True)),
            "write": Out(stream.Signature(data.StructLayout({"address": bits_for(self.map.window_base), "data": REGISTER_BITS}))),
            "restore": Out(units),
            "push": Out(units),
            "room": In(units),
            "error": Out(stream.Signature(ERROR_LAYOUT)),
            "resume": In(1),
            "flush": In(1),
            "head": Out(REGISTER_BITS),
            "count": Out(REGISTER_BITS),
            "waiting": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        drop, restart, draining = Signal(), Signal(), Signal()
        resets = ResetInserter(drop)
        ring, checker, applier = RingReader(config), DescriptorChecker(config), DescriptorApplier(config)
        resolver, verifier = DescriptorResolver(config), DescriptorVerifier(config)
        external, scratchpad = ExternalWords(config), ScratchpadWords(config)
        m.submodules.ring, m.submodules.checker, m.submodules.applier = ring, checker, applier
        m.submodules.external, m.submodules.scratchpad = external, scratchpad
        m.submodules.resolver, m.submodules.verifier = resets(resolver), resets(verifier)

        connect(m, flipped(self.fetch), external.fetch)
        connect(m, flipped(self.read), scratchpad.read)
        connect(m, flipped(self.answer), scratchpad.answer)
        connect(m, checker.o, resolver.i)
        connect(m, resolver.o, verifier.i)
        connect(m, verifier.o, applier.i)
        connect(m, applier.write, flipped(self.write))
        layout, base = self._layout(), self.settings.queue_base
        tail = self.settings.queue_tail
        high = self.settings.queue_base_high if "queue_base_high" in self.settings.shape().members else Signal(0)
        m.d.comb += [
            *(getattr(self, name).eq(getattr(applier, name)) for name in ("restore", "push", "head", "count")),
            *(getattr(applier, name).eq(getattr(self, name)) for name in ("room", "resume", "flush")),
            applier.tail.eq(tail),
            ring.base.eq(Cat(base[bits_for(WORD_BYTES):], high)),
            ring.size.eq(layout.queue_size),
            ring.tail.eq(tail), checker.tail.eq(tail),
            ring.level.eq(checker.level), ring.arrived.eq(checker.arrived),
            restart.eq(applier.restart), draining.eq(ring.draining),
            ring.restart.eq(restart), checker.restart.eq(restart), checker.draining.eq(draining),
            drop.eq(restart | draining),
            *(resolver.runtime[i].eq(self.settings[f"runtime_{i}"]) for i in range(len(resolver.runtime))),
            resolver.high.eq(high),
            self.waiting.eq(self.head != tail),
        ]
        self._requests(m, ring, resolver, external, scratchpad)
        self._words(m, ring, checker, resolver, external, scratchpad)
        self._guard(m, applier)
        return m

    def _layout(self):
        word = next(word for word in descriptor_registers(self.config.dma) if word.name == "queue_layout")
        shape = data.StructLayout({field.name: field.width for field in word.fields})
        return shape(self.settings.queue_layout)

    def _requests(self, m, ring, resolver, external, scratchpad):
        """Tables are asked for first, since nothing goes on before their answer."""
        asked = data.StructLayout({"request": ring.request.payload.shape(), "source": QueueSource})
        m.submodules.requests = requests = Queue(asked, depth=2)
        table, source = resolver.table.valid, requests.o.payload.source
        from_scratchpad = source == QueueSource.SCRATCHPAD
        m.d.comb += [
            requests.i.valid.eq(table | ring.request.valid),
            requests.i.payload.request.eq(Mux(table, resolver.table.payload, ring.request.payload)),
            requests.i.payload.source.eq(self._layout().queue_source),
            resolver.table.ready.eq(requests.i.ready),
            ring.request.ready.eq(requests.i.ready & ~table),
            external.i.valid.eq(requests.o.valid & ~from_scratchpad),
            scratchpad.i.valid.eq(requests.o.valid & from_scratchpad),
            external.i.payload.eq(requests.o.payload.request),
            scratchpad.i.payload.eq(requests.o.payload.request),
            requests.o.ready.eq(Mux(from_scratchpad, scratchpad.i.ready, external.i.ready)),
        ]

    def _words(self, m, ring, checker, resolver, external, scratchpad):
        """Words go where they were asked for; only one memory is asked at a time."""
        word, there, outstanding = Signal(WORD_LAYOUT), Signal(), Signal()
        m.d.comb += [
            there.eq(external.o.valid | scratchpad.o.valid),
            word.eq(Mux(scratchpad.o.valid, scratchpad.o.payload, external.o.payload)),
            checker.i.valid.eq(there & ~word.table),
            checker.i.payload.eq(word),
            resolver.answer.valid.eq(there & word.table),
            resolver.answer.payload.data.eq(word.data),
            resolver.answer.payload.error.eq(word.error),
            ring.busy.eq(outstanding),
        ]
        with m.If(resolver.table.valid & resolver.table.ready):
            m.d.sync += outstanding.eq(1)
        with m.Elif(resolver.answer.valid):
            m.d.sync += outstanding.eq(0)

    def _guard(self, m, applier):
        """Which writes are refused: a ring moved while in use, and a tail that goes back or too far."""
        attempts, new, tail = self.attempts, self.attempt_data, self.settings.queue_tail
        ahead, before, overrun, moves = Signal(REGISTER_BITS), Signal(REGISTER_BITS), Signal(), Signal()
        m.d.comb += [
            ahead.eq(new - self.head),
            before.eq(tail - self.head),
            overrun.eq(attempts.queue_tail & (ahead > (1 << self._layout().queue_size))),
            moves.eq(Cat(attempts[name] for name in attempts.shape().members if name != "queue_tail").any()),
            self.refuse.eq(overrun | attempts.queue_tail & (ahead < before) | moves & self.waiting
                           | attempts.queue_base & new[:bits_for(WORD_BYTES)].any()),
            self.error.valid.eq(overrun | applier.error.valid),
            self.error.payload.eq(applier.error.payload),
            applier.error.ready.eq(self.error.ready & ~overrun),
        ]
        with m.If(overrun):
            m.d.comb += self.error.payload.cause.eq(ErrorCause.QUEUE_OVERRUN)
