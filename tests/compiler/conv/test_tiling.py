# SPDX-License-Identifier: Apache-2.0
"""Bands, blocks and chunks cover the layer once, and phases visit each of their combinations once, in order."""

from dataclasses import replace

import numpy as np
import pytest
from support.conv import CONFIGS, mappings

from hwgen.compiler.conv.golden import golden_conv
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.tiling import ConvTiling, normal
from hwgen.compiler.operand_data import random_operands

CONFIG = CONFIGS["datamaestro"]
CORE = CONFIG.accelerator.core


@pytest.mark.parametrize("name", CONFIGS)
def test_bands_cover_every_pixel_once(name):
    for plan, _ in mappings(name):
        tiling, m = plan.tiling, plan.config.accelerator.core.m
        seen = np.zeros((tiling.problem.batch, *tiling.problem.out_size), int)
        for number, band in enumerate(tiling.bands):
            seen[band.image, band.row:band.row + band.rows, band.column:band.column + band.columns] += 1
            assert band.index == number and band.rows <= tiling.rows and band.columns <= tiling.columns
            lengths = [band.rows * band.columns] if tiling.wraps else [band.columns] * band.rows
            assert band.tiles == sum(-(-length // m) for length in lengths)
            assert tiling.row_positions(band) in (band.columns, -(-band.columns // m) * m)
            assert band.rows * tiling.row_positions(band) <= band.tiles * m
        assert (seen == 1).all()


@pytest.mark.parametrize("name", CONFIGS)
def test_chunks_cover_every_block_of_a_window_once(name):
    for plan, _ in mappings(name):
        tiling = plan.tiling
        problem, taps = tiling.problem, tiling.problem.kernel[0] * tiling.problem.kernel[1]
        if tiling.gathering == "patches":
            assert [chunk.tiles for chunk in tiling.chunks] == [-(-taps * problem.channels // plan.config.accelerator.core.k)]
        else:
            assert [b for chunk in tiling.chunks for b in range(chunk.first, chunk.first + chunk.blocks)] == list(range(tiling.windows.count))
            assert all(chunk.tiles == taps * chunk.blocks and chunk.blocks <= tiling.k for chunk in tiling.chunks)
        assert [chunk.index for chunk in tiling.chunks] == list(range(len(tiling.chunks)))


@pytest.mark.parametrize("name", CONFIGS)
def test_phases_visit_every_combination_once(name):
    for plan, _ in mappings(name):
        tiling = plan.tiling
        phases = list(tiling.phases())
        visited = [(phase.m.index, phase.n.index, phase.k.index) for phase in phases]
        assert len(set(visited)) == len(visited) == tiling.phase_count == len(tiling.bands) * len(tiling.blocks) * len(tiling.chunks)
        assert visited == sorted(visited, key=lambda one: one if tiling.outer == "m" else (one[1], one[0], one[2]))
        assert all(phase.sweep == (phase.m if tiling.outer == "m" else phase.n).index for phase in phases)
        assert all(phase.first == (phase.k.index == 0) and phase.last == (phase.k.index == len(tiling.chunks) - 1) for phase in phases)
        assert tiling.steps == sum(phase.steps for phase in phases)


@pytest.mark.parametrize("name", CONFIGS)
def test_tiles_hold_the_channels_of_each_phase(name):
    for plan, _ in mappings(name):
        tiling = plan.tiling
        for phase in tiling.phases() if tiling.gathering == "pixels" else ():
            read = {tiling.windows.firsts[t] + phase.k.first + b for t in range(phase.n.first, phase.n.first + phase.n.tiles) for b in range(phase.k.blocks)}
            first, end = tiling.channel_range(phase)
            assert first <= min(read) and max(read) < end <= -(-tiling.problem.channels // plan.config.accelerator.core.k)
            assert tiling.whole or (first, end) == (min(read), max(read) + 1), "no more than is read"


def test_whole_tiles_serve_all_chunks():
    tiling = ConvTiling(ConvProblem(4, 4, 40, 16), CONFIG, "pixels", "m", 4, 4, 2, 2, True)
    assert len(tiling.chunks) == 3 and {tiling.channel_range(phase) for phase in tiling.phases()} == {(0, 5)}
    apart = replace(tiling, whole=False)
    assert [apart.channel_range(phase) for phase in apart.phases()] == [(0, 2), (2, 4), (4, 5)]


@pytest.mark.parametrize("problem", [
    ConvProblem(3, 5, 4, 6, batch=4, dilation=(2, 3)), ConvProblem(5, 6, 4, 6, (1, 3), dilation=(2, 2), batch=2),
    ConvProblem(5, 6, 4, 6, (1, 1), (2, 1)), ConvProblem(3, 3, 4, 6, padding=(1, 0, 0, 0), a_zero_point=3),
])
def test_normal_problem_has_the_same_bytes(problem):
    arrays, other = random_operands(problem, 1, CORE), normal(problem)
    moved = arrays | {"a": arrays["a"].reshape(other.shapes["a"])}
    np.testing.assert_array_equal(golden_conv(other, moved, CORE).reshape(-1), golden_conv(problem, arrays, CORE).reshape(-1))
    assert normal(other) == other and all(step == 1 for taps, step in zip(other.kernel, other.dilation, strict=True) if taps == 1)
    assert (other.out_size[0] == other.batch == 1) == (problem.kernel == (1, 1) and problem.stride == (1, 1) and not any(problem.padding))


@pytest.mark.parametrize("depth, out_type, needed", [(2, "int8", False), (1, "int8", True), (2, "int32", True), (1, "int32", True)])
def test_sums_pass_through_the_scratchpad_only_where_they_must(depth, out_type, needed):
    tiling = ConvTiling(ConvProblem(4, 4, 16, 8, c="bias", out_type=out_type), CONFIG, "pixels", "m", 1, 16, 1, depth)
    assert tiling.needs_sums == needed and tiling.needs_bias and not tiling.needs_parameters


def test_rows_are_padded_to_whole_groups_where_a_cannot_walk_them():
    problem = ConvProblem(3, 5, 4, 4, (2, 2))
    for name, tiles, positions in (("datamaestro", 1, 4), ("small", 2, 4)):
        tiling = ConvTiling(problem, CONFIGS[name], "pixels", "m", 2, 4, 1, 1)
        assert tiling.bands[0].tiles == tiles and tiling.row_positions(tiling.bands[0]) == positions
    single = ConvTiling(problem, CONFIGS["small"], "pixels", "m", 1, 3, 1, 1)
    assert [single.row_positions(band) for band in single.bands] == [3, 1] * 2, "a single row needs no padding"
    narrow = ConvTiling(replace(problem, width=4), CONFIGS["small"], "pixels", "m", 2, 3, 1, 1)
    assert narrow.row_positions(narrow.bands[0]) == 4
