# SPDX-License-Identifier: Apache-2.0
"""The quantizer: int32 result tiles in, int8 tiles out."""

from amaranth import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.quantizer import QuantizerConfig, quantizer_unit
from ..parts.job import JobSignature
from .assembler import TileAssembler
from .job import JobSequencer
from .lane import LANE_LATENCY, RescaleLane
from .parameters import ParameterPipeline
from .serializer import TileSerializer

INPUT_BITS = 32
RESULT_BITS = 8


class Quantizer(wiring.Component):
    """Rescales tiles, ``config.lanes`` elements per cycle, bit for bit as `hwgen.quant.model.rescale`.

    With G = m * n / lanes groups in a tile, one tile is taken every G cycles, without a bubble between
    tiles or jobs (except that at G = 1 a job of a single tile takes two cycles). ``o.valid`` rises G + 4
    cycles after the cycle in which the tile was taken, if ``o`` does not hold it up. A job starts from an
    idle quantizer in the cycle after its entry was taken. An empty job passes no tile and is done once
    all jobs before it are.

    No ready output depends combinationally on any input.

    Parameters
    ----------
    config : QuantizerConfig
    m, n : int
        Rows and columns of a tile. Column j is rescaled by channel j modulo ``config.channels``.

    Members
    -------
    job : ``Out(JobSignature(quantizer_unit(config)))``
        ``done`` comes in the cycle after the job's last tile was taken from ``o``.
    i : ``In(stream.Signature(m * n * 32))``
        Element (r, j), signed, at bit ``(r * n + j) * 32``.
    o : ``Out(stream.Signature(m * n * 8))``
        Element (r, j), signed, at bit ``(r * n + j) * 8``.
    active : ``Out(1)``
        From the cycle after a job was taken until its last tile is taken from ``o`` (of an empty job,
        until it is found empty); low in the cycle of ``done`` unless another job is under way.

    Raises
    ------
    TypeError
        If ``config`` is not a QuantizerConfig, or ``m`` or ``n`` is not an integer.
    ValueError
        If a tile has no element, the lanes do not divide it and fit its rows, or the number of channels
        is neither 1 nor ``n``.
    """

    def __init__(self, config: QuantizerConfig, *, m: int, n: int):
        if not isinstance(config, QuantizerConfig):
            raise TypeError(f"Quantizer config must be a QuantizerConfig, not {config!r}")
        for name, size in (("m", m), ("n", n)):
            if not isinstance(size, int) or isinstance(size, bool):
                raise TypeError(f"Quantizer {name} must be an integer, not {size!r}")
            if size < 1:
                raise ValueError(f"Quantizer {name} must be 1 or more, not {size!r}")
        lanes = config.lanes
        if m * n % lanes or (lanes % n and n % lanes):
            raise ValueError(f"Quantizer lanes must divide {m} x {n} and be a multiple or a divisor of {n}, not {lanes!r}")
        if config.channels not in (1, n):
            raise ValueError(f"Quantizer channels must be 1 or {n}, not {config.channels!r}")
        self._config, self._tile, self._n = config, m * n, n
        self._unit = quantizer_unit(config)
        super().__init__({
            "job": Out(JobSignature(self._unit)),
            "i": In(stream.Signature(self._tile * INPUT_BITS)),
            "o": Out(stream.Signature(self._tile * RESULT_BITS)),
            "active": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        groups = self._tile // self._config.lanes
        m.submodules.sequencer = sequencer = JobSequencer(self._unit)
        m.submodules.serializer = serializer = TileSerializer(self._tile * INPUT_BITS, groups)
        m.submodules.parameters = parameters = ParameterPipeline(self._config)
        m.submodules.assembler = assembler = TileAssembler(self._tile * RESULT_BITS, groups)
        wiring.connect(m, wiring.flipped(self.job), sequencer.job)
        wiring.connect(m, wiring.flipped(self.i), serializer.i)
        wiring.connect(m, assembler.o, wiring.flipped(self.o))

        advance = Signal()
        starting = Signal()  # the first group of a job's first tile is at the subtraction
        final = Signal()     # the tile in the serializer is its job's last
        begin = Signal()
        valid, last = Signal(LANE_LATENCY), Signal(LANE_LATENCY)  # bit s: of the group behind register s of the lanes
        m.d.comb += [
            advance.eq(assembler.advance),
            begin.eq(starting & advance),
            sequencer.releases.eq(~starting | advance),
            sequencer.take.eq(serializer.take),
            sequencer.drained.eq(~serializer.valid & ~valid.any() & assembler.drained),
            sequencer.finished.eq(assembler.finished),
            self.active.eq(sequencer.active),
            serializer.permit.eq(sequencer.permit),
            serializer.advance.eq(advance),
            parameters.entry.eq(self.job.entry.payload),
            parameters.load.eq(sequencer.load),
            parameters.start.eq(serializer.take & sequencer.first),
            parameters.begin.eq(begin),
            parameters.advance.eq(advance),
            assembler.valid.eq(valid[-1]),
            assembler.final.eq(last[-1]),
        ]
        with m.If(begin):
            m.d.sync += starting.eq(0)
        with m.If(serializer.take):
            m.d.sync += [final.eq(sequencer.final), starting.eq(sequencer.first)]
        with m.If(advance):
            m.d.sync += [valid.eq(Cat(serializer.valid, valid)), last.eq(Cat(final, last))]

        self._add_lanes(m, serializer, parameters, assembler)
        return m

    def _add_lanes(self, m, serializer, parameters, assembler):
        """The lanes, each reading its channel's parameters at each of its steps."""
        lanes, channels = self._config.lanes, self._config.channels
        parts = max(self._n // lanes, 1) if channels > 1 else 1  # groups that share the channels of one row
        part, part_multiply, part_shift = (Signal(range(parts), name=f"part_{step}")
                                           for step in ("subtract", "multiply", "shift"))
        with m.If(assembler.advance):
            m.d.sync += [part_multiply.eq(part), part_shift.eq(part_multiply)]
            with m.If(serializer.valid):
                m.d.sync += part.eq(0)
                with m.If(part != parts - 1):
                    m.d.sync += part.eq(part + 1)

        def of_channel(target, values, lane, selected):
            """Drive ``target`` with the value of the channel at ``lane`` in the selected part of a row."""
            *others, final = range(parts)
            with m.Switch(selected):
                for p in others:
                    with m.Case(p):
                        m.d.comb += target.eq(values[(p * lanes + lane) % channels])
                with m.Default():
                    m.d.comb += target.eq(values[(final * lanes + lane) % channels])

        results = []
        for position in range(lanes):
            m.submodules[f"lane_{position}"] = lane = RescaleLane()
            of_channel(lane.multiplier, parameters.multiply.multiplier, position, part_multiply)
            of_channel(lane.shift, parameters.shift.shift, position, part_shift)
            m.d.comb += [
                lane.enable.eq(assembler.advance),
                lane.value.eq(serializer.group.word_select(position, INPUT_BITS).as_signed()),
                lane.input_zero_point.eq(parameters.input_zero_point),
                lane.output_zero_point.eq(parameters.clamp.output_zero_point),
                lane.minimum.eq(parameters.clamp.minimum),
                lane.maximum.eq(parameters.clamp.maximum),
            ]
            results.append(lane.result)
        m.d.comb += assembler.group.eq(Cat(results))
