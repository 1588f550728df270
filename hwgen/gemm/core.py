# SPDX-License-Identifier: Apache-2.0
"""The GeMM core: jobs and operand streams in, result streams out."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config.gemm import GemmConfig, core_unit
from ..parts.job import JobSignature
from .accumulators import Accumulators
from .array import DotProductArray
from .sequencer import STEP, StepSequencer
from .signedness import signed_neighbors
from .zero_points import ZeroPointTerms


class GemmCore(wiring.Component):
    """Output-stationary matrix multiplication, D = (A - za)(B - zb) + C modulo 2**accumulator_width.

    Every step takes one tile of A and one of B; a result tile is the sum of ``steps`` steps. A
    step's products are registered, then accumulated; the accumulators themselves hold a finished
    tile, and the next tile's first step is accumulated in the cycle it leaves. One step a cycle is
    sustained across tiles and jobs, whatever ``steps`` is. A result is offered two cycles after its
    tile's last step was taken.

    Each job reads A and B, with their zero points, as two's complement or as unsigned.

    Readiness of ``a``, ``b``, ``c`` and ``job.entry`` depends within the cycle on ``d.ready`` and
    ``q.ready``; ``valid`` of a result depends on registers only.

    Parameters
    ----------
    config : GemmConfig

    Members
    -------
    job : ``Out(JobSignature(core_unit(config)))``
        A job without steps or tiles moves nothing and ends in its turn. ``done`` is high in the
        cycle after the job's last result was taken.
    a : ``In(stream.Signature(m * k * a_width))``
        Tile of A, element (i, k) at bit ``(i * K + k) * a_width``; one each step.
    b : ``In(stream.Signature(k * n * b_width))``
        Tile of B, element (k, j) at bit ``(k * N + j) * b_width``; one each step.
    c : ``In(stream.Signature(m * n * accumulator_width))``
        Initial tile, element (i, j) at bit ``(i * N + j) * accumulator_width``; one each tile of
        jobs with ``add_c``.
    d, q : ``Out(stream.Signature(m * n * accumulator_width))``
        Result tiles of jobs without and with ``quantize``, elements as in ``c``.
    step : ``Out(1)``
        A step is issued: ``a`` and ``b`` are taken.
    active : ``Out(1)``
        A job is running or its last result has not left.
    needs_a, needs_b, needs_c : ``Out(1)``
        The next step, or the accumulation before it, wants that operand, which is not valid.
    blocked : ``Out(1)``
        A finished result is not taken. Of these four, which may coincide, at least one is high in
        every cycle in which a job runs without issuing a step, except for that of an empty job.
    """

    def __init__(self, config: GemmConfig):
        self._config = config
        tile = stream.Signature(config.m * config.n * config.accumulator_width)
        super().__init__({
            "job": Out(JobSignature(core_unit(config))),
            "a": In(stream.Signature(config.m * config.k * config.a_width)),
            "b": In(stream.Signature(config.k * config.n * config.b_width)),
            "c": In(tile),
            "d": Out(tile),
            "q": Out(tile),
            "step": Out(1),
            "active": Out(1),
            "needs_a": Out(1),
            "needs_b": Out(1),
            "needs_c": Out(1),
            "blocked": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.sequencer = sequencer = StepSequencer(self._config)
        m.submodules.array = array = DotProductArray(self._config)
        m.submodules.zero_points = zero_points = ZeroPointTerms(self._config)
        m.submodules.accumulators = accumulators = Accumulators(self._config)
        connect(m, flipped(self.job.entry), sequencer.entry)

        # Issue: a step leaves the sequencer together with its operands, an empty job without any.
        issue = sequencer.o.payload
        wanted = Signal()
        products_ready = Signal()
        m.d.comb += [
            wanted.eq(sequencer.o.valid & ~issue.empty),
            self.step.eq(wanted & self.a.valid & self.b.valid & products_ready),
            self.a.ready.eq(wanted & self.b.valid & products_ready),
            self.b.ready.eq(wanted & self.a.valid & products_ready),
            sequencer.o.ready.eq(products_ready & (issue.empty | self.a.valid & self.b.valid)),
        ]

        # Products of one step, and what that step is.
        products_valid = Signal()
        products = Signal(STEP)
        for name, width in (("a", self._config.a_width), ("b", self._config.b_width)):
            operands = signed_neighbors(
                m, getattr(self, name).payload, width, getattr(sequencer, f"{name}_unsigned"), name=f"signed_{name}")
            for part in (array, zero_points):
                m.d.comb += getattr(part, name).eq(operands)
        m.d.comb += [
            array.enable.eq(self.step),
            zero_points.enable.eq(self.step),
            zero_points.a_zero_point.eq(sequencer.a_zero_point),
            zero_points.b_zero_point.eq(sequencer.b_zero_point),
        ]
        with m.If(products_ready):
            m.d.sync += [
                products_valid.eq(sequencer.o.valid & sequencer.o.ready),
                products.eq(issue),
            ]

        # Accumulation, as soon as the previous tile has left and C is there if it is wanted.
        advance = Signal()
        wants_c = Signal()
        m.d.comb += [
            wants_c.eq(products_valid & products.load),
            advance.eq(products_valid & ~self.blocked & (~wants_c | self.c.valid)),
            products_ready.eq(~products_valid | advance),
            self.c.ready.eq(wants_c & ~self.blocked),
            accumulators.sums.eq(array.sums),
            accumulators.rows.eq(zero_points.rows),
            accumulators.columns.eq(zero_points.columns),
            accumulators.constant.eq(zero_points.constant),
            accumulators.initial.eq(self.c.payload),
            accumulators.keep.eq(~products.first),
            accumulators.load.eq(products.load),
            accumulators.enable.eq(advance),
        ]

        # Result: held by the accumulators until the stream it belongs to has taken it.
        ending = Signal()
        finished = Signal()
        m.d.comb += [
            finished.eq(advance & products.last),
            self.d.payload.eq(accumulators.values),
            self.q.payload.eq(accumulators.values),
            self.blocked.eq(self.d.valid & ~self.d.ready | self.q.valid & ~self.q.ready),
        ]
        with m.If(~self.blocked):
            m.d.sync += [
                self.d.valid.eq(finished & ~products.quantize),
                self.q.valid.eq(finished & products.quantize),
                ending.eq(advance & products.end),
            ]
        m.d.sync += self.job.done.eq(ending & ~self.blocked)

        m.d.comb += [
            self.active.eq(sequencer.o.valid | products_valid | self.d.valid | self.q.valid | ending),
            self.needs_a.eq(wanted & ~self.a.valid),
            self.needs_b.eq(wanted & ~self.b.valid),
            self.needs_c.eq(wants_c & ~self.c.valid),
        ]
        return m
