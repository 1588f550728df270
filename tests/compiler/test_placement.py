# SPDX-License-Identifier: Apache-2.0
"""Places in the banks: disjoint, within the memory, and as the conflict model sees them."""

import random

import numpy as np
import pytest

from hwgen.compiler.image import MemoryImage
from hwgen.compiler.placement import Banks, Place, candidates, loads
from hwgen.config import preset
from hwgen.streamer import model

CONFIG = preset("tiny")
MEMORY = CONFIG.memory


def words_of(place, memory=MEMORY):
    """Bank and row of every word of a place, by the streamer's own model."""
    first = place.base // memory.word_bytes
    return [model.remap(first + i, place.group, memory) for i in range(-(-place.size // memory.word_bytes))]


@pytest.mark.parametrize("seed", range(20))
def test_allocations_never_overlap(seed):
    rng, banks, given = random.Random(seed), Banks(MEMORY), {}
    refused = 0
    for number in range(60):
        group = rng.choice([1, 2, 4, 8])
        size = rng.choice([1, 2, 3, 16, 100, 250, 600])
        found = banks.allocate(group, rng.randrange(MEMORY.banks // group), size)
        if found is None:
            refused += 1
            continue
        banks, place = found
        assert (place.group, place.size) == (group, size)
        assert place.base + size <= MEMORY.size
        for word in words_of(place):
            assert word not in given, f"allocation {number} overlaps {given[word]}"
            given[word] = number
    assert given and refused


def test_takes_the_first_free_row_of_its_group():
    banks = Banks(MEMORY)
    row = MEMORY.word_bytes * 4
    banks, first = banks.allocate(4, 1, 3 * row)
    banks, second = banks.allocate(4, 1, 1)
    span = MEMORY.bank_depth * row
    assert (first.base, second.base) == (span, span + 3 * row)
    # A wider group begins below what its banks already hold.
    banks, wide = banks.allocate(8, 0, 1)
    assert wide.base == 4 * 2 * row


def test_goes_on_into_the_next_group_only_if_that_is_unused():
    span = 2 * MEMORY.bank_depth * MEMORY.word_bytes
    banks, place = Banks(MEMORY).allocate(2, 0, span + 4)
    assert {bank for bank, _ in words_of(place)} == {0, 1, 2, 3}
    assert banks.used.tolist() == [MEMORY.bank_depth] * 2 + [1] * 2 + [0] * 4
    taken, _ = Banks(MEMORY).allocate(2, 1, 2)
    assert taken.allocate(2, 0, span + 4) is None
    assert Banks(MEMORY).allocate(2, 3, span + 4) is None, "beyond the last group"
    assert Banks(MEMORY).allocate(8, 0, MEMORY.size) is not None
    assert Banks(MEMORY).allocate(8, 0, MEMORY.size + 1) is None


@pytest.mark.parametrize("name", ["tiny", "small", "datamaestro", "datamaestro-paper"])
def test_candidates_are_within_the_streamers_modes_and_banks(name):
    config = preset(name)
    for streamer, settings in config.streamers.items():
        choices = list(candidates(config, streamer))
        assert choices and len(set(choices)) == len(choices)
        for group, first in choices:
            assert group in settings.groups
            assert 0 <= first < config.memory.banks // group
            assert settings.reach == "all" or group % settings.reach == 0 or group == settings.groups[0]


def test_candidates_suit_all_users_of_a_place():
    config = preset("tiny")
    streamers = config.streamers | {
        "A": config.streamers["A"].model_copy(update={"groups": (2, 4, 1), "reach": 2}),
        "E": config.streamers["E"].model_copy(update={"groups": (8, 4), "reach": 4}),
        "D": config.streamers["D"].model_copy(update={"groups": (2, 1), "reach": 4})}
    narrow = config.model_copy(update={"streamers": streamers})
    assert list(candidates(narrow, "A")) == [(2, 0), (2, 1), (2, 2), (2, 3), (4, 0), (4, 1)]
    assert list(candidates(narrow, "A", "E")) == [(4, 0), (4, 1)]
    assert list(candidates(narrow, "D")) == [], "no group is as wide as the reach"


@pytest.mark.parametrize("seed", range(8))
def test_image_agrees_with_the_streamers_model(seed):
    rng = random.Random(seed)
    group = rng.choice([1, 2, 4, 8])
    size = rng.randrange(1, 300) * MEMORY.word_bytes
    base = rng.randrange((MEMORY.size - size) // MEMORY.word_bytes) * MEMORY.word_bytes
    data = np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)
    image = MemoryImage(MEMORY)
    image.write(base, group, data)
    np.testing.assert_array_equal(image.read(base, group, size), data)
    expected = np.zeros_like(image.bytes)
    for i, (bank, row) in enumerate(words_of(Place(group, base, size))):
        expected[row, bank] = data[i * MEMORY.word_bytes:(i + 1) * MEMORY.word_bytes]
    np.testing.assert_array_equal(image.bytes, expected)


@pytest.mark.parametrize("seed", range(8))
def test_loads_count_every_access_once(seed):
    rng = random.Random(seed)
    group, words, windows = rng.choice([2, 4, 8]), rng.choice([2, 8]), rng.choice([1, 3, 8])
    starts = np.array([rng.randrange(0, 20) * words * MEMORY.word_bytes for _ in range(24)])
    place = Place(group, rng.randrange(8) * 16, 0)
    expected = np.zeros((windows, MEMORY.banks))
    for i, start in enumerate(starts.tolist()):
        for word in range(words):
            bank, _ = model.remap((place.base + start) // MEMORY.word_bytes + word, group, MEMORY)
            expected[i * windows // len(starts), bank] += 1
    np.testing.assert_array_equal(loads(CONFIG, place, starts, words, windows), expected)
