# SPDX-License-Identifier: Apache-2.0
import itertools
import random

import pytest
from quant import oracle
from support.streams import simulate

from hwgen.quant import model
from hwgen.quant.lane import LANE_LATENCY, RescaleLane

STEPS = {"input_zero_point": 0, "multiplier": 1, "shift": 2, "output_zero_point": 3, "minimum": 3, "maximum": 3}
"""Enabled cycles after its value at which the lane reads each parameter."""


def run(cases, *, idle=0.0, seed=0):
    """Feed one case per enabled cycle, every parameter exactly in its cycle and garbage outside; return the results."""
    dut, results = RescaleLane(), []

    async def bench(ctx):
        rng = random.Random(seed)
        for cycle in range(len(cases) + LANE_LATENCY):
            for name, delay in {"value": 0, **STEPS}.items():
                case = cycle - delay
                garbage = rng.getrandbits(6)
                ctx.set(getattr(dut, name), cases[case][name] if 0 <= case < len(cases) else garbage)
            while rng.random() < idle:
                ctx.set(dut.enable, 0)
                await ctx.tick()
            ctx.set(dut.enable, 1)
            if cycle >= LANE_LATENCY:
                results.append(ctx.get(dut.result))
            await ctx.tick()

    simulate(dut, bench, cycles=50_000)
    return results


def expected(cases):
    return [int(model.rescale(case["value"], **{name: case[name] for name in STEPS})) for case in cases]


def random_cases(seed, count):
    rng, cases = random.Random(seed), []
    for _ in range(count):
        arguments = oracle.parameters(rng)
        cases.append(arguments | {"value": oracle.value(rng), "multiplier": arguments["multiplier"][0],
                                  "shift": arguments["shift"][0]})
    return cases


@pytest.mark.parametrize("idle", [0.0, 0.4])
def test_matches_model(idle):
    cases = random_cases(3, 3000)
    assert run(cases, idle=idle) == expected(cases)


@pytest.mark.parametrize("shift", [0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 47, 48, 61, 62, 63])
def test_matches_model_at_extremes(shift):
    cases = [
        {"value": value, "multiplier": multiplier, "shift": shift, "input_zero_point": before,
         "output_zero_point": after, "minimum": -128, "maximum": 127}
        for value, multiplier, before, after in itertools.product(
            oracle.VALUES, (-(1 << 31), -1, 1, (1 << 31) - 1), (-128, 127), (-128, 127))
    ]
    assert run(cases) == expected(cases)


@pytest.mark.parametrize("shift", range(64))
def test_matches_model_around_saturation_at_every_shift(shift):
    """Products just around the quotients at which int8 ends with any zero point, and around zero."""
    rng, cases = random.Random(shift), []
    for quotient in (-258, -257, -256, -255, -129, -128, -2, -1, 0, 1, 127, 128, 254, 255, 256, 257):
        for after in (-128, 0, 127):
            multiplier = max(min(1 << max(shift - 20, 0), (1 << 31) - 1), 1)
            value = (quotient << shift) // multiplier + rng.randint(-1, 1)
            value = max(min(value, (1 << 31) - 1), -(1 << 31))
            cases.append({"value": value, "multiplier": multiplier, "shift": shift, "input_zero_point": 0,
                          "output_zero_point": after, "minimum": -128, "maximum": 127})
    assert run(cases) == expected(cases)
