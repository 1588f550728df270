# SPDX-License-Identifier: Apache-2.0
"""Turns job entries into the sequence of steps they stand for."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.gemm import GemmConfig, core_unit
from ..parts.job import entry_layout
from .signedness import signed_neighbors

STEP = data.StructLayout({
    "empty": 1,     # stands for a job without steps: moves nothing, only ends
    "first": 1,     # of its output tile
    "load": 1,      # first of its output tile, which starts from C
    "last": 1,      # of its output tile
    "end": 1,       # of its job
    "quantize": 1,  # where the tile goes
})
"""What later stages need to know of a step; travels with its data."""


class StepSequencer(wiring.Component):
    """Issues ``steps`` steps for each of ``tiles`` output tiles, job after job without a gap.

    A job whose ``steps`` or ``tiles`` is zero becomes one step marked ``empty``. The next entry is
    taken in the very cycle the present job's last step is, so that its own first step can follow in
    the next cycle.

    Parameters
    ----------
    config : GemmConfig

    Members
    -------
    entry : ``In(stream.Signature(entry_layout(core_unit(config))))``
    o : ``Out(stream.Signature(STEP))``
        First valid in the cycle after an entry was taken.
    a_zero_point, b_zero_point : ``Out(signed(a_width))`` and ``Out(signed(b_width))``
        Those of the step at ``o``, with inverted sign bits if the operand is unsigned.
    a_unsigned, b_unsigned : ``Out(1)``
        How the operands of the step at ``o`` are read.
    """

    def __init__(self, config: GemmConfig):
        self._config = config
        entry = entry_layout(core_unit(config))
        super().__init__({
            "entry": In(stream.Signature(entry)),
            "o": Out(stream.Signature(STEP)),
            "a_zero_point": Out(signed(config.a_width)),
            "b_zero_point": Out(signed(config.b_width)),
            "a_unsigned": Out(1),
            "b_unsigned": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        entry = self.entry.payload
        running = Signal()
        job = {
            name: Signal(len(entry[name]), name=name, attrs={"hwgen_role": "configuration"})
            for name in ("steps", "add_c", "quantize", "a_unsigned", "b_unsigned")
        }
        steps_left = Signal(self._config.step_width)
        tiles_left = Signal(self._config.tile_width)
        first, last, end, empty = Signal(init=1), Signal(), Signal(), Signal()

        m.d.comb += [
            empty.eq((steps_left == 0) | (tiles_left == 0)),
            last.eq(~empty & (steps_left == 1)),
            end.eq(empty | last & (tiles_left == 1)),
            self.o.valid.eq(running),
            self.o.payload.empty.eq(empty),
            self.o.payload.first.eq(first),
            self.o.payload.load.eq(first & job["add_c"] & ~empty),
            self.o.payload.last.eq(last),
            self.o.payload.end.eq(end),
            self.o.payload.quantize.eq(job["quantize"]),
            self.a_unsigned.eq(job["a_unsigned"]),
            self.b_unsigned.eq(job["b_unsigned"]),
            self.entry.ready.eq(~running | self.o.ready & end),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [
                first.eq(last | empty),
                steps_left.eq(Mux(last, job["steps"], steps_left - 1)),
                tiles_left.eq(tiles_left - last),
            ]
        with m.If(self.entry.ready):
            m.d.sync += running.eq(self.entry.valid)
        with m.If(self.entry.valid & self.entry.ready):
            m.d.sync += [job[name].eq(entry[name]) for name in job]
            m.d.sync += [
                steps_left.eq(entry.steps),
                tiles_left.eq(entry.tiles),
            ]
        for name, width in (("a", self._config.a_width), ("b", self._config.b_width)):
            zero_point = Signal(signed(width), name=f"{name}_zero_point_held", attrs={"hwgen_role": "configuration"})
            neighbor = signed_neighbors(
                m, entry[f"{name}_zero_point"][:width], width, entry[f"{name}_unsigned"],
                name=f"{name}_zero_point_neighbor")
            m.d.comb += getattr(self, f"{name}_zero_point").eq(zero_point)
            with m.If(self.entry.valid & self.entry.ready):
                m.d.sync += zero_point.eq(neighbor)
        return m
