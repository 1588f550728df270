# SPDX-License-Identifier: Apache-2.0
"""The queue against Python's deque."""

import random
from collections import deque

import pytest
from amaranth import unsigned
from amaranth.lib import data
from support.streams import collect, drive, simulate

from hwgen.parts.queue import Queue

DEPTHS = (1, 2, 3, 4, 5, 7, 8)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.5, 0), (0, 0.5), (0.3, 0.3)])
def test_keeps_order_under_stalls(depth, idle, stall):
    dut = Queue(unsigned(16), depth=depth)
    sent, received = random.Random(depth).choices(range(1 << 16), k=200), []
    simulate(dut, drive(dut.i, sent, idle=idle), collect(dut.o, received, len(sent), stall=stall), checks=[dut.o])
    assert received == sent


@pytest.mark.parametrize("depth", DEPTHS)
def test_handshakes_and_level_follow_a_model(depth):
    dut = Queue(unsigned(8), depth=depth)
    rng = random.Random(depth)

    async def bench(ctx):
        model = deque()
        for cycle in range(400):
            valid, ready, payload = rng.random() < 0.6, rng.random() < 0.5, rng.randrange(256)
            ctx.set(dut.i.valid, valid)
            ctx.set(dut.i.payload, payload)
            assert ctx.get(dut.i.ready) == (len(model) < depth)
            ctx.set(dut.o.ready, ready)
            assert ctx.get(dut.i.ready) == (len(model) < depth), "i.ready depends on o.ready"
            assert ctx.get(dut.o.valid) == bool(model)
            assert ctx.get(dut.level) == len(model)
            push = valid and len(model) < depth
            if model:
                assert ctx.get(dut.o.payload) == model[0]
                if ready:
                    model.popleft()
            if push:
                model.append(payload)
            await ctx.tick()

    simulate(dut, bench)


@pytest.mark.parametrize(("depth", "cycles"), [(1, 200), (2, 101), (3, 101), (8, 101)])
def test_takes_one_cycle_and_sustains_its_rate(depth, cycles):
    dut = Queue(unsigned(8), depth=depth)
    received, elapsed = [], 0

    async def count(ctx):
        nonlocal elapsed
        while len(received) < 100:
            await ctx.tick()
            elapsed += 1

    simulate(dut, drive(dut.i, range(100)), collect(dut.o, received, 100), count)
    assert received == list(range(100))
    assert elapsed == cycles


@pytest.mark.parametrize("depth", (1, 2, 3))
def test_structured_payload(depth):
    shape = data.StructLayout({"first": 3, "second": 5})
    dut = Queue(shape, depth=depth)
    sent = [{"first": i % 8, "second": 31 - i} for i in range(20)]
    received = []
    simulate(dut, drive(dut.i, sent), collect(dut.o, received, len(sent), stall=0.3))
    assert received == [shape.const(word) for word in sent]


def test_zero_width_payload_counts_tokens():
    dut = Queue(unsigned(0), depth=3)
    received = []
    simulate(dut, drive(dut.i, [0] * 20, idle=0.3), collect(dut.o, received, 20, stall=0.3), checks=[dut.o])


@pytest.mark.parametrize("depth", (0, -1, 1.5, "2", None))
def test_rejects_depth(depth):
    with pytest.raises(TypeError, match=f"^Queue depth must be a positive integer, not {depth!r}$"):
        Queue(8, depth=depth)


def test_rejects_shape():
    with pytest.raises(TypeError, match="'word' cannot be converted to an Amaranth shape"):
        Queue("word", depth=2)
