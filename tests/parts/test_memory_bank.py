# SPDX-License-Identifier: Apache-2.0
"""One bank: byte enables, one cycle of latency, nothing changed that was not written."""

import random

import pytest
from support.streams import simulate

from hwgen.config import MemoryConfig
from hwgen.parts.memory_bank import MemoryBank


def access(ctx, dut, **values):
    for name in ("en", "we", "be", "addr", "wdata"):
        ctx.set(getattr(dut, name), values.get(name, 0))


def merge(old, new, enable, width):
    mask = sum(0xFF << 8 * i for i in range(width // 8) if enable >> i & 1)
    return old & ~mask | new & mask


@pytest.mark.parametrize("width, depth", [(8, 2), (16, 128), (64, 16), (128, 8)])
def test_random_accesses_match_model(width, depth):
    dut, rng = MemoryBank(MemoryConfig(banks=2, bank_width=width, bank_depth=depth)), random.Random(width)
    contents = [rng.getrandbits(width) for _ in range(depth)]

    async def bench(ctx):
        for row, word in enumerate(contents):
            access(ctx, dut, en=1, we=1, be=-1, addr=row, wdata=word)
            await ctx.tick()
        for _ in range(1500):
            enable, write = rng.random() < 0.8, rng.random() < 0.5
            row, word, lanes = rng.randrange(depth), rng.getrandbits(width), rng.getrandbits(width // 8)
            access(ctx, dut, en=enable, we=write, be=lanes, addr=row, wdata=word)
            await ctx.tick()
            if enable and write:
                contents[row] = merge(contents[row], word, lanes, width)
            elif enable:
                assert ctx.get(dut.rdata) == contents[row]
        for row, word in enumerate(contents):
            access(ctx, dut, en=1, addr=row)
            await ctx.tick()
            assert ctx.get(dut.rdata) == word

    simulate(dut, bench)


@pytest.mark.parametrize("width", [8, 16, 32, 64])
def test_every_byte_enable_writes_its_own_byte(width):
    dut = MemoryBank(MemoryConfig(banks=2, bank_width=width, bank_depth=2))

    async def bench(ctx):
        for lane in range(width // 8):
            for word, lanes in ((0, -1), ((1 << width) - 1, 1 << lane)):
                access(ctx, dut, en=1, we=1, be=lanes, addr=1, wdata=word)
                await ctx.tick()
            access(ctx, dut, en=1, addr=1)
            await ctx.tick()
            assert ctx.get(dut.rdata) == 0xFF << 8 * lane

    simulate(dut, bench)
