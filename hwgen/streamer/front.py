# SPDX-License-Identifier: Apache-2.0
"""The address side common to readers and writers: job in, bank accesses of one step per cycle out."""

from amaranth import Cat, Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import MemoryConfig, StreamerConfig
from ..config.base import bits_for
from ..config.streamer_unit import enable_name, parameter_fields, streamer_unit
from ..parts.job import entry_layout, fields_layout
from ..parts.queue import Queue
from .address import ADDRESS_BITS, AddressGenerator
from .extension import fetched_channels
from .request import Access, StepRequest
from .tail import TailSettings, tail_flags

JOBS_IN_FLIGHT = 8
"""Jobs a streamer may have taken and not completed: one addressing, others draining or empty; at least
one more than the cycles from taking a job to its first word, so that jobs of one step do not pause."""


class DataJob(data.StructLayout):
    """What the data side must know of a job.

    Members are ``enable``, the extensions' switches in order; ``empty``, whether the job moves
    nothing; ``tail``, how much tail masks keep; and ``parameters``, the extensions' other fields by
    the names they have in the job.
    """

    def __init__(self, memory: MemoryConfig, config: StreamerConfig):
        fields = [field for extension in config.extensions for field in parameter_fields(extension)]
        super().__init__({
            "enable": len(config.extensions),
            "empty": 1,
            "tail": TailSettings(memory, config),
            "parameters": fields_layout(fields),
        })


class FrontStep(data.StructLayout):
    """One temporal step: each channel's access, whether the step is its job's last, tail masks that act."""

    def __init__(self, memory: MemoryConfig, config: StreamerConfig):
        reach = 1 if config.reach == "all" else config.reach
        super().__init__({
            "accesses": data.ArrayLayout(Access(memory, reach), config.channels),
            "last": 1,
            "tail": tail_flags(config),
        })


class ErrorReport(data.StructLayout):
    """The first suppressed access of a step; its address is ``pointer`` plus the channel's offset."""

    def __init__(self, config: StreamerConfig):
        super().__init__({
            "cause": 2,
            "channel": bits_for(config.channels),
            "pointer": ADDRESS_BITS,
            "strides": data.ArrayLayout(signed(ADDRESS_BITS), config.spatial_dimensions),
        })


class AddressFront(wiring.Component):
    """Job entries to steps of checked bank accesses.

    The first step is valid one cycle after its job is taken; jobs follow one another without a gap.

    Members
    -------
    entry : ``In(stream.Signature(entry_layout(unit)))``
    step : ``Out(stream.Signature(FrontStep(memory, config)))``
    job : ``Out(stream.Signature(DataJob(memory, config)))``
        Each job taken, in order, valid the cycle after; a queue of `JOBS_IN_FLIGHT`.
    error : ``Out(ErrorReport(config))``
        Cause 0 for none; may be looked at in any cycle, reports each wrong step at least once.
    """

    def __init__(self, memory: MemoryConfig, name: str, config: StreamerConfig):
        self.memory, self.config = memory, config
        self.unit = streamer_unit(name, config, memory)
        super().__init__({
            "entry": In(stream.Signature(entry_layout(self.unit))),
            "step": Out(stream.Signature(FrontStep(memory, config))),
            "job": Out(stream.Signature(DataJob(memory, config))),
            "error": Out(ErrorReport(config)),
        })

    def elaborate(self, platform):
        m = Module()
        config, entry = self.config, self.entry.payload
        m.submodules.generator = generator = AddressGenerator(config)
        m.submodules.request = request = StepRequest(self.memory, config)
        m.submodules.jobs = jobs = Queue(DataJob(self.memory, config), depth=JOBS_IN_FLIGHT)
        connect(m, flipped(self.job), jobs.o)

        bounds = [entry[f"temporal_bound_{d}"] for d in range(config.temporal_dimensions)]
        enables = [entry[enable_name(extension)] for extension in config.extensions]
        m.d.comb += [
            generator.i.valid.eq(self.entry.valid & jobs.i.ready),
            jobs.i.valid.eq(self.entry.valid & generator.i.ready),
            self.entry.ready.eq(generator.i.ready & jobs.i.ready),
            generator.i.payload.base.eq(entry.base),
            jobs.i.payload.enable.eq(Cat(enables)),
            jobs.i.payload.empty.eq(Cat(bound == 0 for bound in bounds).any()),
        ]
        for part in (jobs.i.payload.tail, jobs.i.payload.parameters):
            m.d.comb += [part[name].eq(entry[name]) for name, _ in part.shape()]
        for d, bound in enumerate(bounds):
            m.d.comb += [
                generator.i.payload.bounds[d].eq(bound),
                generator.i.payload.strides[d].eq(entry[f"temporal_stride_{d}"]),
            ]

        def held(shape, name):
            return Signal(shape, name=name, attrs={"hwgen_role": "configuration"})

        strides = held(request.strides.shape(), "spatial_strides")
        mode = held(bits_for(len(config.groups)), "mode")
        enable = held(len(config.extensions), "extensions")
        with m.If(self.entry.valid & self.entry.ready):
            m.d.sync += enable.eq(Cat(enables))
            m.d.sync += [strides[d].eq(entry[f"spatial_stride_{d}"]) for d in range(config.spatial_dimensions)]
            if len(config.groups) > 1:
                m.d.sync += mode.eq(entry.addressing_mode)

        m.d.comb += [
            request.pointer.eq(generator.o.payload.pointer),
            request.strides.eq(strides),
            request.mode.eq(mode),
            request.enable.eq(fetched_channels(config, enable)),
            self.step.valid.eq(generator.o.valid),
            generator.o.ready.eq(self.step.ready),
            self.step.payload.accesses.eq(request.accesses),
            self.step.payload.last.eq(generator.o.payload.last),
            self.error.channel.eq(request.error_channel),
            self.error.pointer.eq(generator.o.payload.pointer),
            [self.error.strides[d].eq(strides[d]) for d in range(config.spatial_dimensions)],
        ]
        with m.If(generator.o.valid):
            m.d.comb += self.error.cause.eq(request.error)
        return m
