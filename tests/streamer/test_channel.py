# SPDX-License-Identifier: Apache-2.0
"""A channel's address buffer against a list."""

import random

import pytest
from support.streams import simulate

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer.channel import AddressBuffer

MEMORY = MemoryConfig(banks=8, bank_width=8, bank_depth=16)


def buffer(depth, reach="all"):
    return AddressBuffer(MEMORY, StreamerConfig(mode="read", spatial_bounds=(2,), groups=(8,), reach=reach,
                                                address_buffer_depth=depth, data_buffer_depth=2))


def run(dut, cycles, *, write, advance, seed=0):
    """Levels seen and cycles without room; ``write`` and ``advance`` are chances when possible."""
    rng, depth, space = random.Random(seed), dut.config.address_buffer_depth, dut.space
    levels, refusals = [], []

    async def bench(ctx):
        held, written, advanced = [], 0, 0
        for cycle in range(cycles):
            access = {"bank": rng.randrange(8 // (2 if dut.config.reach == 2 else 1)), "row": rng.randrange(16), "active": rng.randrange(2)}
            leaving = bool(held) and rng.random() < advance
            ctx.set(dut.advance, leaving)
            ctx.set(dut.write_pointer, written % (1 << space.bits))
            room = len(held) < depth or (leaving and depth <= 2)
            assert ctx.get(dut.full) == (not room)
            entering = room and rng.random() < write
            ctx.set(dut.write, entering)
            ctx.set(dut.access, access)
            assert ctx.get(dut.pending) == bool(held)
            assert ctx.get(dut.pointer) == advanced % (1 << space.bits)
            if held:
                head = ctx.get(dut.head)
                assert {"bank": head.bank, "row": head.row, "active": head.active} == held[0]
            levels.append(len(held))
            if not room:
                refusals.append(cycle)
            await ctx.tick()
            if leaving:
                held.pop(0)
                advanced += 1
            if entering:
                held.append(access)
                written += 1

    simulate(dut, bench)
    return levels, refusals


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("write,advance", [(0.5, 0.5), (0.9, 0.3), (0.3, 0.9)])
def test_addresses_leave_in_order(depth, write, advance):
    levels, _ = run(buffer(depth), 400, write=write, advance=advance, seed=depth)
    assert set(levels) == set(range(depth + 1)) or advance > write


def test_banks_within_reach_are_narrower():
    run(buffer(4, reach=2), 100, write=0.5, advance=0.5)
    assert len(buffer(4, reach=2).head.bank) == len(buffer(4).head.bank) - 1


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_one_address_each_cycle(depth):
    _, refusals = run(buffer(depth), 50, write=1, advance=1)
    assert refusals == []
