# SPDX-License-Identifier: Apache-2.0
"""Copies from external memory to the scratchpad, and fills."""

from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import MemoryConfig
from ..config.dma import LOAD, DmaConfig
from ..parts.axi import AxiReadSignature
from ..parts.job import JobSignature
from ..parts.piece import PieceLayout
from ..parts.queue import Queue
from ..streamer.writer import written_layout
from .packer import BytePacker, DenseLayout
from .side import ExternalReport, ExternalSide
from .unpacker import ByteUnpacker


class LoadEngine(wiring.Component):
    """Reads runs of bytes and deals them out to the steps of a writer.

    One beat is taken and one step given per cycle. Bursts are asked for from two cycles after a job is
    taken, whether the writer wants its words yet or not; 4 cycles lie between a beat and the step that
    ends with it. Bytes of a beat that was answered with an error are zero.

    Members
    -------
    job : ``Out(JobSignature(unit))``
        Done once the writer has taken the last step.
    bus : ``Out(AxiReadSignature(address_width, data_width))``
    o : ``Out(stream.Signature(written_layout(memory, config.load)))``
    piece : ``In(stream.Signature(PieceLayout(data_bytes)))``
        Of the writer's steps.
    report : ``Out(ExternalReport(config, count_width))``
    """

    def __init__(self, config: DmaConfig, memory: MemoryConfig, count_width: int):
        self.config, self.memory, self.count_width = config, memory, count_width
        self.unit = next(unit for unit in config.units() if unit.name == LOAD)
        super().__init__({
            "job": Out(JobSignature(self.unit)),
            "bus": Out(AxiReadSignature(config.address_width, config.data_width)),
            "o": Out(stream.Signature(written_layout(memory, config.load))),
            "piece": In(stream.Signature(PieceLayout(config.data_bytes))),
            "report": Out(ExternalReport(config, count_width)),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.side = side = ExternalSide(config, self.unit, self.count_width, answers=False)
        m.submodules.packer = packer = BytePacker(config.data_bytes)
        m.submodules.words = words = Queue(DenseLayout(config.data_bytes), depth=2)
        m.submodules.unpacker = unpacker = ByteUnpacker(config.data_bytes)
        connect(m, flipped(self.job.entry), side.entry)
        connect(m, flipped(self.bus.request), side.request)
        connect(m, packer.o, words.i)
        connect(m, words.o, unpacker.i)

        beat, answer = side.beat, self.bus.beat
        taken, number = Signal(), Signal(self.count_width)
        m.d.comb += [
            packer.i.valid.eq(answer.valid & beat.valid),
            packer.i.payload.data.eq(Mux(answer.payload.error, 0, answer.payload.data)),
            packer.i.payload.piece.eq(beat.payload.piece),
            answer.ready.eq(packer.i.ready & beat.valid),
            beat.ready.eq(packer.i.ready & answer.valid),
            taken.eq(packer.i.valid & packer.i.ready),
            self.report.error.eq(taken & answer.payload.error),
            self.report.address.eq(beat.payload.address),
            self.report.job.eq(Mux(self.report.error, beat.payload.job, number)),
            self.report.mismatch.eq(unpacker.mismatch),
        ]

        # The head of the jobs says where the pieces' bytes come from, up to the last piece.
        job, dealt, ends = side.job, Signal(), Signal()
        m.d.comb += [
            unpacker.fill.eq(job.payload.fill),
            unpacker.pattern.eq(job.payload.pattern),
            unpacker.piece.payload.eq(self.piece.payload),
            unpacker.piece.valid.eq(self.piece.valid & job.valid & ~job.payload.empty & ~dealt),
            self.piece.ready.eq(unpacker.piece.ready & job.valid & ~job.payload.empty & ~dealt),
            self.o.valid.eq(unpacker.o.valid),
            self.o.payload.data.eq(unpacker.o.payload.data),
            self.o.payload.strobe.eq(unpacker.o.payload.strobe),
            unpacker.o.ready.eq(self.o.ready),
            ends.eq(unpacker.o.valid & unpacker.o.ready & unpacker.o.payload.last),
            job.ready.eq(ends | job.payload.empty),
            self.job.done.eq(job.valid & (ends | job.payload.empty)),
        ]
        m.d.sync += number.eq(number + self.job.done)
        # Between its last piece and that piece's step a job takes no further ones, which are the next job's.
        with m.If(ends):
            m.d.sync += dealt.eq(0)
        with m.Elif(unpacker.piece.valid & unpacker.piece.ready & self.piece.payload.last):
            m.d.sync += dealt.eq(1)
        return m
