# SPDX-License-Identifier: Apache-2.0
"""A's walk meets, in every step and lane, the pixel that the definition of a convolution asks for."""

import math

import numpy as np
import pytest
from support.conv import CONFIGS, kept_apart, lanes_read, mappings, some_phases, tile_pixels

from hwgen.compiler.conv.buffers import make_tile
from hwgen.compiler.conv.gathering import PixelTile, extents, nest_fields, pitch_without_conflicts
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.tiling import ConvTiling
from hwgen.errors import MappingError

CONFIG = CONFIGS["datamaestro"]


def positions(tiling, band):
    """Row and column within the band of each position that A takes, and which exist; shape (groups of positions, lanes)."""
    m = tiling.config.accelerator.core.m
    if tiling.wraps:
        number = np.arange(band.tiles * m).reshape(-1, m)
        return *np.divmod(number, band.columns), number < band.rows * band.columns
    row, group, lane = np.indices((band.rows, -(-band.columns // m), m)).reshape(3, -1, m)
    column = group * m + lane
    return row, column, column < band.columns


def expected_pixels(tile, phase):
    """Word that each step and lane must read, by definition; shape (groups, tiles of filters, rows and columns of taps, blocks, lanes)."""
    tiling, problem = tile.tiling, tile.tiling.problem
    apart, (lowest, _) = kept_apart(problem), tiling.channel_range(phase)
    row, column, exists = positions(tiling, phase.m)
    numbers = range(phase.n.first, phase.n.first + phase.n.tiles)
    blocks = np.array([[tiling.windows.firsts[t] + phase.k.first + b - lowest for b in range(phase.k.blocks)] for t in numbers])
    taps = [np.arange(count) * dilation for count, dilation in zip(problem.kernel, problem.dilation, strict=True)]
    down = (row[:, None, None, None, None, :] * problem.stride[0] + taps[0][None, None, :, None, None, None]) // apart[0]
    across = (column[:, None, None, None, None, :] * problem.stride[1] + taps[1][None, None, None, :, None, None]) // apart[1]
    words = down * tile.row_pitch + across * tile.pitch + blocks[None, :, None, None, :, None]
    return words, np.broadcast_to(exists[:, None, None, None, None, :], words.shape)


def expected_patches(tile, phase):
    """The same of patches; a step takes the next word of each."""
    number = np.arange(phase.m.tiles * tile.config.accelerator.core.m).reshape(-1, 1, 1, tile.config.accelerator.core.m)
    words = number * tile.pitch + np.arange(phase.k.tiles)[None, None, :, None] + np.zeros((1, phase.n.tiles, 1, 1), int)
    return words, number + 0 * words < phase.m.rows * phase.m.columns


@pytest.mark.parametrize("name", CONFIGS)
def test_walk_meets_every_tap_of_every_position(name):
    word = CONFIGS[name].memory.word_bytes
    for plan, seed in mappings(name):
        tile = plan.buffers.tile
        for phase in some_phases(plan.tiling):
            found = lanes_read(plan.config, tile.walk(phase))
            words, exists = (expected_pixels if isinstance(tile, PixelTile) else expected_patches)(tile, phase)
            words, exists = words.reshape(found.shape), exists.reshape(found.shape)
            read = np.where(found < 0, found, found + tile.offset(phase))
            np.testing.assert_array_equal(read[exists], words[exists] * word, err_msg=f"{name} {seed} {plan.tiling}")
            # What is read beside is masked, or of the same buffer.
            assert read.max() < tile.words * word and read[exists].min() >= 0
            if plan.tiling.wraps and isinstance(tile, PixelTile):
                assert (found[~exists] < 0).all()


@pytest.mark.parametrize("name", CONFIGS)
def test_extents_are_the_rows_and_columns_that_taps_see(name):
    for plan, _ in mappings(name):
        problem = plan.tiling.problem
        for band in plan.tiling.bands:
            for d, (extent, pixels, size) in enumerate(zip(extents(plan.tiling, band), tile_pixels(problem, band), (problem.height, problem.width), strict=True)):
                first, count = ((band.row, band.rows), (band.column, band.columns))[d]
                seen = {(first + i) * problem.stride[d] - problem.padding[2 * d] + r * problem.dilation[d] for i in range(count) for r in range(problem.kernel[d])}
                held = [extent.origin + i * extent.step for i in range(extent.count)]
                assert held == pixels.tolist() and seen <= set(held) and {held[0], held[-1]} <= seen
                inside = [0 <= pixel < size for pixel in held]
                assert inside == [extent.first <= i < extent.end for i in range(extent.count)] and extent.present == sum(inside)


def test_rows_that_no_tap_sees_are_left_out():
    tiling = ConvTiling(ConvProblem(9, 9, 8, 8, (1, 3), (2, 4), dilation=(1, 2)), CONFIG, "pixels", "m", 5, 2, 1, 1)
    down, across = extents(tiling, tiling.bands[0])
    assert (down.step, down.count, across.step, across.count) == (2, 5, 2, 5)
    assert make_tile(tiling, 16).size == (5, 5)


@pytest.mark.parametrize("lanes, banks", [(8, 8), (8, 16), (8, 32), (4, 8), (2, 4), (2, 8)])
def test_pitch_is_the_least_without_conflicts(lanes, banks):
    for words in range(1, 20):
        for stride in range(1, 9):
            def apart(pitch, stride=stride):
                return len({i * stride * pitch % banks for i in range(lanes)}) == lanes

            def alternating(pitch, stride=stride):
                return apart(pitch) and len({i * stride * pitch % banks % (banks // lanes) for i in range(lanes)}) == 1

            pitch = pitch_without_conflicts(words, stride, lanes, banks)
            choices = [p for p in range(words, words + banks) if apart(p)]
            spread = [p for p in choices if alternating(p) and math.gcd(stride * p, banks) == banks // lanes] if words >= 4 else []
            assert pitch == next(iter([*spread, *choices]), words)


@pytest.mark.parametrize("problem, rows", [
    (ConvProblem(14, 14, 64, 8, (3, 3), (1, 1), (1, 1, 1, 1)), 4), (ConvProblem(14, 14, 64, 8, (3, 3), (2, 2), (1, 1, 1, 1)), 7),
    (ConvProblem(20, 13, 48, 8, (3, 5), (1, 1), dilation=(2, 3)), 5), (ConvProblem(13, 13, 40, 8, (1, 1), (2, 2)), 7),
    (ConvProblem(15, 11, 8, 8, (2, 2), (2, 1)), 3), (ConvProblem(14, 13, 64, 8, (3, 3), (1, 2), (1, 1, 1, 1)), 5),
])
def test_positions_of_a_group_meet_in_no_bank_not_even_across_rows(problem, rows):
    tiling = ConvTiling(problem, CONFIG, "pixels", "m", rows, problem.out_size[1], 1, problem.channels // 8)
    tile = make_tile(tiling, 16)
    for phase in tiling.phases():
        for lanes in lanes_read(CONFIG, tile.walk(phase)):
            banks = lanes[lanes >= 0] // 8 % 16
            assert len(set(banks)) == len(banks), "all different"
            if tile.blocks >= 4:
                assert len(set(banks % 2)) == 1, "and every second"


def test_rows_of_a_tile_do_not_overlap():
    for name in CONFIGS:
        for plan, _ in mappings(name):
            if isinstance(tile := plan.buffers.tile, PixelTile):
                assert tile.pitch >= tile.blocks and tile.row_pitch >= tile.size[1] * tile.pitch
                assert all(len(pixels) <= most for band in plan.tiling.bands for pixels, most in zip(tile_pixels(plan.tiling.problem, band), tile.size, strict=True))
                assert all(end - first <= tile.blocks for first, end in map(plan.tiling.channel_range, plan.tiling.phases()))
            else:
                assert tile.pitch * tile.config.memory.word_bytes >= plan.tiling.problem.taps


@pytest.mark.parametrize("loops, message", [
    ([(2, 8)] * 7, "streamer A needs 7 temporal_dimensions for bounds of up to 2, not 6 of 16 bits"),
    ([(2, 8), (1 << 16, 16)], "streamer A needs 2 temporal_dimensions for bounds of up to 65536, not 6 of 16 bits"),
])
def test_says_what_a_has_no_loops_for(loops, message):
    with pytest.raises(MappingError, match=message):
        nest_fields(CONFIG, 8, loops)
    assert nest_fields(CONFIG, 8, [(2, 8), ((1 << 16) - 1, 16)])["temporal_bound_1"] == 65535
