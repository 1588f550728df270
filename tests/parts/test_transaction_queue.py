# SPDX-License-Identifier: Apache-2.0
"""The queue with commit and rollback, against a list."""

import random

import pytest
from support.streams import collect, simulate

from hwgen.parts.transaction_queue import TransactionQueue


@pytest.mark.parametrize("depth", [2, 8])
@pytest.mark.parametrize(("idle", "stall"), [(0.0, 0.0), (0.5, 0.0), (0.0, 0.6), (0.3, 0.3)])
def test_only_what_was_committed_comes_out(depth, idle, stall):
    dut, rng = TransactionQueue(16, depth=depth), random.Random(depth)
    expected, received, levels = [], [], []
    transactions = []
    for _ in range(60):
        words = [rng.randrange(1 << 16) for _ in range(rng.randint(1, depth))]
        fails = rng.random() < 0.3
        transactions.append((words, fails))
        expected += words[-1:] if fails else words

    async def producer(ctx):
        for words, fails in transactions:
            for index, word in enumerate(words):
                while rng.random() < idle:
                    await ctx.tick()
                last = index == len(words) - 1
                ctx.set(dut.i.payload, word)
                ctx.set(dut.commit, last)
                ctx.set(dut.rollback, last and fails)
                ctx.set(dut.i.valid, 1)
                await ctx.tick().until(dut.i.ready)
                ctx.set(dut.i.valid, 0)

    async def watch(ctx):
        async for _, _, level, valid, ready in ctx.tick().sample(dut.level, dut.i.valid, dut.i.ready):
            assert level <= dut.depth and ready == (level < dut.depth)
            levels.append(level)

    simulate(dut, producer, collect(dut.o, received, len(expected), stall=stall), checks=[dut.o], background=[watch])
    assert received == expected
    assert max(levels) == depth or not stall


def test_one_word_enters_and_one_leaves_in_every_cycle():
    dut, received = TransactionQueue(8, depth=8), []

    async def producer(ctx):
        ctx.set(dut.commit, 1)
        ctx.set(dut.i.valid, 1)
        for word in range(100):
            ctx.set(dut.i.payload, word)
            assert ctx.get(dut.i.ready)
            await ctx.tick()
        ctx.set(dut.i.valid, 0)

    async def consumer(ctx):
        ctx.set(dut.o.ready, 1)
        for cycle in range(102):
            if ctx.get(dut.o.valid):
                received.append((cycle, ctx.get(dut.o.payload)))
            await ctx.tick()

    simulate(dut, producer, consumer)
    assert received == [(word + 2, word) for word in range(100)]


@pytest.mark.parametrize("depth", [0, 1, 3, "4"])
def test_rejects_depth(depth):
    with pytest.raises(ValueError, match=f"power of two of at least 2, not {depth!r}"):
        TransactionQueue(8, depth=depth)


def test_rejects_payloads_without_bits():
    with pytest.raises(ValueError, match="must have a bit or more, not 0"):
        TransactionQueue(0, depth=4)
