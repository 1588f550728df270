# SPDX-License-Identifier: Apache-2.0
"""The quantizer: tiles of wide sums in, tiles of few bits an element out."""

from amaranth import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.quantizer import COLUMN_BITS, INPUT_WIDTHS, QuantizerConfig, quantizer_unit
from ..parts.job import JobSignature
from .assembler import TileAssembler
from .bank import LaneBank
from .columns import ColumnParameters
from .job import JobSequencer
from .lane import LANE_LATENCY
from .parameters import ParameterPipeline
from .serializer import TileSerializer


class Quantizer(wiring.Component):
    """Rescales tiles, ``config.lanes`` elements per cycle, bit for bit as `hwgen.quant.model.rescale`.

    With G = m * n / lanes, rounded up, groups in a tile, one tile is taken every G cycles, without a bubble
    between tiles or jobs. ``o.valid`` rises G + 4 cycles after the cycle in which the tile was taken, if neither
    ``o`` nor ``p`` holds it up. A job starts from an idle quantizer in the cycle after its entry was taken; up
    to two entries are taken ahead of the running job. An empty job passes no tile and is done once all jobs
    before it are.

    With ``config.parameter_stream``, each tile of a job with ``per_channel`` takes one word of ``p`` along. It
    is not held up if the word comes no later than the tile; a word is taken only for a tile of a job that
    was started, at most one ahead.

    No ready output depends combinationally on any input.

    Parameters
    ----------
    config : QuantizerConfig
    m, n : int
        Rows and columns of a tile. Column j is rescaled by channel j modulo ``config.channels``.
    input_width : int
        Bits of an element of ``i``, 16 to 48.

    Members
    -------
    job : ``Out(JobSignature(quantizer_unit(config)))``
        ``done`` comes in the cycle after the job's last tile was taken from ``o``.
    i : ``In(stream.Signature(m * n * input_width))``
        Element (r, j), signed, at bit ``(r * n + j) * input_width``.
    p : ``In(stream.Signature(n * 40))``
        Only with ``config.parameter_stream``. Column j at bit ``j * 40``: multiplier, signed, in the low 32 bits,
        shift in the 6 bits above.
    o : ``Out(stream.Signature(m * n * config.result_width))``
        Element (r, j) at bit ``(r * n + j) * config.result_width``.
    active : ``Out(1)``
        From the cycle after a job was taken until its last tile is taken from ``o`` (of an empty job,
        until it is found empty); low in the cycle of ``done`` unless another job is under way.
    needs_p : ``Out(1)``
        Only with ``config.parameter_stream``. A tile was taken and waits for its word of ``p``.

    Raises
    ------
    TypeError
        If ``config`` is not a QuantizerConfig, or ``m``, ``n`` or ``input_width`` is not an integer.
    ValueError
        If a tile has no element or fewer than lanes, the number of channels is neither 1 nor ``n``, or the
        input has a width that cannot be.
    """

    def __init__(self, config: QuantizerConfig, *, m: int, n: int, input_width: int = 32):
        if not isinstance(config, QuantizerConfig):
            raise TypeError(f"Quantizer config must be a QuantizerConfig, not {config!r}")
        for name, size in (("m", m), ("n", n), ("input_width", input_width)):
            if not isinstance(size, int) or isinstance(size, bool):
                raise TypeError(f"Quantizer {name} must be an integer, not {size!r}")
            if size < 1:
                raise ValueError(f"Quantizer {name} must be 1 or more, not {size!r}")
        if input_width not in INPUT_WIDTHS:
            raise ValueError(f"Quantizer input_width must be within 16..48, not {input_width!r}")
        if config.lanes > m * n:
            raise ValueError(f"Quantizer lanes must not exceed the {m * n} elements of a tile, not {config.lanes!r}")
        if config.channels not in (1, n):
            raise ValueError(f"Quantizer channels must be 1 or {n}, not {config.channels!r}")
        self.config, self.m, self.n, self.input_width = config, m, n, input_width
        self._tile = m * n
        unit = quantizer_unit(config)
        ports = {
            "job": Out(JobSignature(unit)),
            "i": In(stream.Signature(self._tile * input_width)),
            "o": Out(stream.Signature(self._tile * config.result_width)),
            "active": Out(1),
        }
        if config.parameter_stream:
            ports |= {"p": In(stream.Signature(n * COLUMN_BITS)), "needs_p": Out(1)}
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        config = self.config
        columns = self.n if config.parameter_stream else config.channels
        m.submodules.sequencer = sequencer = JobSequencer(quantizer_unit(config))
        m.submodules.serializer = serializer = TileSerializer(self._tile, self.input_width, config.lanes)
        m.submodules.parameters = parameters = ParameterPipeline(config, columns)
        m.submodules.bank = bank = LaneBank(config, self._tile, self.n, columns, input_width=self.input_width)
        m.submodules.assembler = assembler = TileAssembler(self._tile, config.result_width, config.lanes)
        wiring.connect(m, wiring.flipped(self.job), sequencer.job)
        wiring.connect(m, wiring.flipped(self.i), serializer.i)
        wiring.connect(m, assembler.o, wiring.flipped(self.o))

        advance = Signal()
        leaves = Signal()    # the group at the subtraction, if any, moves on
        offered = Signal()   # there is one that may
        starting = Signal()  # the first group of a job's first tile is at the subtraction
        final = Signal()     # the tile in the serializer is its job's last
        begin = Signal()
        valid, last = Signal(LANE_LATENCY), Signal(LANE_LATENCY)  # bit s: of the group behind register s of the lanes
        waits = self._add_stream(m, sequencer, serializer, parameters, advance) if config.parameter_stream else 0
        m.d.comb += [
            advance.eq(assembler.advance),
            leaves.eq(advance & ~waits),
            offered.eq(serializer.valid & ~waits),
            begin.eq(starting & leaves),
            sequencer.take.eq(serializer.take),
            sequencer.drained.eq(~serializer.valid & ~valid.any() & assembler.drained),
            sequencer.finished.eq(assembler.finished),
            self.active.eq(sequencer.active),
            serializer.permit.eq(sequencer.permit),
            serializer.advance.eq(leaves),
            parameters.entry.eq(sequencer.next),
            parameters.start.eq(serializer.take & sequencer.first),
            parameters.begin.eq(begin),
            parameters.advance.eq(advance),
            bank.enable.eq(advance),
            bank.valid.eq(offered),
            bank.last.eq(serializer.last),
            bank.group.eq(serializer.group),
            bank.input_zero_point.eq(parameters.input_zero_point),
            bank.multiply.eq(parameters.multiply),
            bank.shift.eq(parameters.shift),
            bank.rounding.eq(parameters.rounding),
            bank.clamp.eq(parameters.clamp),
            assembler.valid.eq(valid[-1]),
            assembler.final.eq(last[-1]),
            assembler.group.eq(bank.results),
        ]
        with m.If(begin):
            m.d.sync += starting.eq(0)
        with m.If(serializer.take):
            m.d.sync += [final.eq(sequencer.final), starting.eq(sequencer.first)]
        with m.If(advance):
            m.d.sync += [valid.eq(Cat(offered, valid)), last.eq(Cat(final, last))]
        return m

    def _add_stream(self, m, sequencer, serializer, parameters, advance):
        """Columns from port ``p``; returns whether the tile in the serializer waits for them."""
        m.submodules.columns = columns = ColumnParameters(self.n)
        wiring.connect(m, wiring.flipped(self.p), columns.p)
        m.d.comb += [
            columns.per_channel.eq(sequencer.next.per_channel),
            columns.permit.eq(sequencer.permit),
            columns.first.eq(sequencer.first),
            columns.take.eq(serializer.take),
            columns.advance.eq(advance),
            parameters.streamed.eq(columns.columns),
            parameters.use_streamed.eq(columns.use),
            self.needs_p.eq(columns.waits),
        ]
        return columns.waits
