# SPDX-License-Identifier: Apache-2.0
import itertools
import random

import pytest
from quant import operands
from support.streams import simulate

from hwgen.config.quantizer import ROUNDING_MODES
from hwgen.quant import model
from hwgen.quant.lane import LANE_LATENCY, RescaleLane

STEPS = {"input_zero_point": 0, "multiplier": 1, "shift": 2, "rounding": 2, "output_zero_point": 3, "minimum": 3, "maximum": 3}
"""Enabled cycles after its value at which the lane reads each parameter."""


def selection(name):
    """The bits that select a mode; any other bit with them would be another."""
    return {} if name == "half_up" else {name: 1}


def run(cases, *, idle=0.0, seed=0, **sizes):
    """Feed one case per enabled cycle, every parameter exactly in its cycle and garbage outside; return the results."""
    dut, results = RescaleLane(**sizes), []

    async def bench(ctx):
        rng = random.Random(seed)
        for cycle in range(len(cases) + LANE_LATENCY):
            for name, delay in {"value": 0, **STEPS}.items():
                case = cycle - delay
                within = 0 <= case < len(cases)
                if name == "rounding":
                    ctx.set(dut.rounding, selection(cases[case][name] if within else rng.choice(ROUNDING_MODES)))
                else:
                    ctx.set(getattr(dut, name), cases[case][name] if within else rng.getrandbits(4))
            while rng.random() < idle:
                ctx.set(dut.enable, 0)
                await ctx.tick()
            ctx.set(dut.enable, 1)
            if cycle >= LANE_LATENCY:
                results.append(ctx.get(dut.result))
            await ctx.tick()

    simulate(dut, bench, cycles=50_000)
    return results


def expected(cases, **sizes):
    mask = (1 << sizes.get("result_width", 8)) - 1
    return [int(model.rescale(case["value"], **{name: case[name] for name in STEPS}, **sizes)) & mask for case in cases]


def random_cases(seed, count, **sizes):
    rng, cases = random.Random(seed), []
    for _ in range(count):
        arguments = operands.parameters(rng, **sizes)
        cases.append(arguments | {
            "value": operands.value(rng, sizes.get("input_width", 32)), "multiplier": arguments["multiplier"][0],
            "shift": arguments["shift"][0], "rounding": rng.choice(ROUNDING_MODES)})
    return cases


@pytest.mark.parametrize("idle", [0.0, 0.4])
def test_matches_model(idle):
    cases = random_cases(3, 3000)
    assert run(cases, idle=idle) == expected(cases)


@pytest.mark.parametrize("sizes", [
    {"input_width": input_width, "result_width": result_width}
    for input_width, result_width in itertools.product((16, 17, 32, 33, 48), (4, 8, 16))], ids=str)
def test_matches_model_at_all_widths(sizes):
    cases = random_cases(4, 1000, **sizes)
    assert run(cases, **sizes) == expected(cases, **sizes)


@pytest.mark.parametrize("shift", [0, 1, 2, 15, 16, 17, 30, 31, 32, 33, 47, 48, 62, 63])
def test_matches_model_at_extremes(shift):
    cases = [
        {"value": value, "multiplier": multiplier, "shift": shift, "rounding": rounding, "input_zero_point": before,
         "output_zero_point": after, "minimum": -128, "maximum": 127}
        for value, multiplier, before, (rounding, after) in itertools.product(
            operands.VALUES, (-(1 << 31), -1, 1, (1 << 31) - 1), (-128, 127), zip(ROUNDING_MODES, (-256, 255, -1, 0)))
    ]
    assert run(cases) == expected(cases)


@pytest.mark.parametrize("shift", range(64))
def test_matches_model_around_saturation_at_every_shift(shift):
    """Products just around the quotients at which a result ends with any zero point, and around zero."""
    rng, cases = random.Random(shift), []
    for quotient in (-514, -513, -512, -511, -257, -256, -129, -128, -2, -1, 0, 1, 127, 128, 255, 256, 510, 511, 512, 513):
        for after in (-256, 255):
            for half, rounding in itertools.product((0, 1), ROUNDING_MODES):
                multiplier = max(min(1 << max(shift - 20, 0), (1 << 31) - 1), 1)
                value = (2 * quotient + half << shift) // (2 * multiplier) + rng.randint(-1, 1)
                value = max(min(value, (1 << 31) - 1), -(1 << 31))
                cases.append({"value": value, "multiplier": multiplier, "shift": shift, "rounding": rounding,
                              "input_zero_point": 0, "output_zero_point": after, "minimum": -256, "maximum": 255})
    assert run(cases) == expected(cases)
