# SPDX-License-Identifier: Apache-2.0
"""Turns the words of checked descriptors into steps: register writes, pushes, ends."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ...config import ClusterConfig
from ...config.base import bits_for
from ...config.descriptor_format import MASK_BITS, ValueSource, indirect_words, mask_words
from ...config.descriptor_registers import base_high_bits
from ...config.error_causes import ErrorCause
from ...config.register_map import WORD_BYTES, RegisterMap
from ...config.registers import REGISTER_BITS
from .layouts import FAILURE_LAYOUT, HEADER_LAYOUT, SECTION_LAYOUT, SOURCE_LAYOUT, Act, CheckedLayout, RequestLayout, StepLayout

ANSWER_LAYOUT = data.StructLayout({"data": REGISTER_BITS, "error": 1})


class DescriptorResolver(wiring.Component):
    """Follows masks and sections, and gets the values that are not literals.

    Takes one word per cycle; each section takes one cycle more for its push, each descriptor one for
    its end, each value from a run-time register one, and from a table the memory's round trip. A
    descriptor whose structure is wrong gives an end with a failure; whoever takes the steps forgets
    those before it.

    Members
    -------
    i : ``In(stream.Signature(CheckedLayout()))``
    runtime : ``In(ArrayLayout(32, runtime_registers))``
    high : ``In``
        Bits 32 and up of tables' addresses.
    table : ``Out(stream.Signature(RequestLayout(config)))``
    answer : ``In({valid, payload})``
        The word that ``table`` asked for.
    o : ``Out(stream.Signature(StepLayout(registers)))``
    """

    def __init__(self, config: ClusterConfig):
        self.config, self.map = config, RegisterMap(config)
        self._sizes = [len(block.registers) for block in self.map.unit_blocks]
        super().__init__({
            "i": In(stream.Signature(CheckedLayout())),
            "runtime": In(data.ArrayLayout(REGISTER_BITS, config.dma.descriptors.runtime_registers)),
            "high": In(base_high_bits(config.dma)),
            "table": Out(stream.Signature(RequestLayout(config))),
            "answer": In(stream.Signature(ANSWER_LAYOUT, always_ready=True)),
            "o": Out(stream.Signature(StepLayout(self.map))),
        })

    def elaborate(self, platform):
        m = Module()
        most = max(*self._sizes, MASK_BITS)
        self._mask, self._indirect = Signal(most), Signal(most)
        self._failure, self._final, self._restore = Signal(FAILURE_LAYOUT), Signal(), Signal()
        self._unit, self._source = Signal(SECTION_LAYOUT["unit"].width), Signal(SOURCE_LAYOUT)
        self._selected, self._value = Signal(REGISTER_BITS), Signal(REGISTER_BITS)
        self._step, self._emit, self._free = Signal(self.o.payload.shape()), Signal(), Signal()
        # The step is registered, so that what follows begins with a register.
        m.d.comb += [
            self._free.eq(~self.o.valid | self.o.ready),
            self._step.unit.eq(self._unit),
            self._step.restore.eq(self._restore),
        ]
        with m.If(self._free):
            m.d.sync += [self.o.valid.eq(self._emit), self.o.payload.eq(self._step)]
            with m.If(self._emit):
                m.d.sync += self._restore.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += self._final.eq(self.i.payload.last)
        self._select(m)
        with m.FSM():
            self._header(m)
            self._section(m)
            self._registers(m)
            self._values(m)
            self._end(m)
        return m

    def _select(self, m):
        """The lowest register that is left, and the table's word."""
        lowest, self._hit, self._done = Signal.like(self._mask), Signal(), Signal()
        m.d.comb += [
            lowest.eq(self._mask & (-self._mask)[:len(self._mask)]),
            self._hit.eq((lowest & self._indirect).any()),
            [number.eq(Cat(bit for n, bit in enumerate(lowest) if n >> b & 1).any()) for b, number in enumerate(self._step.register)],
            self.table.payload.address.eq(Cat(self._value[bits_for(WORD_BYTES):], self.high)),
            self.table.payload.count.eq(1),
            self.table.payload.table.eq(1),
        ]
        with m.If(self._done):
            m.d.sync += [self._mask.eq(self._mask & ~lowest), self._indirect.eq(self._indirect & ~lowest)]

    def _header(self, m):
        word = self.i.payload
        header, failure = HEADER_LAYOUT(word.data), FAILURE_LAYOUT(word.data[:FAILURE_LAYOUT.size])
        with m.State("header"):
            m.d.comb += self.i.ready.eq(1)
            m.d.sync += [self._failure.eq(0), self._failure.length.eq(header.length), self._restore.eq(0)]
            with m.If(self.i.valid):
                m.next = "section"
                with m.If(word.failed):
                    m.d.sync += self._failure.eq(failure)
                    m.next = "end"
                with m.Elif(header.flags != 0):
                    self._wrong(m)

    def _section(self, m):
        """The section's word, and the masks behind it."""
        section = SECTION_LAYOUT(self.i.payload.data)
        masks, indirects = max(map(mask_words, self._sizes)), max(map(indirect_words, self._sizes))
        part = Signal(range(max(masks, indirects) + 1))
        own_masks, own_indirects, has_indirects = Signal.like(part), Signal.like(part), Signal()
        with m.State("section"):
            with self._taken(m):
                m.d.sync += [
                    self._unit.eq(section.unit), self._restore.eq(section.fresh), self._mask.eq(section.mask),
                    self._indirect.eq(0), has_indirects.eq(section.indirect), part.eq(0),
                ]
                m.next = "registers"
                with m.If(section.indirect):
                    m.next = "indirects"
                with m.Switch(section.unit):
                    for unit, size in enumerate(self._sizes):
                        with m.Case(unit):
                            m.d.sync += [own_masks.eq(mask_words(size)), own_indirects.eq(indirect_words(size))]
                            if mask_words(size):
                                m.next = "masks"
                with m.If((section.unit >= len(self._sizes)) | section.section_reserved):
                    self._wrong(m)
        with m.State("masks"):
            with self._taken(m):
                m.d.sync += part.eq(part + 1)
                with m.If(part + 1 == own_masks):
                    m.d.sync += part.eq(0)
                    m.next = "registers"
                    with m.If(has_indirects):
                        m.next = "indirects"
                self._place(m, self._mask, MASK_BITS, part, masks)
        with m.State("indirects"):
            with self._taken(m):
                m.d.sync += part.eq(part + 1)
                with m.If(part + 1 == own_indirects):
                    m.next = "registers"
                self._place(m, self._indirect, 0, part, indirects)

    def _place(self, m, target, start, part, parts):
        """Put a mask word at its place; bits beyond the largest block must be zero."""
        word = self.i.payload.data
        with m.Switch(part):
            for k in range(parts):
                with m.Case(k):
                    place = target[start + REGISTER_BITS * k:][:REGISTER_BITS]
                    m.d.sync += place.eq(word)
                    with m.If(word[len(place):].any()):
                        self._wrong(m)

    def _registers(self, m):
        """Each register of the mask, lowest first; then the push."""
        word, step = self.i.payload, self._step
        source = SOURCE_LAYOUT(word.data)
        known = (source.kind == ValueSource.RUNTIME) | (source.kind == ValueSource.TABLE)
        with m.State("registers"):
            with m.If(self._mask == 0):
                m.d.comb += [self._emit.eq(1), step.act.eq(Act.PUSH)]
                with m.If(self._free):
                    m.next = "section"
                    with m.If(self._final):
                        m.next = "end"
                # What is not in the mask has no source either.
                with m.If(self._indirect.any()):
                    m.d.comb += self._emit.eq(0)
                    self._wrong(m, self._final)
            with m.Elif(self._hit):
                with self._taken(m):
                    m.d.sync += [self._source.eq(source), self._selected.eq(self.runtime[source.runtime])]
                    m.next = "literal"
                    with m.If(~known | source.source_reserved.any() | (source.runtime >= len(self.runtime))):
                        self._wrong(m)
            with m.Else():
                with self._taken(m, self._free):
                    m.d.comb += [self._emit.eq(1), self._done.eq(1), step.act.eq(Act.WRITE), step.data.eq(word.data)]

    def _values(self, m):
        """A value that is no literal, and the literal that belongs to it."""
        step, literal = self._step, self.i.payload.data
        is_table = self._source.kind == ValueSource.TABLE
        with m.State("literal"):
            with self._taken(m):
                m.d.sync += self._value.eq(literal + (self._selected << Mux(is_table, bits_for(WORD_BYTES), 0)))
                m.next = "value"
                with m.If(is_table):
                    m.next = "ask"
        with m.State("value"):
            m.d.comb += [self._emit.eq(1), self._done.eq(self._free), step.act.eq(Act.WRITE), step.data.eq(self._value)]
            with m.If(self._free):
                m.next = "registers"
        with m.State("ask"):
            with m.If(self._value[:bits_for(WORD_BYTES)].any()):
                self._wrong(m, self._final)
            with m.Else():
                m.d.comb += self.table.valid.eq(1)
                with m.If(self.table.ready):
                    m.next = "answer"
        with m.State("answer"):
            m.d.sync += self._value.eq(self.answer.payload.data)
            with m.If(self.answer.valid):
                m.next = "value"
                with m.If(self.answer.payload.error):
                    self._wrong(m, self._final, ErrorCause.DESCRIPTOR_FETCH)

    def _end(self, m):
        with m.State("rest"):
            m.d.comb += self.i.ready.eq(1)
            with m.If(self.i.valid & self.i.payload.last):
                m.next = "end"
        with m.State("end"):
            m.d.comb += [self._emit.eq(1), self._step.act.eq(Act.END), self._step.data.eq(self._failure.as_value())]
            with m.If(self._free):
                m.next = "header"

    def _taken(self, m, ready=1):
        """Condition: a word is taken in this state; that there is none left is wrong."""
        m.d.comb += self.i.ready.eq(ready & ~self._final)
        with m.If(self._final):
            self._wrong(m, self._final)
        return m.Elif(self.i.valid & ready)

    def _wrong(self, m, last=None, cause=ErrorCause.DESCRIPTOR_CONTENT):
        """Pass over the rest of the descriptor, if there is one."""
        m.d.sync += self._failure.cause.eq(cause)
        m.next = "rest"
        with m.If(self.i.payload.last if last is None else last):
            m.next = "end"
