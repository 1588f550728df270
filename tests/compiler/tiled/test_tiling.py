# SPDX-License-Identifier: Apache-2.0
"""Blocks along a dimension."""

import pytest

from hwgen.compiler.tiled.tiling import Span, Spans


@pytest.mark.parametrize("tiles", range(1, 14))
@pytest.mark.parametrize("block", [1, 2, 3, 5, 13])
@pytest.mark.parametrize("missing", [0, 1, 3])
def test_blocks_cover_a_dimension(tiles, block, missing):
    elements = 4 * tiles - missing
    found = Spans(tiles, block, 4, elements)
    made = [Span(index, first, min(block, tiles - first), min(4 * block, elements - 4 * first)) for index, first in enumerate(range(0, tiles, block))]
    assert list(found) == made and len(found) == len(made)
    assert sum(span.tiles for span in found) == tiles and sum(span.elements for span in found) == elements
    kinds = {span.tiles: span for span in made}
    assert [span for span, _ in found.kinds()] == list(kinds.values())
    assert [count for _, count in found.kinds()] == [sum(span.tiles == size for span in made) for size in kinds]


@pytest.mark.parametrize("index", [-1, 3])
def test_refuses_others(index):
    with pytest.raises(IndexError, match=f"index must be within 0..2, not {index}"):
        Spans(5, 2, 1, 5)[index]
