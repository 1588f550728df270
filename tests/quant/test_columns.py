# SPDX-License-Identifier: Apache-2.0
"""Multipliers and shifts from the stream: which tile a word belongs to, and when one is taken."""

import random

import pytest
from support.streams import simulate

from hwgen.quant.columns import ColumnParameters


def word(number: int, columns: int) -> int:
    """A word whose columns all differ, with bits set that do not count."""
    return sum(((number * columns + j) | (number + j) % 64 << 32 | 0b11 << 38) << 40 * j for j in range(columns))


def held(number: int, columns: int) -> list[dict]:
    return [{"multiplier": number * columns + j, "shift": (number + j) % 64} for j in range(columns)]


@pytest.mark.parametrize("seed", range(12))
def test_every_tile_that_wants_a_word_gets_the_next_one(seed):
    """Against a list of tiles that may be taken, in a machine that begins each some cycles later."""
    rng, columns = random.Random(seed), seed % 3 + 1
    jobs = [(rng.randrange(2), rng.randint(1, 4)) for _ in range(60)]
    tiles = [(wants, t == 0) for wants, count in jobs for t in range(count)]
    total = sum(wants for wants, _ in tiles)
    dut = ColumnParameters(columns)
    idle, stall, late = (rng.choice([0.0, 0.3, 0.8]) for _ in range(3))

    async def bench(ctx):
        words = used = taken = 0
        waiting = None  # whether the tile at the subtraction wants a word
        offered = False
        while taken < len(tiles) or waiting is not None:
            permit = taken < len(tiles) and rng.random() >= late
            advance = rng.random() >= stall
            offered = offered or rng.random() >= idle
            ctx.set(dut.permit, permit)
            ctx.set(dut.first, tiles[taken][1] if permit else rng.randrange(2))
            ctx.set(dut.per_channel, tiles[taken][0] if permit and tiles[taken][1] else rng.randrange(2))
            ctx.set(dut.advance, advance)
            ctx.set(dut.p.valid, offered)
            ctx.set(dut.p.payload, word(words, columns))
            lacks = waiting == 1 and words == used
            assert ctx.get(dut.waits) == lacks
            begins = waiting is not None and advance and not lacks
            assert ctx.get(dut.use) == (begins and waiting == 1)
            if begins and waiting:
                assert [{"multiplier": c.multiplier, "shift": c.shift} for c in ctx.get(dut.columns)] == held(used, columns)
            if ctx.get(dut.p.ready):
                assert words == used or begins, "more than one word ahead"
                assert lacks or permit and tiles[taken][0], "a word is taken that no tile wants"
            elif lacks:
                raise AssertionError("a word is refused that a tile waits for")
            take = permit and (waiting is None or begins) and rng.random() >= late
            ctx.set(dut.take, take)
            ready = ctx.get(dut.p.ready)
            await ctx.tick()
            if begins:
                used += waiting
                waiting = None
            if take:
                waiting = tiles[taken][0]
                taken += 1
            if offered and ready:
                words, offered = words + 1, False
        assert words == used == total

    simulate(dut, bench)
