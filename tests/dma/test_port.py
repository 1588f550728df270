# SPDX-License-Identifier: Apache-2.0
"""The external port at its pins: identifiers, order, fairness, limits, and a drain at any moment."""

import random

import pytest
from dma.port_bench import Memory, User, channel
from support.external import dma_config, pattern
from support.streams import check_handshake, simulate

from hwgen.dma.port import WRITES_ACCEPTED, ExternalPort

CONFIG = dma_config(64, outstanding=4)[1]


def build(readers, writers, *, config=CONFIG, idle=0.3, stall=0.3, length=6):
    """Port, memory, users and all their testbenches, rules of every output included."""
    port = ExternalPort(config, readers=readers, writers=writers)
    memory = Memory(port, stall=stall)
    reading = [User(bus, config, idle=idle, seed=10 + i, length=length) for i, bus in enumerate(port.readers)]
    writing = [User(bus, config, idle=idle, seed=20 + i, length=length) for i, bus in enumerate(port.writers)]
    background = [memory.serve, *(check_handshake(channel(port, name)) for name in ("ar", "aw", "w"))]
    for user in reading:
        background += [user.request, user.read]
    for user in writing:
        background += [user.request, user.write, user.answers]
    return port, memory, reading, writing, background


def burst_beats(memory):
    """Beats of each write burst in order: (identifier, beats)."""
    position = 0
    for identifier, _, count in memory.writes:
        yield identifier, memory.beats[position:position + count]
        position += count


def check_traffic(memory, reading, writing):
    """Once all is quiet: everyone got what was asked for, with own errors, and all that was given was written."""
    for identifier, user in enumerate(reading):
        assert [burst[1:] for burst in memory.reads if burst[0] == identifier] == user.asked
        expected = [(address + 8 * i, i + 1 == count) for address, count in user.asked for i in range(count)]
        assert len(user.got) == len(expected)
        for (data, error, last), (address, ends) in zip(user.got, expected, strict=True):
            assert data & 0xFF == pattern(address) and last == ends and error == (pattern(address) % 7 == 0)
    for identifier, user in enumerate(writing):
        assert [burst[1:] for burst in memory.writes if burst[0] == identifier] == user.asked
        assert user.got == [pattern(address) % 7 == 0 for address, _ in user.asked]
        assert [beat for who, beats in burst_beats(memory) if who == identifier for beat in beats] == user.given
    for _, beats in burst_beats(memory):
        assert [last for *_, last in beats] == [0] * (len(beats) - 1) + [1]


@pytest.mark.parametrize(("readers", "writers"), [(1, 1), (1, 2), (2, 2), (3, 4)])
@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.3, 0.3), (0.1, 0.7), (0.8, 0)])
def test_everyone_gets_what_was_asked_for(readers, writers, idle, stall):
    port, memory, reading, writing, background = build(readers, writers, idle=idle, stall=stall)

    async def bench(ctx):
        await ctx.tick().repeat(600)
        for user in reading + writing:
            user.asking = False
        await ctx.tick().repeat(5)
        await ctx.tick().until(port.drained)
        await ctx.tick().repeat(20)
        assert ctx.get(port.drained)
    simulate(port, bench, background=background)
    check_traffic(memory, reading, writing)
    assert min(len(user.asked) for user in reading + writing) > 10


@pytest.mark.parametrize("users", [2, 3, 4])
def test_users_take_turns(users):
    """With everyone asking in every cycle, each is served as often as any other."""
    port, _, reading, writing, background = build(users, users, idle=0, stall=0, length=1)

    async def bench(ctx):
        await ctx.tick().repeat(200)
    simulate(port, bench, background=background)
    for group in (reading, writing):
        counts = [len(user.asked) for user in group]
        assert max(counts) - min(counts) <= 1 and sum(counts) > 150


def test_one_burst_and_one_beat_per_cycle():
    port, memory, _, _, background = build(1, 1, idle=0, stall=0, length=1)

    async def bench(ctx):
        await ctx.tick().repeat(100)
    simulate(port, bench, background=background)
    assert len(memory.reads) > 95 and len(memory.beats) > 90


@pytest.mark.parametrize("outstanding", [2, 4])
def test_bursts_under_way_are_limited(outstanding):
    """Reads to four times what one engine may have under way, writes also to those whose beats can be remembered."""
    config = dma_config(64, outstanding=outstanding)[1]
    port, memory, reading, writing, background = build(1, 1, config=config, idle=0, stall=0)
    memory.hold = True

    async def bench(ctx):
        await ctx.tick().repeat(300)
        held = [len(user.asked) for user in reading + writing]
        assert held == [4 * outstanding, 4 * outstanding]
        memory.hold = False
        await ctx.tick().repeat(200)
        assert all(len(user.asked) > before + 10 for user, before in zip(reading + writing, held, strict=True))
    simulate(port, bench, background=background)


def test_bursts_whose_beats_have_not_come_are_limited():
    config = dma_config(64, outstanding=64)[1]
    port = ExternalPort(config, readers=1, writers=1)
    taken = 0

    async def bench(ctx):
        nonlocal taken
        ctx.set(port.writers[0].request.valid, 1)
        ctx.set(port.awready, 1)
        for _ in range(100):
            _, _, moved = await ctx.tick().sample(port.writers[0].request.ready)
            taken += moved
    simulate(port, bench)
    assert taken == WRITES_ACCEPTED


@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.3, 0.3), (0.1, 0.7)])
def test_drain_at_random_moments(idle, stall):
    """Bursts that began end; what is owed is written without strobes; nothing begins; then work goes on as new."""
    port, memory, reading, writing, background = build(2, 2, idle=idle, stall=stall)
    rng, users = random.Random(7), reading + writing

    async def bench(ctx):
        for _ in range(25):
            await ctx.tick().repeat(rng.randrange(1, 60))
            ctx.set(port.drain, 1)
            for user in users:
                user.running = False
            await ctx.tick()
            begun = [len(user.asked) for user in users]
            given = [list(user.given) for user in writing]
            for _ in range(3000):
                if ctx.get(port.drained):
                    break
                await ctx.tick()
            assert ctx.get(port.drained), "the drain does not end"
            await ctx.tick()
            assert begun == [len(user.asked) for user in users]
            assert len(memory.reads) + len(memory.writes) == sum(begun) and memory.answers == len(memory.writes)
            assert memory.under_way == [0, 0]
            assert sum(count for *_, count in memory.writes) == len(memory.beats)
            # What was given before the drain is written, all else without a strobe.
            for identifier, before in enumerate(given):
                beats = [beat for who, group in burst_beats(memory) if who == identifier for beat in group]
                strobed = [beat[:2] for beat in beats if beat[1]]
                assert strobed == [beat[:2] for beat in before]
            for _, beats in burst_beats(memory):
                assert [last for *_, last in beats] == [0] * (len(beats) - 1) + [1]
            await ctx.tick().repeat(rng.randrange(1, 4))
            ctx.set(port.drain, 0)
            for user in users:
                user.running = True
        assert all(len(user.asked) > 25 for user in users)
    simulate(port, bench, background=background, cycles=80_000)


@pytest.mark.parametrize(("name", "count"), [("readers", 0), ("readers", 5), ("writers", 0), ("writers", 5)])
def test_rejects_more_users_than_identifiers(name, count):
    with pytest.raises(ValueError, match=f"{name} must be within 1..4, not {count}"):
        ExternalPort(CONFIG, **{"readers": 1, "writers": 1} | {name: count})
