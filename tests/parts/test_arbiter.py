# SPDX-License-Identifier: Apache-2.0
"""The bank arbiter and its turns against plain Python."""

import itertools
import random

import pytest
from amaranth import ClockDomain, Module
from support.streams import simulate

from hwgen.parts.arbiter import BankArbiter, FairTurn


def winner(requesters, request, urgent, turn):
    """Grant as a bit mask."""
    for candidates in (request & turn, request & urgent, request):
        for index in range(requesters):
            if candidates >> index & 1:
                return 1 << index
    return 0


def check(requesters, cases):
    clocked = Module()
    clocked.domains.sync = ClockDomain()
    clocked.submodules.dut = dut = BankArbiter(requesters)

    async def bench(ctx):
        for request, urgent, turn in cases:
            ctx.set(dut.request, request)
            ctx.set(dut.urgent, urgent)
            ctx.set(dut.turn, turn)
            assert ctx.get(dut.grant) == winner(requesters, request, urgent, turn), (request, urgent, turn)

    simulate(clocked, bench)


@pytest.mark.parametrize("requesters", (1, 2, 3, 4))
def test_matches_model_exhaustively(requesters):
    masks = range(1 << requesters)
    turns = [0, *(1 << index for index in range(requesters))]
    check(requesters, itertools.product(masks, masks, turns))


@pytest.mark.parametrize("requesters", (6, 8, 13))
def test_matches_model_at_random(requesters):
    rng = random.Random(requesters)
    check(requesters, [
        (rng.getrandbits(requesters), rng.getrandbits(requesters) & rng.getrandbits(requesters),
         rng.choice([0, 1 << rng.randrange(requesters)]))
        for _ in range(3000)
    ])


@pytest.mark.parametrize("requesters", (1, 3, 8))
@pytest.mark.parametrize("period", (1, 2, 5, 8))
def test_turns_come_in_order_and_on_time(requesters, period):
    dut = FairTurn(requesters, period=period)
    turns = []

    async def bench(ctx):
        for _ in range(4 * requesters * period):
            turns.append(ctx.get(dut.turn))
            await ctx.tick()

    simulate(dut, bench)
    expected = itertools.cycle(
        1 << cycle // period if cycle % period == 0 else 0 for cycle in range(requesters * period)
    )
    assert turns == list(itertools.islice(expected, len(turns)))


def test_longest_wait():
    assert FairTurn(6, period=8).longest_wait == 47


@pytest.mark.parametrize("requesters", (0, -2, 1.5, None))
def test_rejects_requesters(requesters):
    with pytest.raises(TypeError, match=f"^Arbiter requesters must be a positive integer, not {requesters!r}$"):
        BankArbiter(requesters)
    with pytest.raises(TypeError, match=f"^Turn requesters must be a positive integer, not {requesters!r}$"):
        FairTurn(requesters, period=4)


@pytest.mark.parametrize("period", (0, -1, 2.0, None))
def test_rejects_period(period):
    with pytest.raises(TypeError, match=f"^Turn period must be a positive integer, not {period!r}$"):
        FairTurn(4, period=period)
