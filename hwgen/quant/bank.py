# SPDX-License-Identifier: Apache-2.0
"""All lanes of the quantizer, and which columns' parameters each of them reads when."""

import math

from amaranth import Cat, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config.quantizer import QuantizerConfig
from .columns import columns_layout
from .lane import RescaleLane
from .parameters import clamp_layout
from .rounding import rounding_layout
from .shifter import SHIFT_BITS


class LaneBank(wiring.Component):
    """Rescales one group of a tile per enabled cycle; position l of group g is element ``g * lanes + l``.

    The columns that a lane works on repeat after n / gcd(lanes, n) groups, and each tile starts anew; each
    lane selects among the columns of as many groups, one step of its pipeline after the other.

    Parameters
    ----------
    config : QuantizerConfig
    elements, n : int
        Of a tile, and of one of its rows.
    columns : int
        1, or n parameters.
    input_width : int

    Members
    -------
    enable : ``In(1)``
        All registers hold their value while low.
    valid : ``In(1)``
        There is a group.
    last : ``In(1)``
        It is its tile's last.
    group : ``In(config.lanes * input_width)``
    input_zero_point, multiply, shift, rounding, clamp : ``In``
        As from `ParameterPipeline`, each in its step of `RescaleLane`.
    results : ``Out(config.lanes * config.result_width)``
        Of the group of three enabled cycles before.
    """

    def __init__(self, config: QuantizerConfig, elements: int, n: int, columns: int, *, input_width: int):
        self._config, self._n, self._columns, self._input_width = config, n, columns, input_width
        groups = -(-elements // config.lanes)
        self._parts = min(n // math.gcd(config.lanes, n), groups) if columns > 1 else 1
        super().__init__({
            "enable": In(1),
            "valid": In(1),
            "last": In(1),
            "group": In(config.lanes * input_width),
            "input_zero_point": In(signed(8)),
            "multiply": In(columns_layout(columns)),
            "shift": In(data.ArrayLayout(SHIFT_BITS, columns)),
            "rounding": In(rounding_layout(config.rounding_modes)),
            "clamp": In(clamp_layout(config)),
            "results": Out(config.lanes * config.result_width),
        })

    def elaborate(self, platform):
        m = Module()
        config = self._config
        part, part_multiply, part_shift = (Signal(range(self._parts), name=f"part_{step}")
                                           for step in ("subtract", "multiply", "shift"))
        with m.If(self.enable):
            m.d.sync += [part_multiply.eq(part), part_shift.eq(part_multiply)]
            with m.If(self.valid):
                m.d.sync += part.eq(0)
                with m.If((part != self._parts - 1) & ~self.last):
                    m.d.sync += part.eq(part + 1)

        results = []
        for position in range(config.lanes):
            m.submodules[f"lane_{position}"] = lane = RescaleLane(
                input_width=self._input_width, result_width=config.result_width, modes=config.rounding_modes)
            self._select(m, lane.multiplier, [column.multiplier for column in self.multiply], position, part_multiply)
            self._select(m, lane.shift, self.shift, position, part_shift)
            m.d.comb += [
                lane.enable.eq(self.enable),
                lane.value.eq(self.group.word_select(position, self._input_width).as_signed()),
                lane.input_zero_point.eq(self.input_zero_point),
                lane.rounding.eq(self.rounding),
                lane.output_zero_point.eq(self.clamp.output_zero_point),
                lane.minimum.eq(self.clamp.minimum),
                lane.maximum.eq(self.clamp.maximum),
            ]
            results.append(lane.result)
        m.d.comb += self.results.eq(Cat(results))
        return m

    def _select(self, m, target, values, position, part):
        """Drive ``target`` with the value of the column at ``position`` of the part's group."""
        *others, final = ((group * self._config.lanes + position) % self._columns for group in range(self._parts))
        with m.Switch(part):
            for group, column in enumerate(others):
                with m.Case(group):
                    m.d.comb += target.eq(values[column])
            with m.Default():
                m.d.comb += target.eq(values[final])
