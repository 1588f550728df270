# SPDX-License-Identifier: Apache-2.0
"""Every weight is where the core takes it: element (k, n) of each step of each tile, by definition."""

import itertools

import numpy as np
import pytest
from support.conv import CONFIGS, mappings

from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.tiling import ConvTiling
from hwgen.compiler.conv.weights import arranged_weights, weight_bytes

CONFIG = CONFIGS["datamaestro"]


def by_definition(tiling, filters):
    """Bytes in the order of tiles, steps, channels, filters, each by itself."""
    problem, core = tiling.problem, tiling.config.accelerator.core
    inputs, outputs = problem.channels // problem.groups, problem.filters // problem.groups
    zero, made = problem.b_zero_point % 256, []
    for tile in range(-(-problem.filters // core.n)):
        if tiling.gathering == "patches":
            taps = list(itertools.product(*map(range, (*problem.kernel, problem.channels))))
            taps += [None] * (tiling.tile_steps * core.k - len(taps))
        else:
            taps = [(r, s, (tiling.windows.firsts[tile] + chunk.first + block) * core.k + k) for chunk in tiling.chunks
                    for r, s, block, k in itertools.product(*map(range, (*problem.kernel, chunk.blocks, core.k)))]
        for tap, f in itertools.product(taps, range(tile * core.n, (tile + 1) * core.n)):
            channel = None if tap is None or f >= problem.filters else tap[2] - f // outputs * inputs
            exists = channel is not None and 0 <= channel < inputs
            made.append(int(filters[f, tap[0], tap[1], channel]) % 256 if exists else zero)
    return np.array(made, np.uint8)


def random_filters(problem, seed=0):
    low, high, kind = (0, 256, np.uint8) if problem.b_unsigned else (-128, 128, np.int8)
    return np.random.default_rng(seed).integers(low, high, problem.shapes["b"], dtype=kind)


@pytest.mark.parametrize("name", CONFIGS)
def test_weights_of_random_layers(name):
    for plan, seed in mappings(name)[::8]:
        filters = random_filters(plan.problem, seed)
        made = arranged_weights(plan.tiling, filters)
        assert made.dtype == np.uint8 and made.shape == (len(plan.tiling.windows.firsts), weight_bytes(plan.tiling))
        np.testing.assert_array_equal(made.reshape(-1), by_definition(plan.tiling, filters), err_msg=str(plan.tiling))


@pytest.mark.parametrize("problem, depth", [
    (ConvProblem(5, 5, 20, 12, (2, 3), b_zero_point=-3), 2), (ConvProblem(5, 5, 24, 40, (1, 2), groups=4, b_zero_point=200, b_unsigned=True), 2),
    (ConvProblem(5, 5, 11, 11, (3, 1), groups=11, b_zero_point=7), 1), (ConvProblem(5, 5, 9, 27, (2, 2), groups=9), 2),
    (ConvProblem(5, 5, 33, 6, (1, 1), groups=3, b_zero_point=-128), 1),
])
def test_weights_in_chunks_and_groups(problem, depth):
    tiling = ConvTiling(problem, CONFIG, "pixels", "m", 1, 1, 1, depth)
    filters = random_filters(problem)
    np.testing.assert_array_equal(arranged_weights(tiling, filters).reshape(-1), by_definition(tiling, filters))


def test_what_is_no_weight_is_the_zero_point_and_nothing_is_lost():
    problem = ConvProblem(5, 5, 16, 16, (3, 3), groups=16, b_zero_point=5)
    tiling, filters = ConvTiling(problem, CONFIG, "pixels", "m", 1, 1, 1, 1), np.full(problem.shapes["b"], 9, np.int8)
    steps = arranged_weights(tiling, filters).reshape(2, 9, 8, 8)
    np.testing.assert_array_equal(steps, np.broadcast_to(np.where(np.eye(8), 9, 5), steps.shape))


def test_patches_are_filled_up_once():
    problem = ConvProblem(9, 9, 3, 5, (3, 3), b_zero_point=1)
    tiling, filters = ConvTiling(problem, CONFIG, "patches", "m", 1, 7, 1, 1), random_filters(problem)
    assert tiling.tile_steps == 4 and weight_bytes(tiling) == 256
    np.testing.assert_array_equal(arranged_weights(tiling, filters).reshape(-1), by_definition(tiling, filters))
