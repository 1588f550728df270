# SPDX-License-Identifier: Apache-2.0
"""Copies put each byte that a tile needs where A's walk reads it, once, and fills write the padding and nothing else."""

import numpy as np
import pytest
from support.conv import CONFIGS, mappings, some_phases, tile_pixels

from hwgen.compiler.conv.buffers import make_tile, place_buffers
from hwgen.compiler.conv.gathering import PixelTile
from hwgen.compiler.conv.loads import Target, fill_copy, load_copy, tile_copies, tile_fills
from hwgen.compiler.conv.plan import ConvPlan
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.tiling import ConvTiling
from hwgen.compiler.tiled.compute import dense_strides
from hwgen.compiler.tiled.external import Tensor
from hwgen.compiler.tiled.plan import default_timing
from hwgen.dma.model import external_addresses, local_addresses
from hwgen.errors import MappingError

CONFIG = CONFIGS["datamaestro"]
ADDRESS = 1013
"""Of the images."""


PADDED = {
    "patches beside the image on every side": (ConvProblem(9, 10, 3, 8, (3, 5), (1, 2), (1, 2, 3, 4), (2, 1), batch=2, a_zero_point=9), "patches", 3, 8),
    "patches of parts of rows": (ConvProblem(5, 23, 5, 8, (3, 3), padding=(1, 1, 1, 1)), "patches", 1, 7),
    "rows of taps that begin within a word": (ConvProblem(6, 12, 9, 8, (3, 7)), "patches", 2, 6),
    "rows of padding alone": (ConvProblem(4, 4, 8, 8, (2, 2), padding=(4, 0, 1, 1)), "pixels", 1, 5),
    "columns of padding alone": (ConvProblem(6, 1, 8, 8, (2, 2), padding=(0, 0, 3, 2)), "pixels", 2, 1),
}


