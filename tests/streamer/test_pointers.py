# SPDX-License-Identifier: Apache-2.0
"""Step numbers: enough of them for every depth, and slots that no two live steps share."""

import pytest

from hwgen.config import StreamerConfig
from hwgen.streamer.pointers import PointerSpace

DEPTHS = [(a, d) for a in (1, 2, 3, 4, 5, 8, 16, 63, 64) for d in (1, 2, 3, 4, 7, 16, 64)]


def space_of(address_depth, data_depth):
    return PointerSpace(StreamerConfig(mode="read", spatial_bounds=(1,), groups=(1,),
                                       address_buffer_depth=address_depth, data_buffer_depth=data_depth))


@pytest.mark.parametrize("address_depth,data_depth", DEPTHS)
def test_levels_are_differences(address_depth, data_depth):
    """Full and empty differ, and live steps plus those that just left have numbers of their own."""
    space = space_of(address_depth, data_depth)
    live = address_depth + data_depth + 2
    assert len(space.signal("p")) == space.bits
    for first in range(1 << space.bits):
        numbers = [(first + step) % (1 << space.bits) for step in range(live)]
        assert len(set(numbers)) == live
        marks = [number % (1 << space.bits - 1) for number in numbers]
        assert len(set(marks)) == live, "one row for each live step in memories of half as many rows as numbers"


@pytest.mark.parametrize("depth", sorted({d for pair in DEPTHS for d in pair}))
def test_steps_of_a_buffer_have_slots_of_their_own(depth):
    space = space_of(depth, depth)
    for first in range(1 << space.bits):
        slots = {(first + step) % (1 << space.bits) % space.slots(depth) for step in range(depth)}
        assert len(slots) == depth
    assert space.slots(depth) < 2 * depth
    assert len(space.slot(space.signal("p"), depth)) == (space.slots(depth) - 1).bit_length()
