# SPDX-License-Identifier: Apache-2.0
"""What steps hold of their runs, against runs that are cut up byte by byte."""

import random

import pytest
from support.streams import simulate

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer.run import RunPieces


def built(mode, channels, word):
    memory = MemoryConfig(banks=8, bank_width=8 * word, bank_depth=16)
    return memory, StreamerConfig(mode=mode, spatial_bounds=(channels,), groups=(8,), byte_addressed=True)


def pieces_of(memory, config, run_bytes, steps, offsets):
    """Lane, bytes, last and channels of each step; ``offsets`` are those of runs, in bytes."""
    size, word, expected = config.channels * memory.word_bytes, memory.word_bytes, []
    for number, offset in enumerate(offsets):
        # Bytes of the run by their step and lane, as far as there are steps.
        places = [divmod(offset % word + b, size) for b in range(run_bytes)]
        for step in range(steps):
            lanes = [lane for s, lane in places if s == step]
            more = any(step < s < steps for s, _ in places)
            last = number == len(offsets) - 1 and (bool(lanes) and not more if config.reads else step == steps - 1)
            expected.append((lanes[0] if lanes else offset % word if step == 0 else 0, len(lanes), last, {lane // word for lane in lanes}))
    return expected


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize(("channels", "word"), [(1, 4), (2, 4), (8, 1), (4, 8), (8, 8)])
def test_pieces_are_those_of_the_runs(mode, channels, word):
    memory, config = built(mode, channels, word)
    dut, rng, size = RunPieces(memory, config), random.Random(channels * word), channels * word

    async def bench(ctx):
        for _ in range(120):
            run = rng.choice([1, rng.randint(1, size), rng.randint(1, 4 * size)])
            steps = max(1, -(-(word - 1 + run) // size) + rng.randrange(-1, 3))
            offsets = [rng.randrange(8 * word) for _ in range(rng.randint(1, 3))]
            ctx.set(dut.take, 1)
            ctx.set(dut.run_bytes, run)
            ctx.set(dut.advance, rng.randrange(2))
            await ctx.tick()
            ctx.set(dut.take, 0)
            ctx.set(dut.run_bytes, rng.getrandbits(24))
            expected = iter(pieces_of(memory, config, run, steps, offsets))
            for number, offset in enumerate(offsets):
                for step in range(steps):
                    ctx.set(dut.address, (offset if step == 0 else rng.getrandbits(8)) % word)
                    ctx.set(dut.run_end, step == steps - 1)
                    ctx.set(dut.last_run, number == len(offsets) - 1)
                    ctx.set(dut.advance, 0)
                    while rng.random() < 0.2:
                        await ctx.tick()
                    enabled = {c for c in range(channels) if ctx.get(dut.enable) >> c & 1}
                    lane, count, last, reached = next(expected)
                    assert (ctx.get(dut.piece.count), bool(ctx.get(dut.piece.last))) == (count, last)
                    assert not count or ctx.get(dut.piece.lane) == lane
                    # The first words of a step are accessed even where its run begins behind them.
                    assert enabled == (set(range(max(reached) + 1)) if reached else set())
                    assert not reached or min(reached) == 0
                    ctx.set(dut.advance, 1)
                    # The next job may be taken as the last step leaves.
                    if number < len(offsets) - 1 or step < steps - 1:
                        await ctx.tick()
    simulate(dut, bench)


def test_rejects_addresses_of_words():
    memory, config = built("read", 2, 4)
    with pytest.raises(ValueError, match="byte_addressed, not False"):
        RunPieces(memory, config.model_copy(update={"byte_addressed": False}))
