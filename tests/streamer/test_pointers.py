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
def test_numbers_a_channel_compares_differ(address_depth, data_depth):
    """Empty and full of either buffer differ, with one step more of data; all steps of both have a shared number."""
    space = space_of(address_depth, data_depth)
    assert len(space.signal("p")) == space.bits <= len(space.shared("q")) == space.shared_bits
    assert 1 << space.bits > max(address_depth, data_depth + 1)
    assert 1 << space.shared_bits >= address_depth + data_depth + 2
    assert (1 << space.bits) % space.slots(address_depth) == (1 << space.bits) % space.slots(data_depth) == 0


@pytest.mark.parametrize("depth", sorted({d for pair in DEPTHS for d in pair}))
def test_steps_of_a_buffer_have_slots_of_their_own(depth):
    space = space_of(depth, depth)
    for first in range(1 << space.bits):
        slots = {(first + step) % (1 << space.bits) % space.slots(depth) for step in range(depth)}
        assert len(slots) == depth
    assert space.slots(depth) < 2 * depth
    assert len(space.slot(space.signal("p"), depth)) == (space.slots(depth) - 1).bit_length()
