# SPDX-License-Identifier: Apache-2.0
"""The external side common to both directions: jobs in, bursts and their beats out."""

from amaranth import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config.dma import DmaConfig
from ..parts.axi import BurstLayout
from ..parts.job import entry_layout
from ..parts.queue import Queue
from .beats import BeatLayout, BeatWalker
from .bursts import BurstSplitter, PlannedBurst, request_of
from .runs import ExternalRuns

JOBS_IN_FLIGHT = 4
"""Copies an engine may have taken and not completed."""


class TakenJob(data.StructLayout):
    """What the data side must know of a copy: that it moves nothing, or is filled from a constant."""

    def __init__(self):
        super().__init__({"empty": 1, "fill": 1, "pattern": 32})


class ExternalReport(data.StructLayout):
    """An answer that was an error: external address, and the number of the unit's job."""

    def __init__(self, config: DmaConfig, count_width: int):
        super().__init__({"error": 1, "address": config.address_width, "job": count_width, "mismatch": 1})


class ExternalSide(wiring.Component):
    """Takes copies, divides them into bursts as early as it can, and tells what each beat holds.

    Members
    -------
    entry : ``In(stream.Signature(entry_layout(unit)))``
    request : ``Out(stream.Signature(BurstLayout(address_width)))``, unless answers come by the burst
        All bursts, in order; at most ``outstanding`` are ahead of the beats.
    beat : ``Out(stream.Signature(BeatLayout(config, count_width)))``
        Beats of all bursts, in order.
    burst : ``Out(stream.Signature(PlannedBurst(config, count_width)))``, where answers come by the burst
        All bursts, in order; at most ``outstanding`` are taken that have not left here.
    job : ``Out(stream.Signature(TakenJob()))``
        Each copy taken, in order.
    """

    def __init__(self, config: DmaConfig, unit, count_width: int, *, answers: bool):
        self.config, self.unit, self.count_width, self.answers = config, unit, count_width, answers
        super().__init__({
            "entry": In(stream.Signature(entry_layout(unit))),
            "beat": Out(stream.Signature(BeatLayout(config, count_width))),
            "job": Out(stream.Signature(TakenJob())),
            **({"burst": Out(stream.Signature(PlannedBurst(config, count_width)))} if answers
               else {"request": Out(stream.Signature(BurstLayout(config.address_width)))}),
        })

    def elaborate(self, platform):
        m = Module()
        config, width, entry = self.config, self.count_width, self.entry.payload
        m.submodules.runs = runs = ExternalRuns(config, self.unit, width)
        m.submodules.splitter = splitter = BurstSplitter(config, width)
        m.submodules.walker = walker = BeatWalker(config, width)
        m.submodules.jobs = jobs = Queue(TakenJob(), depth=JOBS_IN_FLIGHT)
        m.submodules.bursts = bursts = Queue(PlannedBurst(config, width), depth=config.outstanding)
        connect(m, flipped(self.job), jobs.o)
        connect(m, runs.o, splitter.i)
        connect(m, bursts.o, walker.i)
        connect(m, walker.o, flipped(self.beat))

        number, empty, walks = Signal(width), Signal(), Signal()
        fills = entry.fill if "fill" in entry.shape().members else 0
        m.d.comb += [
            empty.eq(~fills & (Cat(entry[f"external_bound_{d}"] == 0 for d in range(config.dimensions)).any() | (entry.run_bytes == 0))),
            walks.eq(~fills & ~empty),
            self.entry.ready.eq(jobs.i.ready & (runs.i.ready | ~walks)),
            runs.i.valid.eq(self.entry.valid & jobs.i.ready & walks),
            runs.i.payload.eq(entry),
            runs.number.eq(number),
            jobs.i.valid.eq(self.entry.valid & self.entry.ready),
            jobs.i.payload.empty.eq(empty),
        ]
        if "fill" in entry.shape().members:
            m.d.comb += [jobs.i.payload.fill.eq(entry.fill), jobs.i.payload.pattern.eq(entry.fill_pattern)]
        with m.If(self.entry.valid & self.entry.ready):
            m.d.sync += number.eq(number + 1)

        # Each burst goes both to the beats and to where it is asked for or answered.
        if self.answers:
            m.submodules.answers = answers = Queue(PlannedBurst(config, width), depth=config.outstanding)
            connect(m, flipped(self.burst), answers.o)
            other = answers.i
            m.d.comb += other.payload.eq(splitter.o.payload)
        else:
            other = self.request
            m.d.comb += [other.payload[name].eq(value) for name, value in request_of(config, splitter.o.payload).items()]
        m.d.comb += [
            splitter.o.ready.eq(bursts.i.ready & other.ready),
            bursts.i.valid.eq(splitter.o.valid & other.ready),
            bursts.i.payload.eq(splitter.o.payload),
            other.valid.eq(splitter.o.valid & bursts.i.ready),
        ]
        return m