def cases(name):
    """Mappings of every kind; on one cluster some more."""
    made = list(mappings(name))
    for problem, gathering, rows, columns in PADDED.values() if name == "datamaestro" else ():
        tiling = ConvTiling(problem, CONFIG, gathering, "m", rows, columns, 1, -(-problem.channels // 8))
        made.append((ConvPlan(problem, CONFIG, tiling, next(place_buffers(tiling, divided=True)), default_timing(CONFIG), 0), -1))
    return made


def places(config, copies):
    """Bytes of the scratchpad that copies write, in order, as they are addressed."""
    return np.concatenate([np.zeros(0, np.int64), *(local_addresses(copy.streamer, config.dma.load, config.memory) for copy in copies)])


def sources(config, copies):
    """Bytes of external memory that copies read, in order."""
    return np.concatenate([np.zeros(0, np.int64), *(external_addresses(copy.engine, config.dma).astype(np.int64) for copy in copies)])


def pixel_bytes(tile, band, channels):
    """By definition: where each byte of each pixel lies in the tile, and in external memory or -1 if it is padding; shape (rows, columns, bytes)."""
    problem, word = tile.tiling.problem, tile.config.memory.word_bytes
    y, x = tile_pixels(problem, band)
    number = np.arange(channels[0] * word, min(channels[1] * word, problem.channels))
    local = ((np.arange(len(y)) * tile.row_pitch)[:, None, None] + (np.arange(len(x)) * tile.pitch)[None, :, None]) * word + (number - number[0])
    outside = (((band.image * problem.height + y)[:, None] * problem.width + x) * problem.channels)[:, :, None] + number
    present = ((0 <= y) & (y < problem.height))[:, None] & ((0 <= x) & (x < problem.width))
    return local, np.where(present[:, :, None], outside, -1)


def patch_bytes(tile, band):
    """The same of patches; shape (positions down, across, rows and columns of taps, channels)."""
    problem, word = tile.tiling.problem, tile.config.memory.word_bytes
    row, column, r, s, channel = np.indices((band.rows, band.columns, *problem.kernel, problem.channels))
    local = (row * band.columns + column) * tile.pitch * word + (r * problem.kernel[1] + s) * problem.channels + channel
    y = (band.row + row) * problem.stride[0] - problem.padding[0] + r * problem.dilation[0]
    x = (band.column + column) * problem.stride[1] - problem.padding[2] + s * problem.dilation[1]
    outside = ((band.image * problem.height + y) * problem.width + x) * problem.channels + channel
    present = (0 <= y) & (y < problem.height) & (0 <= x) & (x < problem.width)
    return local, np.where(present, outside, -1)


def rows_of_padding(plan, band):
    """Which rows of pixels, or of the taps of a patch, are above or below the image; to be broadcast to what `bytes_of` gives."""
    problem = plan.tiling.problem
    if isinstance(plan.buffers.tile, PixelTile):
        y = tile_pixels(problem, band)[0][:, None, None]
    else:
        row, r = np.indices((band.rows, problem.kernel[0]))
        y = ((band.row + row) * problem.stride[0] - problem.padding[0] + r * problem.dilation[0])[:, None, :, None, None]
    return (y < 0) | (y >= problem.height)


def bytes_of(plan, phase):
    tile, band = plan.buffers.tile, phase.m
    return pixel_bytes(tile, band, plan.tiling.channel_range(phase)) if isinstance(tile, PixelTile) else patch_bytes(tile, band)


@pytest.mark.parametrize("name", CONFIGS)
def test_every_byte_comes_once_to_its_place(name):
    config = CONFIGS[name]
    for plan, seed in cases(name):
        tiling, tile = plan.tiling, plan.buffers.tile
        images = Tensor(ADDRESS, tiling.problem.batch * tiling.problem.height * tiling.problem.width, tiling.problem.channels)
        target = Target(plan.buffers.pools["a"][-1].base, plan.buffers.pools["a"][-1].group)
        for phase in some_phases(tiling):
            copies = tile_copies(tile, target, phase.m, tiling.channel_range(phase), images)
            local, outside = places(config, copies), sources(config, copies)
            assert all(config.dma.load.groups[copy.streamer["addressing_mode"]] == target.group for copy in copies)
            assert len(local) == len(outside) and len(set(local)) == len(local)
            expected, wanted = bytes_of(plan, phase)
            pairs = dict(zip((local - target.base).tolist(), (outside - ADDRESS).tolist(), strict=True))
            assert pairs == dict(zip(expected[wanted >= 0].tolist(), wanted[wanted >= 0].tolist(), strict=True)), (name, seed, tiling)


@pytest.mark.parametrize("name", CONFIGS)
def test_fills_write_the_padding_and_nothing_else(name):
    config, word = CONFIGS[name], CONFIGS[name].memory.word_bytes
    for plan, seed in cases(name):
        tiling, tile = plan.tiling, plan.buffers.tile
        for phase in some_phases(tiling):
            fills = tile_fills(tile, Target(0, tile.group), phase.m, again=False)
            assert all(copy.engine["fill"] == 1 and copy.engine["fill_pattern"] == (tiling.problem.a_zero_point % 256) * 0x01010101 for copy in fills)
            assert sum(len(external_addresses(copy.engine, config.dma)) for copy in fills) == len(written := places(config, fills))
            assert all(len(places(config, [copy])) for copy in fills), "none without a byte"
            assert len(set(written)) == len(written), (name, seed, tiling)
            local, outside = bytes_of(plan, phase)
            padding, around = set(local[outside < 0].tolist()), 1
            if isinstance(tile, PixelTile):
                # Whole pixels, with the words between them.
                around = tile.pitch * word
                firsts = local[:, :, :1][outside[:, :, :1] < 0]
                assert set(written) <= {int(first) + i for first in firsts for i in range(around)}, (name, seed, tiling)
            assert padding <= set(written) and (around > 1 or padding == set(written)), (name, seed, tiling)
            assert not len(written) or (written.min() >= 0 and written.max() < tile.words * word)


@pytest.mark.parametrize("name", CONFIGS)
def test_columns_at_the_sides_are_filled_once(name):
    config = CONFIGS[name]
    for plan, seed in cases(name):
        tiling, tile = plan.tiling, plan.buffers.tile
        for phase in some_phases(tiling):
            once, again = ({int(byte) for byte in places(config, tile_fills(tile, Target(0, tile.group), phase.m, again=again))} for again in (False, True))
            local, outside = bytes_of(plan, phase)
            rows = np.broadcast_to(rows_of_padding(plan, phase.m), local.shape)
            assert again <= once and set(local[rows].tolist()) <= again, (name, seed, tiling)
            # What is left out are columns beside what exists; nothing is ever copied over them.
            left = once - again
            assert not left & set(local[outside >= 0].tolist())
            assert set(local[(outside < 0) & ~rows].tolist()) <= left, (name, seed, tiling)


@pytest.mark.parametrize("channels, stride, pixels", [(32, 1, 2), (16, 2, 1), (32, 2, 2)])
def test_small_pixels_come_several_a_step(channels, stride, pixels):
    tiling = ConvTiling(ConvProblem(8, 8, channels, 8, (3, 3), (1, stride), (1, 1, 1, 1)), CONFIG, "pixels", "m", 8, 8 // stride, 1, channels // 8)
    tile = make_tile(tiling, 16)
    assert tile.pitch * 8 > channels
    (copy,) = tile_copies(tile, Target(0, 16), tiling.bands[0], (0, channels // 8), Tensor(0, 64, channels))
    assert copy.steps == 8 * 8 // pixels


def test_pixels_that_adjoin_are_one_run():
    tiling = ConvTiling(ConvProblem(14, 14, 8, 8, (3, 3)), CONFIG, "pixels", "m", 12, 12, 1, 1)
    tile = make_tile(tiling, 16)
    (copy,) = tile_copies(tile, Target(0, 16), tiling.bands[0], (0, 1), Tensor(0, 196, 8))
    assert tile.pitch == 1 and copy.engine["run_bytes"] == 14 * 14 * 8 and copy.steps == 14 * 2


def test_rows_that_are_filled_are_one_copy():
    copy = fill_copy(CONFIG, ConvProblem(4, 4, 8, 8, a_zero_point=-2), Target(640, 8), 100, [(3, 256), (1, 99)])
    assert sorted(places(CONFIG, [copy])) == [640 + row * 256 + byte for row in range(3) for byte in range(100)]
    assert copy.engine["fill_pattern"] == 0xFEFEFEFE and copy.steps == 6


def test_says_what_l_has_no_loops_for():
    strides = dense_strides(CONFIG.dma.load.spatial_bounds, 8)
    with pytest.raises(MappingError, match="streamer L needs 5 temporal_dimensions to copy tiles of images, not 4"):
        load_copy(CONFIG, Target(0, 8), 64, [(1, 64), *[(2, 128)] * 4], strides, {})
