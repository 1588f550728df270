# SPDX-License-Identifier: Apache-2.0
"""The address side common to readers and writers: job in, bank accesses of one step per cycle out."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import MemoryConfig, StreamerConfig
from ..config.base import bits_for
from ..config.streamer_unit import enable_name, parameter_fields, spatial_stride_width, streamer_unit
from ..parts.job import entry_layout, fields_layout
from ..parts.piece import PieceLayout
from ..parts.queue import Queue
from .address import ADDRESS_BITS, AddressGenerator
from .extension import fetched_channels
from .request import Access, StepRequest
from .run import RunPieces
from .tail import TailMask, TailSettings, tail_flags

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
    """The first suppressed access of a step.

    Its address is ``pointer`` plus the channel's index along each spatial dimension times
    ``strides``, plus ``row_ends`` times ``row_wrap`` if the streamer has them.
    """

    def __init__(self, config: StreamerConfig):
        super().__init__({
            "cause": 2,
            "channel": bits_for(config.channels),
            "pointer": ADDRESS_BITS,
            "strides": data.ArrayLayout(signed(ADDRESS_BITS), config.spatial_dimensions),
            **({"row_ends": bits_for(config.spatial_bounds[0]), "row_wrap": signed(ADDRESS_BITS)} if config.row_wrap else {}),
        })


def piece_member(memory: MemoryConfig, config: StreamerConfig) -> dict:
    """The stream of what steps hold of their runs, where addresses are those of bytes."""
    return {"piece": Out(stream.Signature(PieceLayout(config.channels * memory.word_bytes)))} if config.byte_addressed else {}


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
        Cause 0 for none; reports each wrong step once, in the first cycle in which it is valid.
    piece : ``Out(stream.Signature(PieceLayout(bytes of a step)))`` (where addresses are those of bytes)
        What each step holds of its run, in order, from the cycle after the step on.
    """

    def __init__(self, memory: MemoryConfig, name: str, config: StreamerConfig):
        self.memory, self.config = memory, config
        self.unit = streamer_unit(name, config, memory)
        super().__init__({
            "entry": In(stream.Signature(entry_layout(self.unit))),
            "step": Out(stream.Signature(FrontStep(memory, config))),
            "job": Out(stream.Signature(DataJob(memory, config))),
            "error": Out(ErrorReport(config)),
            **piece_member(memory, config),
        })

    def elaborate(self, platform):
        m = Module()
        config, entry = self.config, self.entry.payload
        m.submodules.generator = generator = AddressGenerator(config, spatial_stride_width(self.memory))
        m.submodules.request = request = StepRequest(self.memory, config)
        m.submodules.jobs = jobs = Queue(DataJob(self.memory, config), depth=JOBS_IN_FLIGHT)
        connect(m, flipped(self.job), jobs.o)

        bounds = [entry[f"temporal_bound_{d}"] for d in range(config.temporal_dimensions)]
        if config.byte_addressed:
            # Runs of no bytes are as good as none.
            bounds[0] = Mux(entry.run_bytes == 0, 0, bounds[0])
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
        take = Signal()
        m.d.comb += take.eq(self.entry.valid & self.entry.ready)
        with m.If(take):
            m.d.sync += enable.eq(Cat(enables))
            m.d.sync += [strides[d].eq(entry[f"spatial_stride_{d}"]) for d in range(config.spatial_dimensions)]
            if len(config.groups) > 1:
                m.d.sync += mode.eq(entry.addressing_mode)

        taking_part = fetched_channels(config, enable)
        if config.tail_masks:
            taking_part = taking_part & self._tail(m, take, generator.o.payload.at_end)
        room = 1
        if config.byte_addressed:
            taking_part, room = self._run(m, take, generator)
        m.d.comb += [
            request.pointer.eq(generator.o.payload.pointer),
            request.strides.eq(strides),
            request.mode.eq(mode),
            request.enable.eq(taking_part),
            self.step.valid.eq(generator.o.valid & room),
            generator.o.ready.eq(self.step.ready & room),
            self.step.payload.accesses.eq(request.accesses),
            self.step.payload.last.eq(generator.o.payload.last),
            self.error.channel.eq(request.error_channel),
            self.error.pointer.eq(generator.o.payload.pointer),
            [self.error.strides[d].eq(strides[d]) for d in range(config.spatial_dimensions)],
        ]
        # Once only, or a step that is held up would err anew after every resume and keep from starting what it waits for.
        reported = Signal()
        m.d.sync += reported.eq(self.step.valid & ~self.step.ready)
        with m.If(generator.o.valid & ~reported):
            m.d.comb += self.error.cause.eq(request.error)
        if config.row_wrap:
            row_wrap, row = held(entry.row_wrap.shape(), "row_wrap"), held(request.row.shape(), "row")
            with m.If(take):
                m.d.sync += row_wrap.eq(entry.row_wrap)
                for name, value in row.shape().between(entry.spatial_stride_0, entry.row_wrap).items():
                    m.d.sync += row[name].eq(value)
            m.d.comb += [
                generator.i.payload.rows.length.eq(entry.row_length),
                generator.i.payload.rows.wrap.eq(entry.row_wrap),
                generator.i.payload.rows.loop.eq(entry.row_loop),
                request.row.eq(row),
                request.row_ends.eq(generator.o.payload.row_ends),
                self.error.row_wrap.eq(row_wrap),
                self.error.row_ends.eq(request.error_row_ends),
            ]
        return m

    def _run(self, m: Module, take, generator):
        """Channels that hold bytes of the run, and whether what the step holds of it finds room in its queue."""
        config, step = self.config, generator.o.payload
        m.submodules.run = run = RunPieces(self.memory, config)
        # Never full: there are no more steps under way than channels keep addresses and words.
        depth = config.address_buffer_depth + config.data_buffer_depth + 2
        m.submodules.pieces = pieces = Queue(run.piece.shape(), depth=depth)
        connect(m, flipped(self.piece), pieces.o)
        leaves = Signal()
        m.d.comb += [
            leaves.eq(self.step.valid & self.step.ready),
            run.take.eq(take),
            run.run_bytes.eq(self.entry.payload.run_bytes),
            run.advance.eq(leaves),
            run.run_end.eq(step.at_end[0]),
            run.last_run.eq(step.at_end[1:].all()),
            run.address.eq(step.pointer),
            pieces.i.valid.eq(leaves),
            pieces.i.payload.eq(run.piece),
        ]
        return run.enable, pieces.i.ready

    def _tail(self, m: Module, take, at_end):
        """Masks that act on the step, told with it; which channels they leave."""
        config, entry = self.config, self.entry.payload
        m.submodules.tail = mask = TailMask(self.memory, config)
        settings = Signal(TailSettings(self.memory, config), attrs={"hwgen_role": "configuration"})
        names = [*(f"tail_loops_{s}" for s in range(config.spatial_dimensions)), "tail_word_loops"]
        sets = [Signal(config.temporal_dimensions, name=name, attrs={"hwgen_role": "configuration"}) for name in names]
        with m.If(take):
            m.d.sync += [settings[name].eq(entry[name]) for name, _ in settings.shape()]
            m.d.sync += [loops.eq(entry[name]) for loops, name in zip(sets, names, strict=True)]
        m.d.comb += [
            *(mask.tail[k].eq(loops.any() & ~(loops & ~at_end).any()) for k, loops in enumerate(sets)),
            mask.settings.eq(settings),
            self.step.payload.tail.eq(mask.tail),
        ]
        return mask.lanes
