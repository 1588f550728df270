# SPDX-License-Identifier: Apache-2.0
"""Looks at every value before any of its descriptor is applied."""

from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ...config import ClusterConfig
from ...config.error_causes import ErrorCause
from ...config.register_map import WORD_BYTES, RegisterMap
from ...parts.transaction_queue import TransactionQueue
from ..legal_values import LegalValues
from .layouts import FAILURE_LAYOUT, Act, ItemLayout, StepLayout


class DescriptorVerifier(wiring.Component):
    """Holds steps back until their descriptor's end has come, and passes them on if all are legal.

    Else there is nothing of the descriptor but its end, which tells why. One step per cycle; three
    cycles from an end to the first item.

    Members
    -------
    i : ``In(stream.Signature(StepLayout(registers)))``
    o : ``Out(stream.Signature(ItemLayout(registers)))``
    """

    def __init__(self, config: ClusterConfig):
        self.map = RegisterMap(config)
        self._items = TransactionQueue(ItemLayout(self.map), depth=config.dma.descriptors.buffer_words)
        super().__init__({
            "i": In(stream.Signature(StepLayout(self.map))),
            "o": Out(stream.Signature(ItemLayout(self.map))),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.items = items = self._items
        connect(m, flipped(self.o), items.o)
        step, held, valid, free = self.i.payload, Signal(self.i.payload.shape()), Signal(), Signal()

        # First where the register lies, and which values are legal there.
        keys = list(dict.fromkeys(LegalValues.key(word) for block in self.map.unit_blocks for word in block.registers))
        address, check, known = Signal.like(items.i.payload.address), Signal(range(len(keys))), Signal()
        m.d.comb += [free.eq(~valid | items.i.ready), self.i.ready.eq(free)]
        with m.If(free):
            m.d.sync += [valid.eq(self.i.valid), held.eq(step), known.eq(0)]
            with m.Switch(step.unit):
                for unit, block in enumerate(self.map.unit_blocks):
                    with m.Case(unit):
                        m.d.sync += address.eq(block.offset // WORD_BYTES | step.register)
                        with m.Switch(step.register):
                            for index, word in enumerate(block.registers):
                                with m.Case(index):
                                    m.d.sync += [known.eq(1), check.eq(keys.index(LegalValues.key(word)))]

        # Then whether the value is one of them.
        legality, words = LegalValues(m, held.data), {LegalValues.key(word): word for block in self.map.unit_blocks for word in block.registers}
        checks = [legality.check(words[key]) for key in keys]
        legal, wrong, failed, end = Signal(), Signal(), Signal(), Signal()
        with m.Switch(check):
            for index, fits in enumerate(checks):
                with m.Case(index):
                    m.d.comb += legal.eq(fits & known)
        failure, result = FAILURE_LAYOUT(held.data[:FAILURE_LAYOUT.size]), Signal(FAILURE_LAYOUT)
        m.d.comb += [
            end.eq(held.act == Act.END),
            failed.eq(wrong | (failure.cause != 0)),
            result.eq(failure),
            items.i.valid.eq(valid),
            items.i.payload.act.eq(held.act),
            items.i.payload.restore.eq(held.restore),
            items.i.payload.unit.eq(held.unit),
            items.i.payload.address.eq(address),
            items.i.payload.data.eq(Mux(end, result.as_value(), held.data)),
            items.commit.eq(end),
            items.rollback.eq(end & failed),
        ]
        with m.If(wrong & (failure.cause == 0)):
            m.d.comb += result.cause.eq(ErrorCause.DESCRIPTOR_CONTENT)
        with m.If(valid & items.i.ready):
            with m.If(end):
                m.d.sync += wrong.eq(0)
            with m.Elif((held.act == Act.WRITE) & ~legal):
                m.d.sync += wrong.eq(1)
        return m
