# SPDX-License-Identifier: Apache-2.0
"""Copies from the scratchpad to external memory."""

from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import MemoryConfig
from ..config.dma import STORE, DmaConfig
from ..parts.axi import AxiWriteSignature
from ..parts.job import JobSignature
from ..parts.piece import PieceLayout
from ..parts.queue import Queue
from .packer import BytePacker, DenseLayout
from .side import ExternalReport, ExternalSide
from .unpacker import ByteUnpacker


class StoreEngine(wiring.Component):
    """Collects runs of bytes from the steps of a reader and writes them as bursts.

    One step is taken and one beat given per cycle; 4 cycles lie between a step and the beat that ends with it.
    A burst is asked for only when its first beat is there: however long the reader must wait, nobody's
    beats wait behind those of a burst that has not begun.

    Members
    -------
    job : ``Out(JobSignature(unit))``
        Done once all its bursts have been answered.
    bus : ``Out(AxiWriteSignature(address_width, data_width))``
    i : ``In(stream.Signature(data_width))``
        The reader's steps.
    piece : ``In(stream.Signature(PieceLayout(data_bytes)))``
        What they hold of runs.
    report : ``Out(ExternalReport(config, count_width))``
        The address is that of the burst's first byte.
    """

    def __init__(self, config: DmaConfig, memory: MemoryConfig, count_width: int):
        self.config, self.memory, self.count_width = config, memory, count_width
        self.unit = next(unit for unit in config.units() if unit.name == STORE)
        super().__init__({
            "job": Out(JobSignature(self.unit)),
            "bus": Out(AxiWriteSignature(config.address_width, config.data_width)),
            "i": In(stream.Signature(config.data_width)),
            "piece": In(stream.Signature(PieceLayout(config.data_bytes))),
            "report": Out(ExternalReport(config, count_width)),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.packer = packer = BytePacker(config.data_bytes)
        m.submodules.words = words = Queue(DenseLayout(config.data_bytes), depth=2)
        m.submodules.unpacker = unpacker = ByteUnpacker(config.data_bytes)
        m.submodules.side = side = ExternalSide(config, self.unit, self.count_width, answers=True)
        m.submodules.ends = ends = Queue(1, depth=2)
        connect(m, flipped(self.job.entry), side.entry)
        connect(m, packer.o, words.i)
        connect(m, words.o, unpacker.i)
        m.d.comb += [
            packer.i.valid.eq(self.i.valid & self.piece.valid),
            packer.i.payload.data.eq(self.i.payload),
            packer.i.payload.piece.eq(self.piece.payload),
            self.i.ready.eq(packer.i.ready & self.piece.valid),
            self.piece.ready.eq(packer.i.ready & self.i.valid),
        ]

        # Ends of bursts go along with the pieces, and the first piece of a burst with its request.
        beat, out, asked = side.beat, self.bus.beat, Signal()
        m.d.comb += [
            asked.eq(self.bus.request.ready | ~beat.payload.burst_begin),
            self.bus.request.payload.eq(beat.payload.burst),
            self.bus.request.valid.eq(beat.valid & beat.payload.burst_begin & unpacker.piece.ready & ends.i.ready),
            unpacker.piece.payload.eq(beat.payload.piece),
            unpacker.piece.valid.eq(beat.valid & ends.i.ready & asked),
            beat.ready.eq(unpacker.piece.ready & ends.i.ready & asked),
            ends.i.valid.eq(beat.valid & unpacker.piece.ready & asked),
            ends.i.payload.eq(beat.payload.burst_end),
            out.valid.eq(unpacker.o.valid & ends.o.valid),
            out.payload.data.eq(unpacker.o.payload.data),
            out.payload.strobe.eq(unpacker.o.payload.strobe),
            out.payload.last.eq(ends.o.payload),
            unpacker.o.ready.eq(out.ready & ends.o.valid),
            ends.o.ready.eq(out.ready & unpacker.o.valid),
        ]

        # An answer is taken only when its job is the first, or that of the job after an empty one would end both.
        job, burst, answer = side.job, side.burst, self.bus.answer
        owner, answered, number = Signal(), Signal(), Signal(self.count_width)
        m.d.comb += [
            owner.eq(job.valid & ~job.payload.empty),
            answer.ready.eq(burst.valid & owner),
            burst.ready.eq(answer.valid & owner),
            answered.eq(answer.valid & answer.ready),
            self.report.error.eq(answered & answer.payload.error),
            self.report.address.eq(burst.payload.address),
            self.report.job.eq(Mux(self.report.error, burst.payload.job, number)),
            self.report.mismatch.eq(unpacker.mismatch),
            job.ready.eq(job.payload.empty | (answered & burst.payload.last)),
            self.job.done.eq(job.valid & job.ready),
        ]
        # A wrong length shows in the cycle after the copy's last piece.
        m.d.sync += number.eq(beat.payload.job)
        return m
