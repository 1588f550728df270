# SPDX-License-Identifier: Apache-2.0
"""Single words written elsewhere: what tells a host, another cluster or a queue that something is done."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from ..config.base import bits_for
from ..config.dma import NOTIFY, DmaConfig
from ..config.register_map import WORD_BYTES
from ..parts.axi import AxiWriteSignature
from ..parts.job import JobSignature
from .runs import address_of
from .side import ExternalReport


class NotifyEngine(wiring.Component):
    """Writes one word of 32 bits for each job, one at a time.

    Members
    -------
    job : ``Out(JobSignature(unit))``
        Done once the write has been answered.
    bus : ``Out(AxiWriteSignature(address_width, data_width))``
    report : ``Out(ExternalReport(config, count_width))``
    """

    def __init__(self, config: DmaConfig, count_width: int):
        self.config, self.count_width = config, count_width
        self.unit = next(unit for unit in config.units() if unit.name == NOTIFY)
        super().__init__({
            "job": Out(JobSignature(self.unit)),
            "bus": Out(AxiWriteSignature(config.address_width, config.data_width)),
            "report": Out(ExternalReport(config, count_width)),
        })

    def elaborate(self, platform):
        m = Module()
        config, entry, bus = self.config, self.job.entry, self.bus
        words, beat = config.data_bytes // WORD_BYTES, bits_for(config.data_bytes)
        asking, giving, waiting = Signal(), Signal(), Signal()
        address, word, number = Signal(config.address_width), Signal(32), Signal(self.count_width)
        lane = address[bits_for(WORD_BYTES):beat]
        answered = Signal()
        m.d.comb += [
            entry.ready.eq(~waiting),
            bus.request.valid.eq(asking),
            bus.request.payload.address[beat:].eq(address[beat:]),
            bus.beat.valid.eq(giving),
            bus.beat.payload.data.eq(word.replicate(words)),
            bus.beat.payload.strobe.eq(0b1111 << lane * WORD_BYTES if words > 1 else 0b1111),
            bus.beat.payload.last.eq(1),
            bus.answer.ready.eq(1),
            answered.eq(waiting & bus.answer.valid),
            self.job.done.eq(answered),
            self.report.error.eq(answered & bus.answer.payload.error),
            self.report.address.eq(address),
            self.report.job.eq(number),
        ]
        with m.If(entry.valid & entry.ready):
            m.d.sync += [
                address.eq(address_of(config, entry.payload, "address")), word.eq(entry.payload.data),
                asking.eq(1), giving.eq(1), waiting.eq(1),
            ]
        with m.Else():
            m.d.sync += [asking.eq(asking & ~bus.request.ready), giving.eq(giving & ~bus.beat.ready), waiting.eq(waiting & ~answered)]
        m.d.sync += number.eq(number + answered)
        return m
