# SPDX-License-Identifier: Apache-2.0
"""Carries words from a reader straight to a writer: the passes of clusters that lack an extension."""

from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import GemmConfig
from ..config.mover import mover_unit
from ..parts.job import JobSignature


class Mover(wiring.Component):
    """One word a cycle from A to E, transposed if asked, or from C to D, without latency.

    Parameters
    ----------
    config : GemmConfig
        Its tiles of A are square.

    Members
    -------
    job : ``Out(JobSignature(mover_unit()))``
        ``done`` in the cycle after its last word was taken, or after an empty job was.
    idle : ``In(1)``
        The core has no job; only then a pass begins.
    a, c : ``In(stream)``; e, d : ``Out(stream)``
    takes_a, takes_c : ``Out(1)``
        The words of A, of C are the mover's. Depends on registers and ``idle``; holds to the pass's end.
    moved : ``Out(1)``
        A word is moved.
    """

    def __init__(self, config: GemmConfig):
        self.config = config
        word = stream.Signature(config.m * config.k * config.a_width)
        tile = stream.Signature(config.m * config.n * config.accumulator_width)
        super().__init__({
            "job": Out(JobSignature(mover_unit())), "idle": In(1), "a": In(word), "e": Out(word), "c": In(tile), "d": Out(tile),
            "takes_a": Out(1), "takes_c": Out(1), "moved": Out(1)})

    def elaborate(self, platform):
        m = Module()
        entry, left = self.job.entry, Signal(24)
        route, transpose = (Signal(name=name, attrs={"hwgen_role": "configuration"}) for name in ("route", "transpose"))
        running, begun = Signal(), Signal()
        m.d.sync += begun.eq(running)
        m.d.comb += [
            running.eq((left != 0) & (self.idle | begun)),
            self.takes_a.eq(running & ~route),
            self.takes_c.eq(running & route),
            self.e.valid.eq(self.takes_a & self.a.valid),
            self.a.ready.eq(self.takes_a & self.e.ready),
            self.d.valid.eq(self.takes_c & self.c.valid),
            self.c.ready.eq(self.takes_c & self.d.ready),
            self.d.payload.eq(self.c.payload),
            self.moved.eq((self.e.valid & self.e.ready) | (self.d.valid & self.d.ready)),
            entry.ready.eq((left == 0) & ~self.job.done),
        ]
        m.d.sync += [left.eq(left - self.moved), self.job.done.eq(self.moved & (left == 1))]
        with m.If(entry.valid & entry.ready):
            m.d.sync += [left.eq(entry.payload.words), route.eq(entry.payload.route), transpose.eq(entry.payload.transpose),
                         self.job.done.eq(entry.payload.words == 0)]
        size, width = self.config.m, self.config.a_width
        for row in range(size):
            for column in range(size):
                there, here = self.a.payload.word_select(column * size + row, width), self.a.payload.word_select(row * size + column, width)
                m.d.comb += self.e.payload.word_select(row * size + column, width).eq(Mux(transpose, there, here))
        return m
