# SPDX-License-Identifier: Apache-2.0
"""Copies put each byte of a part of a matrix where the block's layout has it."""

import itertools
import random

import numpy as np
import pytest

from hwgen.compiler.tiled.copies import Outside, Part, copies, part_offset
from hwgen.compiler.tiled.layout import BlockLayout
from hwgen.config import preset
from hwgen.dma.model import external_addresses, local_addresses

LAYOUTS = {
    "datamaestro": [BlockLayout("A", 3, 5, 8, 1, 8, (8,)), BlockLayout("D", 2, 3, 8, 4, 8, (8, 4), 8), BlockLayout("P", 1, 4, 1, 5, 8, (5,), 8)],
    "small": [BlockLayout("D", 3, 3, 4, 4, 4, (4, 4), 4)],
    "tiny": [BlockLayout("D", 4, 3, 2, 4, 2, (2, 4), 2), BlockLayout("E", 4, 3, 2, 1, 2, (2,))],
}
CASES = [(name, index, seed) for name, found in LAYOUTS.items() for index in range(len(found)) for seed in range(6)]


@pytest.mark.parametrize("store", [False, True])
@pytest.mark.parametrize("name, index, seed", CASES)
def test_every_byte_has_its_place(name, index, seed, store):
    config, layout, rng = preset(name), LAYOUTS[name][index], random.Random(seed)
    whole = layout.columns * layout.row_words * layout.word_bytes
    first = rng.randrange(layout.rows) * layout.tile_rows
    part = Part(first, rng.randint(1, layout.rows * layout.tile_rows - first), 0, rng.randint(1, whole))
    outside = Outside(rng.randrange(1000), rng.choice([part.row_bytes, part.row_bytes + rng.randint(1, 99)]))
    group = config.dma.load.groups[0]
    made = copies(config, layout, 256, group, part, outside, store=store)
    streamer = config.dma.store if store else config.dma.load
    found = {}
    for copy in made:
        local, external = local_addresses(copy.streamer, streamer, config.memory), external_addresses(copy.engine, config.dma)
        assert len(local) == len(external)
        found |= dict(zip(external.tolist(), local.tolist(), strict=True))
    expected = {outside.address + (row - first) * outside.pitch + byte: 256 + layout.row(row) + part_offset(layout, byte)
                for row, byte in itertools.product(range(first, first + part.rows), range(part.row_bytes))}
    assert found == expected


def test_padding_is_filled_from_the_middle_of_a_word():
    config, layout = preset("datamaestro"), LAYOUTS["datamaestro"][0]
    made = copies(config, layout, 0, 8, Part(0, 24, 35, 5), None, fill=0x03030303)
    places = np.concatenate([local_addresses(copy.streamer, config.dma.load, config.memory) for copy in made])
    assert sorted(places) == sorted(layout.row(row) + 35 + byte for row in range(24) for byte in range(5))
    assert all(copy.engine["fill"] == 1 and copy.engine["fill_pattern"] == 0x03030303 for copy in made)


def test_whole_rows_that_adjoin_are_one_run():
    config, layout = preset("datamaestro"), LAYOUTS["datamaestro"][0]
    (copy,) = copies(config, layout, 0, 8, Part(0, 24, 0, 40), Outside(7, 40))
    assert copy.engine["run_bytes"] == 24 * 40 and copy.steps == 24
