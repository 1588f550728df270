# SPDX-License-Identifier: Apache-2.0
"""Expected cycles grow with what there is to do, shrink with what does it, and come close to what has been measured."""

import math
from dataclasses import replace

import pytest
from support.conv import CONFIGS, mappings

from hwgen.compiler.conv.buffers import make_tile, place_buffers
from hwgen.compiler.conv.candidates import candidates
from hwgen.compiler.conv.cost import _Blocks, expected_cycles, quick_estimate
from hwgen.compiler.conv.loads import Target, tile_copies
from hwgen.compiler.conv.plan import plan_conv
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.tiling import ConvTiling
from hwgen.compiler.tiled.cost import ExternalTiming
from hwgen.compiler.tiled.external import Tensor

CONFIG = CONFIGS["datamaestro"]
USUAL = ExternalTiming(64)
LAYERS = {
    "3 x 3": (ConvProblem(14, 14, 256, 256, (3, 3), padding=(1, 1, 1, 1), c="bias", out_type="int8"), 231_374),
    "3 x 3 stride 2": (ConvProblem(28, 28, 128, 256, (3, 3), (2, 2), (1, 1, 1, 1), c="bias", out_type="int8"), 116_116),
    "1 x 1": (ConvProblem(28, 28, 256, 128, c="bias", out_type="int8"), 50_934),
    "7 x 7": (ConvProblem(224, 224, 3, 64, (7, 7), (2, 2), (3, 3, 3, 3), c="bias", out_type="int8"), 240_515),
    "depthwise": (ConvProblem(28, 28, 256, 256, (3, 3), padding=(1, 1, 1, 1), groups=256, c="bias", out_type="int8"), 28_986),
    "fully connected": (ConvProblem(1, 1, 4096, 1000, c="bias", out_type="int8"), 66_838),
}
"""Layers and the cycles that they take on the emitted Verilog, with 64 bytes a cycle and a latency of 100."""


@pytest.mark.parametrize("problem, cycles", LAYERS.values(), ids=LAYERS)
def test_estimates_come_close_to_measured_cycles(problem, cycles):
    assert plan_conv(problem, CONFIG).expected_cycles == pytest.approx(cycles, rel=0.04)


@pytest.mark.parametrize("name", CONFIGS)
def test_less_bandwidth_or_more_latency_never_helps(name):
    for plan, _ in mappings(name):
        def expected(timing, plan=plan):
            return expected_cycles(plan.tiling, plan.buffers, timing)

        by_bandwidth = [expected(ExternalTiming(bandwidth)) for bandwidth in (64, 32, 16, 4, 1)]
        assert by_bandwidth == sorted(by_bandwidth)
        by_latency = [expected(ExternalTiming(16, latency)) for latency in (1, 100, 1000)]
        assert by_latency == sorted(by_latency) and by_latency[-1] - by_latency[0] >= 999 - 1e-6
        by_issue = [expected(ExternalTiming(16, issue=issue)) for issue in (1, 160, 5000)]
        assert by_issue == sorted(by_issue) and by_issue[-1] >= (plan.tiling.phase_count - 1) * 5000
        quick = [quick_estimate(plan.tiling, plan.buffers, ExternalTiming(64, issue=issue)) for issue in (1, 160, 5000)]
        assert quick == sorted(quick)


@pytest.mark.parametrize("name", CONFIGS)
def test_no_layer_takes_less_than_its_steps_or_its_bytes(name):
    for plan, _ in mappings(name):
        problem, timing = plan.problem, ExternalTiming(8)
        size = 1 if problem.quantizes else plan.config.accelerator.core.accumulator_width // 8
        cycles = expected_cycles(plan.tiling, plan.buffers, timing)
        assert cycles > plan.tiling.steps and quick_estimate(plan.tiling, plan.buffers, timing) > plan.tiling.steps
        written = problem.pixels * problem.filters * size
        assert cycles > (written + len(plan.tiling.windows.firsts) * plan.tiling.tile_steps * plan.config.accelerator.core.k * plan.config.accelerator.core.n) / 8


def test_first_blocks_and_last_results_each_take_a_latency():
    tiling, (buffers, *_) = one(ConvProblem(8, 8, 64, 8, (3, 3), out_type="int8"))
    near, far = (expected_cycles(tiling, buffers, ExternalTiming(64, latency, 1)) for latency in (10, 1000))
    assert far - near == pytest.approx(2 * 990)


def test_what_cannot_be_best_any_more_is_given_up():
    plan = mappings("datamaestro")[0][0]
    cycles = expected_cycles(plan.tiling, plan.buffers, USUAL)
    assert expected_cycles(plan.tiling, plan.buffers, USUAL, math.ceil(cycles)) == cycles
    assert expected_cycles(plan.tiling, plan.buffers, USUAL, plan.tiling.steps) is None


