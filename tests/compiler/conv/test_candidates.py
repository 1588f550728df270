# SPDX-License-Identifier: Apache-2.0
"""Tilings to compare are of all kinds, each in its order, and not too many."""

import pytest
from support.conv import CONFIGS

from hwgen.compiler.conv import candidates as module
from hwgen.compiler.conv.candidates import PHASES, SIZES_TRIED, candidates
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.random_layers import random_layer
from hwgen.compiler.conv.tiling import normal

CONFIG = CONFIGS["datamaestro"]


def found(problem, name="datamaestro", divided=True):
    return list(candidates(normal(problem), CONFIGS[name], divided=divided))


@pytest.mark.parametrize("name", CONFIGS)
def test_sizes_are_within_the_layer_and_bands_whole_rows_or_parts_of_one(name):
    for seed in range(10):
        problem = normal(random_layer(CONFIGS[name], seed))
        height, width = problem.out_size
        tiles = -(-problem.filters // CONFIGS[name].accelerator.core.n)
        made = found(problem, name)
        for tiling, _ in made:
            assert 1 <= tiling.rows <= height and 1 <= tiling.columns <= width and 1 <= tiling.n <= tiles and 1 <= tiling.k <= tiling.windows.count
            assert tiling.columns == width or tiling.rows == 1
            assert tiling.phase_count <= PHASES or tiling.problem.groups > 1
            assert not tiling.whole or len(tiling.chunks) > 1
            assert problem.groups == 1 or len(tiling.chunks) == 1
        keys = [(tiling.gathering, tiling.outer, tiling.rows, tiling.columns, tiling.n, tiling.k, tiling.whole, buffers.kind) for tiling, buffers in made]
        assert len(set(keys)) == len(keys), "none twice"
        assert {tiling.outer for tiling, _ in made} <= {"m", "n"}


def test_small_layers_are_tried_whole_and_in_both_orders():
    made = [tiling for tiling, _ in found(ConvProblem(8, 8, 16, 32, (3, 3), padding=(1, 1, 1, 1)))]
    sizes = {(tiling.outer, tiling.rows, tiling.columns, tiling.n, tiling.k) for tiling in made}
    assert {("m", 8, 8, 4, 2), ("n", 8, 8, 4, 2), ("m", 1, 8, 1, 2), ("m", 1, 1, 1, 2)} <= sizes


@pytest.mark.parametrize("problem, offered", [
    (ConvProblem(20, 20, 3, 8, (3, 3)), True), (ConvProblem(20, 20, 12, 8, (1, 3)), True), (ConvProblem(20, 20, 3, 8, (3, 3), dilation=(2, 1)), True),
    (ConvProblem(20, 20, 8, 8, (3, 3)), False), (ConvProblem(20, 20, 3, 8), False), (ConvProblem(20, 20, 3, 8, (3, 3), dilation=(1, 2)), False),
    (ConvProblem(20, 20, 4, 8, (3, 3), groups=2), False),
])
def test_patches_are_for_few_channels_whose_taps_lie_side_by_side(problem, offered):
    assert ("patches" in {tiling.gathering for tiling, _ in found(problem)}) == offered


def test_chunks_are_as_deep_as_leaves_both_operands_two_buffers():
    problem = ConvProblem(14, 14, 1024, 64, (3, 3), padding=(1, 1, 1, 1))
    by_block = {}
    for tiling, buffers in found(problem):
        pair = len(buffers.pools["a"]) == len(buffers.pools["b"]) == 2
        by_block.setdefault((tiling.outer, tiling.rows, tiling.columns, tiling.n), {}).setdefault(tiling.k, []).append(pair)
    assert any(len(depths) > 1 for depths in by_block.values())
    for depths in by_block.values():
        deepest_first = sorted(depths, reverse=True)
        assert not any(any(depths[depth]) for depth in deepest_first[:-1]), "nothing shallower is looked at"


def test_chunks_come_with_and_without_whole_tiles():
    made = [tiling for tiling, _ in found(ConvProblem(14, 14, 512, 64, (3, 3), padding=(1, 1, 1, 1)))]
    assert {tiling.whole for tiling in made if len(tiling.chunks) > 1} == {False, True}


@pytest.mark.parametrize("whole, grain", [(1, 1), (7, 1), (8, 8), (56, 8), (56, 1), (97, 4), (1000, 8), (5, 8), (123457, 2)])
def test_sizes_are_even_shares_the_largest_first(whole, grain):
    sizes = module._sizes(whole, grain)
    assert sizes == sorted(set(sizes), reverse=True) and len(sizes) <= SIZES_TRIED
    assert sizes[0] == whole and sizes[-1] == 1
    shares = {-(-whole // count) for count in range(1, whole + 1)}
    assert all(size in shares or size % grain == 0 or size in (grain, whole) for size in sizes)
    if whole <= SIZES_TRIED:
        assert shares <= set(sizes) and min(grain, whole) in sizes


def test_tilings_into_too_many_phases_are_not_looked_at():
    problem = ConvProblem(500, 500, 8, 8, (3, 3), padding=(1, 1, 1, 1))
    made = found(problem)
    assert 500 <= max(tiling.phase_count for tiling, _ in made) <= PHASES < 500 * 500
