# SPDX-License-Identifier: Apache-2.0
"""Every word of a block has one place, which its channel reaches, and channels of a step meet in no bank."""

import itertools
from math import prod

import pytest

from hwgen.compiler.tiled.layout import BlockLayout, block_layout
from hwgen.config import preset
from hwgen.errors import MappingError

SHAPES = {"A": ((8,), 8, 1, 1), "D": ((8, 4), 8, 4, 8), "E": ((4,), 4, 1, 1), "tiny D": ((2, 4), 2, 4, 2), "reached E": ((8,), 8, 1, 8)}
"""Spatial bounds, rows of a tile, words of its row, reach."""
CASES = list(itertools.product(SHAPES, (1, 2, 5), (1, 3, 4, 8)))


def words(layout):
    """Word of each channel in each tile, from what a streamer is told."""
    lanes = [sum(i * s for i, s in zip(index[::-1], layout.spatial_strides(), strict=True))
             for index in itertools.product(*(range(bound) for bound in reversed(layout.bounds)))]
    for t, u in itertools.product(range(layout.rows), range(layout.columns)):
        yield [(t * layout.tile_pitch + u * layout.column_pitch) + lane // layout.word_bytes for lane in lanes]


@pytest.mark.parametrize("name, rows, columns", CASES)
def test_words_are_distinct_within_the_block_and_within_reach(name, rows, columns):
    bounds, tile_rows, row_words, reach = SHAPES[name]
    layout = BlockLayout(name, rows, columns, tile_rows, row_words, 8, bounds, reach)
    every = [word for tile in words(layout) for word in tile]
    assert len(set(every)) == len(every) == rows * columns * tile_rows * row_words == rows * columns * prod(bounds)
    assert max(every) == layout.words - 1 - (layout.column_pitch - layout.line_words)
    for tile in words(layout):
        assert all((word - channel) % reach == 0 for channel, word in enumerate(tile))


@pytest.mark.parametrize("name, rows, columns", CASES)
def test_rows_are_where_channels_look_for_them(name, rows, columns):
    bounds, tile_rows, row_words, reach = SHAPES[name]
    layout = BlockLayout(name, rows, columns, tile_rows, row_words, 8, bounds, reach)
    tiles = list(words(layout))
    for row, column in itertools.product(range(rows * tile_rows), range(columns)):
        tile = tiles[row // tile_rows * columns + column]
        first = layout.row(row) // 8 + column * layout.column_pitch
        assert tile[row % tile_rows * row_words:][:row_words] == list(range(first, first + row_words))


@pytest.mark.parametrize("rows, columns", [(1, 1), (4, 128), (3, 64), (2, 7)])
def test_channels_that_walk_rows_meet_in_no_bank(rows, columns):
    """Of eight banks, whatever the length of a row; the cost are seven words a block."""
    layout = block_layout(preset("datamaestro"), "A", rows, columns, 8, 64, "A")
    assert layout.contiguous
    for tile in words(layout):
        assert len({word % 8 for word in tile}) == 8
    assert layout.words <= rows * columns * 8 + 7


def test_rows_must_be_whole_words():
    with pytest.raises(MappingError, match="a tile's row of A must be a multiple of the bank word's 64 bits"):
        block_layout(preset("datamaestro"), "A", 1, 1, 8, 32, "A")
