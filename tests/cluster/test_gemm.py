# SPDX-License-Identifier: Apache-2.0
"""Matrix multiplications on the emitted Verilog: every variant, ragged sizes, extremes of every parameter."""

import itertools
import random

import numpy as np
import pytest
from hwgen.sim.gemm import run_gemm

from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.problem import GemmProblem, Rescale

SIZES = [(1, 1, 1), (2, 2, 2), (8, 8, 8), (3, 5, 7), (1, 16, 2), (16, 1, 9), (2, 2, 33), (12, 10, 4)]
INITIAL, OUTPUT = ("none", "bias", "full"), ("int32", "int8")
VARIANTS = list(itertools.product(INITIAL, OUTPUT, (False, True), (False, True)))
RESCALE = Rescale(multiplier=1 << 30, shift=36, output_zero_point=3)


def check(cluster, problem, seed=0, arrays=None, **options):
    """Run a problem that must come out right in every respect; its measures."""
    if arrays is None:
        arrays = random_operands(problem, seed, cluster.config.accelerator.core)
    run = run_gemm(cluster, problem, arrays, seed=seed, **options)
    assert run.bit_exact, f"first difference at {run.first_difference}"
    assert run.untouched, "something outside the result was written"
    measures = run.measures
    assert measures.steps == run.plan.steps == problem.flat_steps(cluster.config)
    assert measures.steps + sum(measures.stalls.values()) == measures.total_cycles
    assert all(0 <= cycles <= measures.total_cycles for cycles in measures.stalls.values())
    assert measures.steps <= measures.cycles <= measures.total_cycles
    return run


@pytest.fixture
def hesitant(tiny, monkeypatch):
    """The cluster behind a bus that pauses at random."""
    monkeypatch.setattr(tiny.session, "idle", 0.4)
    return tiny


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("c, out_type, transpose_a, transpose_b", VARIANTS)
def test_every_variant(tiny, c, out_type, transpose_a, transpose_b, size):
    problem = GemmProblem(*size, transpose_a, transpose_b, c, out_type, rescale=RESCALE)
    run = check(tiny, problem, seed=sum(size))
    assert run.result.dtype == np.dtype(out_type)


def random_rescale(rng: random.Random) -> Rescale:
    """Any parameters the registers take, extremes among them."""
    low, high = sorted(rng.choice([-128, 127, rng.randrange(-128, 128)]) for _ in range(2))
    return Rescale(
        multiplier=rng.choice([0, 1, -1, -(1 << 31), (1 << 31) - 1, rng.randrange(-(1 << 31), 1 << 31)]),
        shift=rng.choice([1, 2, 31, 32, 63, rng.randint(25, 45)]), input_zero_point=rng.randrange(-128, 128),
        output_zero_point=rng.randrange(-128, 128), minimum=low, maximum=high)


def random_problem(rng: random.Random, largest: int) -> GemmProblem:
    """Any variant of any size up to ``largest``."""
    m, n, k = (rng.randint(1, largest) for _ in range(3))
    unsigned = [rng.random() < 0.3 for _ in range(2)]
    low = [0 if u else -128 for u in unsigned]
    zero_points = [rng.choice([0, least, least + 255, least + rng.randrange(256)]) for least in low]
    return GemmProblem(m, n, k, rng.random() < 0.5, rng.random() < 0.5, rng.choice(INITIAL), rng.choice(OUTPUT),
                       *zero_points, random_rescale(rng), *unsigned)


@pytest.mark.parametrize("seed", range(60))
def test_random_parameters(tiny, seed):
    check(tiny, random_problem(random.Random(seed), 12), seed)


@pytest.mark.parametrize("seed", range(100, 120))
def test_random_parameters_behind_a_hesitant_bus(hesitant, seed):
    check(hesitant, random_problem(random.Random(seed), 12), seed)


@pytest.mark.parametrize("a_zero_point, b_zero_point", list(itertools.product((-128, 0, 127), repeat=2)))
@pytest.mark.parametrize("a, b", [(-128, -128), (-128, 127), (127, 127)])
def test_extreme_operands_and_zero_points(tiny, a, b, a_zero_point, b_zero_point):
    problem = GemmProblem(4, 4, 16, a_zero_point=a_zero_point, b_zero_point=b_zero_point, c="full")
    arrays = {"a": np.full((4, 16), a, np.int8), "b": np.full((16, 4), b, np.int8),
              "c": np.full((4, 4), np.iinfo(np.int32).max, np.int32)}
    run = check(tiny, problem, arrays=arrays)
    exact = 16 * (a - a_zero_point) * (b - b_zero_point) + (1 << 31) - 1
    assert (run.result == (exact + (1 << 31)) % (1 << 32) - (1 << 31)).all()


@pytest.mark.parametrize("seed", range(100))
def test_ragged_problems(datamaestro, seed):
    check(datamaestro, random_problem(random.Random(1000 + seed), 40), seed)


@pytest.mark.parametrize("seed", range(20))
def test_ragged_problems_as_published(paper, seed):
    check(paper, random_problem(random.Random(2000 + seed), 40), seed)
