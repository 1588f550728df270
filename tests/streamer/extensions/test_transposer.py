# SPDX-License-Identifier: Apache-2.0
"""Transposition against single elements of tiles of any shape."""

import random

import pytest
from streamer.extensions.through import setup, through

from hwgen.config import TransposerConfig

# Width of elements and words, channels, rows.
SQUARE = [(4, 8, 2, None), (4, 32, 8, None), (8, 16, 2, None), (8, 64, 8, None), (32, 64, 2, None), (64, 64, 1, None), (1, 8, 8, None)]
TILES = [(8, 64, 8, 4), (8, 64, 2, 2), (8, 64, 2, 8), (8, 64, 4, 8), (16, 64, 8, 8), (16, 64, 8, 4), (32, 64, 8, 2), (8, 32, 3, 6), (8, 16, 2, 1)]


def elements(words, width, word_width):
    return [word >> low & (1 << width) - 1 for word in words for low in range(0, word_width, width)]


@pytest.mark.parametrize("width,word_width,channels,rows", SQUARE + TILES)
def test_element_goes_from_its_row_to_its_column(width, word_width, channels, rows):
    config = TransposerConfig(kind="transposer", element_width=width, rows=rows)
    memory, streamer = setup(config, channels=channels, bank_width=word_width)
    rng = random.Random(word_width * channels)
    steps = [[rng.getrandbits(word_width) for _ in range(channels)] for _ in range(10)]
    rows = rows or channels
    columns = channels * word_width // width // rows
    for words, left in zip(steps, through(memory, streamer, [(words, [0] * channels, {}) for words in steps]), strict=True):
        before, after = elements(words, width, word_width), elements(left, width, word_width)
        assert all(after[c * rows + r] == before[r * columns + c] for r in range(rows) for c in range(columns))
        assert config.golden(words, [0] * channels, {}, memory) == left


def test_reader_for_a_core_of_other_shape():
    """A stored K x M tile, K rows of M elements, becomes M x K: the core's A for m = 4, k = 8, in 4 words of 64 bits."""
    memory, streamer = setup(TransposerConfig(kind="transposer", rows=8), channels=4, bank_width=64)
    stored = [[16 * k + m for m in range(4)] for k in range(8)]
    data = bytes(value for row in stored for value in row)
    words = [int.from_bytes(data[low:low + 8], "little") for low in range(0, 32, 8)]
    (left,) = through(memory, streamer, [(words, [0] * 4, {})])
    assert [list(word.to_bytes(8, "little")) for word in left] == [[stored[k][m] for k in range(8)] for m in range(4)]
