# SPDX-License-Identifier: Apache-2.0
"""Batches of products: what they share, what is flattened, what is put into one phase."""

import random

import pytest
from support.tiled import interpret

from hwgen.compiler.gemm import plan
from hwgen.compiler.problem import GemmProblem, Rescale, bound_cycles, compulsory_bytes, flattened
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.config import preset
from hwgen.errors import MappingError

RESCALE = Rescale(1 << 30, 36)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("name", ["tiny", "datamaestro"])
def test_batches_of_every_kind(name, seed):
    """Whole tiles and ragged ones, both operands in all ways, several products to a phase among them."""
    config, rng = preset(name), random.Random(f"{name} {seed}")
    core = config.accelerator.core
    whole = rng.random() < 0.6

    def size(tile):
        return tile * rng.randint(1, 3) if whole else rng.randint(1, 3 * tile)

    batch = rng.randint(2, 12)
    problem = GemmProblem(size(core.m), size(core.n), size(core.k), rng.random() < 0.5, rng.random() < 0.5, rng.choice(["none", "bias", "full"]),
                          rng.choice(["int8", core.sum_type]), rng.randint(-9, 9), rng.randint(-9, 9), RESCALE, batch=batch,
                          a_shared=rng.random() < 0.2, b_shared=rng.random() < 0.2)
    found = interpret(config, problem, seed, queue_depth=rng.choice([1, 2, 4]), offsets={"a": seed, "b": 3 * seed})
    tiling = found.tiling
    assert sum(phase.steps for phase in tiling.phases()) == tiling.problem.flat_steps(config)
    assert found.as_dict()["phases"] == tiling.phase_count == len(list(tiling.phases()))


def test_small_products_share_phases():
    """So the jobs of a phase are handed over in less time than its steps take."""
    config = preset("datamaestro")
    problem = GemmProblem(16, 16, 16, transpose_b=True, out_type="int8", rescale=RESCALE, batch=64)
    found = plan_tiled(problem, config)
    assert found.tiling.products > 1
    alone = plan_tiled(GemmProblem(16, 16, 16, transpose_b=True, out_type="int8", rescale=RESCALE), config)
    assert found.expected_cycles < 64 * alone.expected_cycles / 4
    interpret(config, problem, 1, plan=found)


def test_a_shared_block_is_loaded_once():
    config = preset("datamaestro")
    found = plan_tiled(GemmProblem(64, 64, 64, out_type="int8", batch=12, a_shared=True), config)
    loads = [job.label for job in found.jobs(found.place()) if job.label.startswith("load a")]
    assert len(loads) == len(set(loads))


@pytest.mark.parametrize("problem, expected", [
    (GemmProblem(5, 6, 7, batch=4, b_shared=True), GemmProblem(20, 6, 7)),
    (GemmProblem(5, 6, 7, c="full", batch=4, b_shared=True), GemmProblem(20, 6, 7, c="full")),
    (GemmProblem(5, 6, 7, True, batch=1), GemmProblem(5, 6, 7, True)),
    (GemmProblem(5, 6, 7), GemmProblem(5, 6, 7)),
])
def test_flattened(problem, expected):
    assert flattened(problem) == expected
    assert problem.multiply_accumulates == expected.multiply_accumulates
    config = preset("datamaestro")
    assert bound_cycles(problem, config, 64) == bound_cycles(expected, config, 64)


@pytest.mark.parametrize("problem", [GemmProblem(5, 6, 7, batch=4), GemmProblem(5, 6, 7, True, batch=4, b_shared=True), GemmProblem(5, 6, 7, batch=4, a_shared=True)])
def test_not_flattened(problem):
    """Products with a B each, and rows of A that do not follow each other."""
    assert flattened(problem) == problem
    config = preset("datamaestro")
    assert problem.flat_steps(config) == 4 * GemmProblem(5, 6, 7).flat_steps(config)
    a, b = 35 * (1 if problem.a_shared else 4), 42 * (1 if problem.b_shared else 4)
    assert compulsory_bytes(problem, config) == a + b + 4 * 30 * 4


def test_shapes_and_words():
    problem = GemmProblem(5, 6, 7, False, True, "full", batch=3, b_shared=True)
    assert problem.shapes == {"a": (3, 5, 7), "b": (6, 7), "c": (3, 5, 6), "out": (3, 5, 6)}
    assert problem.summary() == "3 x A 5x7 · Bᵀ shared 7x6 + C 5x6 → int32"
    assert {"batch": 3, "a_shared": False, "b_shared": True}.items() <= problem.as_dict().items()


def test_says_what_cannot_be_done():
    with pytest.raises(MappingError, match="batch must be 1 or more, not 0"):
        GemmProblem(1, 1, 1, batch=0)
    with pytest.raises(MappingError, match="b_shared needs a batch, not None"):
        GemmProblem(1, 1, 1, b_shared=True)
    with pytest.raises(MappingError, match="a batch of products needs operands in external memory, .* batch must be left out, not 2"):
        plan(GemmProblem(8, 8, 8, batch=2), preset("tiny"))
