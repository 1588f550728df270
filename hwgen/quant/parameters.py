# SPDX-License-Identifier: Apache-2.0
"""Rescaling parameters that travel beside the data, so that jobs can follow each other in the pipeline."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config.quantizer import QuantizerConfig, quantizer_unit
from ..parts.job import entry_layout
from .columns import columns_layout
from .rounding import rounding_layout
from .shifter import SHIFT_BITS

CONFIGURATION = {"hwgen_role": "configuration"}
LIMITS = ("output_zero_point", "minimum", "maximum")


def clamp_layout(config: QuantizerConfig) -> data.StructLayout:
    """What the last step of a lane reads."""
    return data.StructLayout({name: signed(config.result_width + 1) for name in LIMITS})


def shift_layout(config: QuantizerConfig) -> data.StructLayout:
    """What the shift reads, besides the columns' shifts, and the steps after it."""
    return data.StructLayout({"rounding": rounding_layout(config.rounding_modes), "clamp": clamp_layout(config)})


class ParameterPipeline(wiring.Component):
    """For each step of a lane the parameters that it and its successors need.

    Parameters
    ----------
    config : QuantizerConfig
    columns : int
        Pairs of multiplier and shift given to the lanes: as many as ``config.channels``, of which each job
        brings all; or, with ``config.parameter_stream``, those of a word of the stream.

    Members
    -------
    entry : ``In(entry_layout(quantizer_unit(config)))``
    start : ``In(1)``
        The first tile of a job with this ``entry`` is taken: in the next cycle its first group is subtracted from.
    begin : ``In(1)``
        Its first group moves on to the multiplication; the next ``start`` may come in this cycle, not before.
        Only while ``advance``.
    advance : ``In(1)``
        The lanes are enabled.
    streamed : ``In(columns_layout(columns))``
        With ``config.parameter_stream``: a word of the stream.
    use_streamed : ``In(1)``
        With ``config.parameter_stream``: the first group of a tile moves on to the multiplication and
        takes ``streamed`` with it. Only while ``advance``.
    input_zero_point : ``Out(signed(8))``
    multiply : ``Out(columns_layout(columns))``
        Of which the multiplication reads the multipliers.
    shift : ``Out(data.ArrayLayout(6, columns))``
    rounding : ``Out(rounding_layout(config.rounding_modes))``
    clamp : ``Out(clamp_layout(config))``
        Of the job, or the tile, whose group is at that step of the lanes.
    """

    def __init__(self, config: QuantizerConfig, columns: int):
        self._config, self._columns = config, columns
        ports = {
            "entry": In(entry_layout(quantizer_unit(config))),
            "start": In(1),
            "begin": In(1),
            "advance": In(1),
            "input_zero_point": Out(signed(8)),
            "multiply": Out(columns_layout(columns)),
            "shift": Out(data.ArrayLayout(SHIFT_BITS, columns)),
            "rounding": Out(rounding_layout(config.rounding_modes)),
            "clamp": Out(clamp_layout(config)),
        }
        if config.parameter_stream:
            ports |= {"streamed": In(columns_layout(columns)), "use_streamed": In(1)}
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        config = self._config

        def held(shape, name):
            return Signal(shape, name=name, reset_less=True, attrs=CONFIGURATION)

        zero_point = held(signed(8), "zero_point")
        columns_to_come, later_to_come = held(columns_layout(config.channels), "columns"), held(shift_layout(config), "later")
        multiply, multiply_later = held(columns_layout(self._columns), "at_multiply"), held(shift_layout(config), "after_multiply")
        shift, shift_later = held(self.shift.shape(), "at_shift"), held(shift_layout(config), "after_shift")
        clamp = held(clamp_layout(config), "at_clamp")

        with m.If(self.start):
            m.d.sync += zero_point.eq(self.entry.input_zero_point)
            for c in range(config.channels):
                m.d.sync += [columns_to_come[c][name].eq(self.entry[f"{name}_{c}"]) for name in ("multiplier", "shift")]
            m.d.sync += [later_to_come.clamp[name].eq(self.entry[name]) for name in LIMITS]
            for mode, _ in later_to_come.rounding.shape():
                m.d.sync += later_to_come.rounding[mode].eq(self.entry.rounding == config.rounding_modes.index(mode))
        with m.If(self.begin):
            m.d.sync += multiply_later.eq(later_to_come)
            m.d.sync += [multiply[c].eq(columns_to_come[c % config.channels]) for c in range(self._columns)]
        if config.parameter_stream:
            with m.If(self.use_streamed):
                m.d.sync += multiply.eq(self.streamed)
        with m.If(self.advance):
            m.d.sync += [shift_later.eq(multiply_later), clamp.eq(shift_later.clamp)]
            m.d.sync += [shift[c].eq(multiply[c].shift) for c in range(self._columns)]

        m.d.comb += [
            self.input_zero_point.eq(zero_point),
            self.multiply.eq(multiply),
            self.shift.eq(shift),
            self.rounding.eq(shift_later.rounding),
            self.clamp.eq(clamp),
        ]
        return m
