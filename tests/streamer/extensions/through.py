# SPDX-License-Identifier: Apache-2.0
"""One extension alone: its output for many inputs, with random pauses of the pipeline."""

import random

from amaranth import Module, Signal
from support.streams import simulate

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.config.plugins import imported


def setup(config, *, channels, bank_width, **options):
    """Memory and streamer whose only extension is ``config``; both have been checked."""
    memory = MemoryConfig(banks=2, bank_width=bank_width, bank_depth=2)
    streamer = StreamerConfig(**{"mode": "read", "spatial_bounds": (channels,), "groups": (2,), "extensions": (config,)} | options)
    config.check(streamer, memory)
    return memory, streamer


def through(memory, streamer, cases, *, pause=0.0, seed=0):
    """Words that leave the extension for each (words, masks, parameters), of which one enters every cycle it moves."""
    (config,) = streamer.extensions
    dut = imported(config.hardware)(memory, streamer, config)
    width, rng, outputs = memory.bank_width, random.Random(seed), []

    async def bench(ctx):
        moves = 0
        while len(outputs) < len(cases):
            words, masks, parameters = cases[min(moves, len(cases) - 1)]
            ctx.set(dut.i, sum(word << c * width for c, word in enumerate(words)))
            ctx.set(dut.mask, sum(mask << c * memory.word_bytes for c, mask in enumerate(masks)))
            ctx.set(dut.parameters, parameters)
            advance = rng.random() >= pause
            ctx.set(dut.advance, advance)
            # What enters in the cycle of move `moves` is seen, `latency` moves later, before that move's edge.
            if advance and moves >= config.latency:
                packed = ctx.get(dut.o)
                outputs.append([packed >> c * width & (1 << width) - 1 for c in range(streamer.channels)])
            await ctx.tick()
            moves += advance

    m, clocked = Module(), Signal()
    m.submodules.dut = dut
    # Some extensions have no registers, but a pause needs a clock.
    m.d.sync += clocked.eq(~clocked)
    simulate(m, bench, cycles=200_000)
    return outputs
