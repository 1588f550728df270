# SPDX-License-Identifier: Apache-2.0
"""Plans for any shape compute the right result, whatever the order of units that their waits allow."""

import random

import pytest
from support.tiled import interpret, random_problem

from hwgen.compiler.problem import GemmProblem, Rescale
from hwgen.compiler.tiled.blocks import layouts
from hwgen.compiler.tiled.candidates import block_sizes
from hwgen.compiler.tiled.cost import ExternalTiming
from hwgen.compiler.tiled.places import bank_plans
from hwgen.compiler.tiled.plan import TiledPlan, default_timing, plan_tiled
from hwgen.compiler.tiled.tiling import Tiling
from hwgen.config import preset
from hwgen.errors import MappingError

LARGEST = {"tiny": 40, "small": 50, "datamaestro": 120}


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("name", LARGEST)
def test_random_problems_at_any_address(name, seed):
    config, rng = preset(name), random.Random(f"{name} {seed}")
    problem = random_problem(config, rng, LARGEST[name])
    offsets = {role: rng.randint(0, 63) for role in ("a", "b", "c", "out", "partial")}
    interpret(config, problem, seed, queue_depth=rng.choice([1, 2, 4]), offsets=offsets)


def tiled(problem, stationary, m, n, k, kind, *, keeps_sums=False):
    """A plan of given sizes and kind of banks."""
    config = preset("tiny")
    tiling = Tiling(problem, config, stationary, m, n, k, keeps_sums)
    banks = next(plan for plan in bank_plans(tiling, layouts(tiling)) if plan.kind == kind)
    return TiledPlan(problem, config, tiling, banks, default_timing(config), 1)


@pytest.mark.parametrize("kind", ["split", "shared"])
@pytest.mark.parametrize("stationary", ["a", "b"])
@pytest.mark.parametrize("keeps_sums", [False, True])
@pytest.mark.parametrize("c, out_type", [("none", "int32"), ("bias", "int8"), ("full", "int8"), ("full", "int32")])
def test_every_kind_of_plan(kind, stationary, keeps_sums, c, out_type):
    """Ragged blocks along all dimensions, several chunks of K, in both orders."""
    problem = GemmProblem(5, 5, 37, False, True, c, out_type, a_zero_point=-3, b_zero_point=5, rescale=Rescale(1 << 30, 36))
    plan = tiled(problem, stationary, 2, 2, 7, kind, keeps_sums=keeps_sums)
    assert [len(plan.tiling.spans[name]) for name in "mnk"] == [2, 2, 3]
    for seed in range(3):
        interpret(preset("tiny"), problem, seed, plan=plan, queue_depth=2)
    interpret(preset("tiny"), problem, 3, plan=plan, divided=False)


def test_blocks_that_fit_are_loaded_once():
    problem = GemmProblem(8, 8, 8)
    plan = tiled(problem, "b", 2, 2, 4, "split")
    copies = [job.entries["load"] for job in plan.jobs(plan.place()) if "load" in job.entries]
    assert plan.tiling.phase_count == 4
    assert sum(entry.fields["run_bytes"] * entry.fields["external_bound_0"] for entry in copies) == 2 * 8 * 8


def test_a_slower_memory_is_expected_to_take_longer():
    problem, config = GemmProblem(64, 64, 64, out_type="int8"), preset("tiny")
    fast, slow = (plan_tiled(problem, config, ExternalTiming(bandwidth, 100)) for bandwidth in (8, 1))
    assert fast.expected_cycles < slow.expected_cycles


def test_large_problems_are_expected_to_be_bound_by_the_core():
    config = preset("datamaestro")
    for out_type in ("int8", "int32"):
        problem = GemmProblem(1024, 1024, 1024, out_type=out_type)
        plan = plan_tiled(problem, config)
        assert problem.flat_steps(config) / plan.expected_cycles > 0.98
        assert plan.as_dict()["banks"] == "split"


def test_sums_that_leave_are_not_needed_in_the_next_phase():
    """The phase after would wait for the way out and back."""
    plan = plan_tiled(GemmProblem(16, 2, 200, out_type="int8"), preset("tiny"))
    assert plan.tiling.chunks == 1 or not plan.tiling.spills or plan.tiling.counts[1] > 1


@pytest.mark.parametrize("tiles, most, expected", [(1, 9, [1]), (6, 9, [1, 2, 3, 6]), (6, 2, [1, 2])])
def test_block_sizes_divide_evenly(tiles, most, expected):
    assert block_sizes(tiles, most) == expected


def test_plan_says_what_it_is_made_of():
    plan = plan_tiled(GemmProblem(40, 40, 200, out_type="int8"), preset("tiny")).as_dict()
    assert set(plan) == {"stationary", "block_tiles", "blocks", "products", "phases", "partial_sums", "banks", "buffers", "expected_cycles", "compared",
                         "alternatives", "measured"}
    assert plan["compared"] >= len(plan["alternatives"]) > 1 and min(plan["alternatives"].values()) == plan["expected_cycles"]
    assert plan["phases"] == plan["blocks"]["m"] * plan["blocks"]["n"] * plan["blocks"]["k"]
    assert plan["blocks"]["k"] > 1 and plan["partial_sums"] != "none"
    assert all(buffer["base"] + buffer["bytes"] <= preset("tiny").memory.size for buffer in plan["buffers"])


@pytest.mark.parametrize("name, problem, message", [
    ("datamaestro-paper", GemmProblem(8, 8, 8), "need a cluster with dma, which datamaestro-paper does not have"),
    ("tiny", GemmProblem(8, 8, 8, out_type="int24"), "out_type must be int8, uint8 or int32"),
    ("tiny", GemmProblem(40_000, 40_000, 40_000), "must fit the 4294967296 bytes of external addresses, not"),
])
def test_says_what_cannot_be_done(name, problem, message):
    with pytest.raises(MappingError, match=message):
        plan_tiled(problem, preset(name)).place()
