# SPDX-License-Identifier: Apache-2.0
"""Rescaling parameters that travel beside the data, so that jobs can follow each other in the pipeline."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config.quantizer import QuantizerConfig, quantizer_unit
from ..parts.job import entry_layout
from .shifter import SHIFT_BITS

CONFIGURATION = {"hwgen_role": "configuration"}


def clamp_layout() -> data.StructLayout:
    """What the last step of a lane reads."""
    return data.StructLayout({name: signed(8) for name in ("output_zero_point", "minimum", "maximum")})


def shift_layout(channels: int) -> data.StructLayout:
    """What the shift reads, and the steps after it."""
    return data.StructLayout({"shift": data.ArrayLayout(SHIFT_BITS, channels), "clamp": clamp_layout()})


def multiply_layout(channels: int) -> data.StructLayout:
    """What the multiplication reads, and the steps after it."""
    return data.StructLayout({"multiplier": data.ArrayLayout(signed(32), channels), "later": shift_layout(channels)})


class ParameterPipeline(wiring.Component):
    """One set of parameters in waiting, and for each step of a lane those it and its successors need.

    Parameters
    ----------
    config : QuantizerConfig

    Members
    -------
    entry : ``In(entry_layout(quantizer_unit(config)))``
    load : ``In(1)``
        Hold ``entry`` as the next job's.
    start : ``In(1)``
        The next job's first tile is taken: from the next cycle on its elements are subtracted from.
    begin : ``In(1)``
        Its first group moves on to the multiplication; ``load`` may come in this cycle, not before.
        Only while ``advance``.
    advance : ``In(1)``
        The lanes are enabled.
    input_zero_point : ``Out(signed(8))``
    multiply : ``Out(multiply_layout(config.channels))``
    shift : ``Out(shift_layout(config.channels))``
    clamp : ``Out(clamp_layout())``
        Of the job whose group is at that step of the lanes.
    """

    def __init__(self, config: QuantizerConfig):
        self._channels = config.channels
        super().__init__({
            "entry": In(entry_layout(quantizer_unit(config))),
            "load": In(1),
            "start": In(1),
            "begin": In(1),
            "advance": In(1),
            "input_zero_point": Out(signed(8)),
            "multiply": Out(multiply_layout(config.channels)),
            "shift": Out(shift_layout(config.channels)),
            "clamp": Out(clamp_layout()),
        })

    def elaborate(self, platform):
        m = Module()

        def held(shape, name):
            return Signal(shape, name=name, reset_less=True, attrs=CONFIGURATION)

        next_zero_point = held(signed(8), "next_zero_point")
        following = held(multiply_layout(self._channels), "following")
        zero_point = held(signed(8), "zero_point")
        multiply = held(multiply_layout(self._channels), "at_multiply")
        shift = held(shift_layout(self._channels), "at_shift")
        clamp = held(clamp_layout(), "at_clamp")

        with m.If(self.load):
            m.d.sync += next_zero_point.eq(self.entry.input_zero_point)
            for c in range(self._channels):
                m.d.sync += following.multiplier[c].eq(self.entry[f"multiplier_{c}"])
                m.d.sync += following.later.shift[c].eq(self.entry[f"shift_{c}"])
            for name in ("output_zero_point", "minimum", "maximum"):
                m.d.sync += following.later.clamp[name].eq(self.entry[name])
        with m.If(self.start):
            m.d.sync += zero_point.eq(next_zero_point)
        with m.If(self.begin):
            m.d.sync += multiply.eq(following)
        with m.If(self.advance):
            m.d.sync += [shift.eq(multiply.later), clamp.eq(shift.clamp)]

        m.d.comb += [
            self.input_zero_point.eq(zero_point),
            self.multiply.eq(multiply),
            self.shift.eq(shift),
            self.clamp.eq(clamp),
        ]
        return m
