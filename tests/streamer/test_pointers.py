# SPDX-License-Identifier: Apache-2.0
"""Step numbers: enough of them for every depth, and slots that no two live steps share."""

import pytest
from amaranth import Const, Module, Signal
from amaranth.sim import Simulator

from hwgen.config import StreamerConfig
from hwgen.streamer.pointers import PointerSpace

DEPTHS = [(a, d) for a in (1, 2, 3, 4, 5, 8, 16, 63, 64) for d in (1, 2, 3, 4, 7, 16, 64)]


def space_of(address_depth, data_depth):
    return PointerSpace(StreamerConfig(mode="read", spatial_bounds=(1,), groups=(1,),
                                       address_buffer_depth=address_depth, data_buffer_depth=data_depth))


def distinct(bits, steps):
    """Whether any ``steps`` consecutive numbers of so many bits differ."""
    return all(len({(first + step) % (1 << bits) for step in range(steps)}) == steps for first in range(1 << bits))


@pytest.mark.parametrize("address_depth,data_depth", DEPTHS)
def test_a_channel_tells_full_from_empty(address_depth, data_depth):
    """In its address buffer, and in its data buffer with a credit returned or a step retired in this cycle."""
    space = space_of(address_depth, data_depth)
    assert distinct(space.bits, address_depth + 1) and distinct(space.bits, data_depth + 2)
    assert not distinct(space.bits - 1, max(address_depth + 1, data_depth + 2))
    assert len(space.signal("p")) == space.bits


@pytest.mark.parametrize("address_depth,data_depth", DEPTHS)
def test_shared_pointers_tell_all_steps_apart(address_depth, data_depth):
    space = space_of(address_depth, data_depth)
    assert distinct(space.shared_bits, address_depth + data_depth + 2)
    assert len(space.shared("p")) == space.shared_bits >= space.bits


@pytest.mark.parametrize("offset", [0, 1, 3, -2])
def test_channels_count_as_the_shared_pointers_do(offset):
    space = space_of(4, 2)
    low = 1 << space.bits
    cases = [Const(step, space.shared_bits) for step in range(1 << space.shared_bits)]
    m = Module()
    outputs = [Signal(space.bits, name=f"o_{step}") for step in range(len(cases))]
    m.d.comb += [output.eq(space.near(case, offset)) for output, case in zip(outputs, cases, strict=True)]
    simulator = Simulator(m)

    async def bench(ctx):
        assert [ctx.get(output) for output in outputs] == [(step + offset) % low for step in range(len(cases))]

    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize("depth", sorted({d for pair in DEPTHS for d in pair}))
def test_steps_of_a_buffer_have_slots_of_their_own(depth):
    space = space_of(depth, depth)
    assert distinct((space.slots(depth) - 1).bit_length(), depth)
    assert space.slots(depth) < 2 * depth
    assert len(space.slot(space.signal("p"), depth)) == (space.slots(depth) - 1).bit_length()
