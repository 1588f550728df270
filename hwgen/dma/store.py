# SPDX-License-Identifier: Apache-2.0
"""Copies from the scratchpad to external memory."""

from amaranth import Module
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
        connect(m, flipped(self.bus.request), side.request)
        m.d.comb += [
            packer.i.valid.eq(self.i.valid & self.piece.valid),
            packer.i.payload.data.eq(self.i.payload),
            packer.i.payload.piece.eq(self.piece.payload),
            self.i.ready.eq(packer.i.ready & self.piece.valid),
            self.piece.ready.eq(packer.i.ready & self.i.valid),
        ]

        # Ends of bursts go along with the pieces.
        beat, out = side.beat, self.bus.beat
        m.d.comb += [
            unpacker.piece.payload.eq(beat.payload.piece),
            unpacker.piece.valid.eq(beat.valid & ends.i.ready),
            beat.ready.eq(unpacker.piece.ready & ends.i.ready),
            ends.i.valid.eq(beat.valid & unpacker.piece.ready),
            ends.i.payload.eq(beat.payload.burst_end),
            out.valid.eq(unpacker.o.valid & ends.o.valid),
            out.payload.data.eq(unpacker.o.payload.data),
            out.payload.strobe.eq(unpacker.o.payload.strobe),
            out.payload.last.eq(ends.o.payload),
            unpacker.o.ready.eq(out.ready & ends.o.valid),
            ends.o.ready.eq(out.ready & unpacker.o.valid),
        ]

        job, burst, answer = side.job, side.burst, self.bus.answer
        m.d.comb += [
            answer.ready.eq(burst.valid),
            burst.ready.eq(answer.valid),
            self.report.error.eq(answer.valid & burst.valid & answer.payload.error),
            self.report.address.eq(burst.payload.address),
            self.report.job.eq(burst.payload.job),
            self.report.mismatch.eq(unpacker.mismatch),
            job.ready.eq(job.payload.empty | (answer.valid & burst.valid & burst.payload.last)),
            self.job.done.eq(job.valid & job.ready),
        ]
        return m
