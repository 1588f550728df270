# SPDX-License-Identifier: Apache-2.0
"""Where rows end, against positions divided by the row's length."""

import random

import pytest
from support.streams import simulate

from hwgen.config import StreamerConfig
from hwgen.streamer.row import RowPosition

WRAP_WIDTH = 10


def position(lanes, *, bound_width=8):
    return RowPosition(StreamerConfig(mode="read", spatial_bounds=(lanes,), groups=(1,), temporal_dimensions=3, row_wrap=True, bound_width=bound_width),
                       WRAP_WIDTH)


STEPS = {"advance": 0b010, "restart": 0b100, "inner": 0b001, "none": 0}
"""Which loop advances in each kind of step; that of rows is loop 1."""


def row_of(position, length):
    return position // length if length else 0


def watch(dut, jobs):
    """Compare each step of ``jobs``: lengths, wraps and a list of what each step does."""

    async def bench(ctx):
        lanes = dut.lanes
        for length, wrap, moves in jobs:
            ctx.set(dut.settings, {"length": length, "wrap": wrap, "loop": 1})
            ctx.set(dut.take, 1)
            await ctx.tick()
            ctx.set(dut.take, 0)
            ctx.set(dut.settings, {"length": 1, "wrap": 99, "loop": 2})
            ctx.set(dut.advance, 0)
            start = 0
            for move in moves:
                rows = [row_of(start + i, length) for i in range(lanes + 1)]
                ends = ctx.get(dut.ends)
                assert [ends >> i & 1 for i in range(lanes - 1)] == [rows[i + 1] - rows[i] for i in range(lanes - 1)], (length, start)
                ctx.set(dut.steps, STEPS[move])
                passed = wrap * (rows[lanes] - rows[0]) if move == "advance" else 0
                assert ctx.get(dut.passed) == passed, (length, start, move)
                ctx.set(dut.advance, 0)
                await ctx.tick()
                ctx.set(dut.advance, 1)
                await ctx.tick()
                start = {"advance": start + lanes, "restart": 0}.get(move, start)

    simulate(dut, bench)


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 7, 8, 9, 16, 33])
def test_rows_of_every_length_up_to_three_times_the_lanes(lanes):
    moves = ["advance"] * 9 + ["inner"] + ["advance"] * 3 + ["restart"] + ["advance"] * 3
    watch(position(lanes), [(length, 7 - length, moves) for length in range(3 * lanes + 1)])


@pytest.mark.parametrize("lanes", [2, 5, 8])
def test_random_moves_along_rows_of_any_length(lanes):
    rng, limit = random.Random(lanes), 1 << WRAP_WIDTH - 1
    jobs = [(rng.choice([rng.randrange(256), rng.randint(1, 2 * lanes), 255]), rng.choice([-limit, limit - 1, rng.randrange(-limit, limit)]),
             rng.choices(["advance", "restart", "inner", "none"], (8, 1, 2, 1), k=40)) for _ in range(40)]
    watch(position(lanes), jobs)


@pytest.mark.parametrize("lanes", [16, 40])
def test_more_lanes_than_a_row_can_have_positions(lanes):
    watch(position(lanes, bound_width=4), [(length, 3, ["advance"] * 16) for length in range(16)])
