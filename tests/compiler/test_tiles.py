# SPDX-License-Identifier: Apache-2.0
"""Cutting matrices into tiles, and putting them together again."""

import numpy as np
import pytest

from hwgen.compiler.tiles import from_tiles, to_tiles

SHAPES = [(1, 1), (8, 8), (7, 9), (16, 3), (1, 17), (24, 16)]
TILES = [(8, 8), (1, 8), (2, 2), (3, 5)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("tile", TILES)
def test_every_element_is_in_its_tile(shape, tile):
    matrix = np.arange(1, shape[0] * shape[1] + 1).reshape(shape)
    tiles = to_tiles(matrix, *tile, -1)
    assert tiles.shape == (-(-shape[0] // tile[0]), -(-shape[1] // tile[1]), *tile)
    for (i, j), element in np.ndenumerate(matrix):
        assert tiles[i // tile[0], j // tile[1], i % tile[0], j % tile[1]] == element
    assert (tiles == -1).sum() == tiles.size - matrix.size
    assert tiles.dtype == matrix.dtype


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("tile", TILES)
def test_comes_back_whole(shape, tile):
    matrix = np.random.default_rng(1).integers(-128, 128, shape, dtype=np.int8)
    np.testing.assert_array_equal(from_tiles(to_tiles(matrix, *tile, 99), *shape), matrix)