def one(problem, divided=True, **sizes):
    options = {"rows": problem.out_size[0], "columns": problem.out_size[1], "n": 1, "k": -(-problem.channels // 8)} | sizes
    tiling = ConvTiling(problem, sizes.get("config", CONFIG), "pixels", **({"outer": "m"} | {k: v for k, v in options.items() if k != "config"}))
    return tiling, list(place_buffers(tiling, divided=divided))


def test_results_of_few_filters_leave_pixel_by_pixel():
    problem = ConvProblem(48, 48, 8, 8, out_type="int8")
    tiling, found = one(problem, rows=4)
    assert tiling.steps < problem.pixels / 4 and all(expected_cycles(tiling, buffers, USUAL) > problem.pixels for buffers in found)


@pytest.mark.parametrize("core, loops", [({"tile_width": 3}, {}), ({"step_width": 3}, {}), ({}, {"bound_width": 3})])
def test_what_registers_are_too_narrow_for_has_no_cost(core, loops):
    problem = ConvProblem(8, 8, 8, 16, (3, 3), padding=(1, 1, 1, 1), out_type="int8")
    narrow = CONFIG.model_copy(update={"accelerator": CONFIG.accelerator.model_copy(update={"core": CONFIG.accelerator.core.model_copy(update=core)}),
                                        "streamers": CONFIG.streamers | {"B": CONFIG.streamers["B"].model_copy(update=loops)}})
    for config, fits in ((CONFIG, True), (narrow, False)):
        tiling, found = one(problem, config=config)
        assert found and all((expected_cycles(tiling, buffers, USUAL) is not None) == fits for buffers in found)


def test_walks_with_too_many_loops_have_no_cost():
    streamer = CONFIG.streamers["A"].model_copy(update={"temporal_dimensions": 4})
    config = CONFIG.model_copy(update={"streamers": CONFIG.streamers | {"A": streamer}})
    problem = ConvProblem(8, 8, 64, 64, (3, 3), padding=(1, 1, 1, 1), out_type="int8")
    tiling, found = one(problem, config=config, n=2, rows=2)
    assert found and all(expected_cycles(tiling, buffers, USUAL) is None for buffers in found)


def test_shared_banks_second_loads_and_sums_cost_cycles():
    problem = ConvProblem(16, 16, 64, 32, (3, 3), padding=(1, 1, 1, 1), out_type="int8")
    tiling, (halves, quarters) = one(problem, rows=4, n=2)
    cycles = expected_cycles(tiling, halves, USUAL)
    interleaved = next(place_buffers(tiling, divided=False))
    assert halves.kind == "halves" and interleaved.kind == "interleaved"
    assert expected_cycles(tiling, interleaved, USUAL) > cycles + 0.14 * tiling.steps
    alone = replace(halves, pools=halves.pools | {"a": halves.pools["a"][:1]})
    assert expected_cycles(tiling, alone, USUAL) > cycles
    wide, (sums, *_) = one(replace(problem, out_type="int32"), rows=4, n=2)
    assert expected_cycles(wide, sums, USUAL) > cycles
    chunks, (divided, *_) = one(problem, rows=4, n=2, k=4)
    assert expected_cycles(chunks, divided, USUAL) > cycles
    beside = replace(quarters, pools=quarters.pools | {"result": halves.pools["result"]})
    assert beside.beside and not quarters.beside and expected_cycles(tiling, quarters, USUAL) < expected_cycles(tiling, beside, USUAL)


@pytest.mark.parametrize("channels, stride", [(8, 4), (16, 1), (16, 2), (24, 2), (32, 1), (32, 2), (40, 1), (48, 2), (64, 1), (128, 1)])
def test_steps_of_loads_are_those_of_the_copies(channels, stride):
    problem = ConvProblem(16, 16, channels, 8, (3, 3), (stride, stride), (1, 1, 1, 1))
    tiling, (buffers, *_) = one(problem)
    phase = next(tiling.phases())
    copies = tile_copies(make_tile(tiling, 16), Target(0, 16), phase.m, tiling.channel_range(phase), Tensor(0, 256, channels))
    assert _Blocks(tiling, buffers).load("a", phase)[0] == sum(copy.steps for copy in copies)


def test_quick_estimates_sort_much_like_the_others():
    """The best by the estimate is among the first few at a glance."""
    for problem, _ in (LAYERS["3 x 3"], LAYERS["1 x 1"]):
        found = list(candidates(problem, CONFIG, divided=True))
        quick = sorted((quick_estimate(tiling, buffers, USUAL), index) for index, (tiling, buffers) in enumerate(found))
        costs = {index: cost for _, index in quick[:120] if (cost := expected_cycles(*found[index], USUAL)) is not None}
        first = [costs[index] for _, index in quick[:40] if index in costs]
        assert min(first) <= 1.02 * min(costs.values())
