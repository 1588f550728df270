# SPDX-License-Identifier: Apache-2.0
"""Outputs of parts without state for chosen inputs."""

from amaranth.lib import data
from amaranth.sim import Simulator


def outputs_of(dut, cases, *outputs) -> list[tuple]:
    """Values of the members ``outputs`` for each case, a dictionary of values for other members.

    Values of an array come as lists.
    """
    results = []

    async def bench(ctx):
        for case in cases:
            for name, value in case.items():
                ctx.set(getattr(dut, name), value)
            results.append(tuple(plain(ctx.get(getattr(dut, name))) for name in outputs))

    simulator = Simulator(dut)
    simulator.add_testbench(bench)
    simulator.run()
    return results


def plain(value):
    """An array as a list; anything else as it is, an integer or a constant of its layout."""
    if isinstance(value, data.Const) and isinstance(value.shape(), data.ArrayLayout):
        return [plain(element) for element in value]
    return value
