# SPDX-License-Identifier: Apache-2.0
"""Turns job entries into the sequence of steps they stand for."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.gemm import GemmConfig, core_unit
from ..parts.job import entry_layout

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
    a_zero_point, b_zero_point : ``Out(signed(8))``
        Those of the step at ``o``.
    """

    def __init__(self, config: GemmConfig):
        self._config = config
        entry = entry_layout(core_unit(config))
        super().__init__({
            "entry": In(stream.Signature(entry)),
            "o": Out(stream.Signature(STEP)),
            "a_zero_point": Out(entry["a_zero_point"].shape),
            "b_zero_point": Out(entry["b_zero_point"].shape),
        })

    def elaborate(self, platform):
        m = Module()
        entry = self.entry.payload
        running = Signal()
        job = {
            name: Signal(entry[name].shape(), name=name, attrs={"hwgen_role": "configuration"})
            for name in ("steps", "a_zero_point", "b_zero_point", "add_c", "quantize")
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
            self.a_zero_point.eq(job["a_zero_point"]),
            self.b_zero_point.eq(job["b_zero_point"]),
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
        return m
