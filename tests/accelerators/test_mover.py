# SPDX-License-Identifier: Apache-2.0
import random

import pytest
from support.streams import collect, drive, log_cycles, simulate

from hwgen.accelerators.mover import Mover
from hwgen.config import GemmConfig

CORE = GemmConfig(m=2, n=2, k=2, a_width=4, b_width=4, accumulator_width=16)
PASSES = [  # words, route, transposed
    (5, 0, 1), (0, 0, 0), (4, 1, 0), (3, 0, 0), (0, 1, 0), (1, 1, 1), (6, 0, 1)]


def transposed(word):
    """Nibbles 0, 1, 2, 3 of a tile of two rows as 0, 2, 1, 3."""
    return word & 0xF00F | (word & 0x00F0) << 4 | (word & 0x0F00) >> 4


def entries():
    return [{"words": words, "route": route, "transpose": transpose} for words, route, transpose in PASSES]


@pytest.mark.parametrize("idle", [0.0, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_moves_the_words_of_every_pass(idle, seed):
    rng, dut, e, d, done, moved = random.Random(seed), Mover(CORE), [], [], [], []
    a, c = ([[rng.getrandbits(width) for _ in range(words if route == which else 0)] for words, route, _ in PASSES]
            for which, width in ((0, 16), (1, 64)))
    expected = [transposed(word) if transpose else word for words, (_, _, transpose) in zip(a, PASSES, strict=True) for word in words]
    sums = [word for words in c for word in words]

    async def core(ctx):
        while True:
            ctx.set(dut.idle, rng.random() < 0.7)
            await ctx.tick()

    simulate(dut, drive(dut.job.entry, entries(), idle=idle, seed=seed), drive(dut.a, sum(a, []), idle=idle, seed=seed + 1),
             drive(dut.c, sums, idle=idle, seed=seed + 2), collect(dut.e, e, len(expected), stall=idle, seed=seed + 3),
             collect(dut.d, d, len(sums), stall=idle, seed=seed + 4), checks=[dut.e, dut.d],
             background=[core, log_cycles(dut.job.done, done), log_cycles(dut.moved, moved)])
    assert (e, d) == (expected, sums)
    assert len(moved) == len(expected) + len(sums)


def test_a_pass_begins_only_when_the_core_is_idle_and_then_goes_on():
    dut, e, taken = Mover(CORE), [], []

    async def core(ctx):
        for cycle in range(60):
            ctx.set(dut.idle, cycle == 20)
            await ctx.tick()

    simulate(dut, drive(dut.job.entry, [{"words": 4, "route": 0, "transpose": 0}]), drive(dut.a, [1, 2, 3, 4]),
             collect(dut.e, e, 4), background=[core, log_cycles(dut.takes_a, taken)])
    assert e == [1, 2, 3, 4]
    assert taken == [20, 21, 22, 23]


def test_a_word_moves_in_every_cycle():
    dut, e, moved = Mover(CORE), [], []

    async def core(ctx):
        ctx.set(dut.idle, 1)
        await ctx.tick()

    simulate(dut, drive(dut.job.entry, [{"words": 8, "route": 0, "transpose": 0}]), drive(dut.a, range(8)), collect(dut.e, e, 8),
             background=[core, log_cycles(dut.moved, moved)])
    assert moved == list(range(moved[0], moved[0] + 8))
