# SPDX-License-Identifier: Apache-2.0
"""Loop nests of every depth against nested loops, and not one cycle between steps or nests."""

import itertools
import random

import pytest
from support.streams import check_handshake, collect, drive, simulate

from hwgen.config import StreamerConfig
from hwgen.streamer import model
from hwgen.streamer.address import AddressGenerator


def generator(dimensions, bound_width=4):
    return AddressGenerator(StreamerConfig(mode="read", spatial_bounds=(1,), groups=(1,),
                                           temporal_dimensions=dimensions, bound_width=bound_width))


def nest(base, bounds, strides):
    return {"base": base, "bounds": list(bounds), "strides": list(strides)}


def steps_of(nest):
    """Pointer and last of each step, by counting all indices up."""
    indices = [index[::-1] for index in itertools.product(*(range(b) for b in nest["bounds"][::-1]))]
    pointers = [(nest["base"] + sum(i * s for i, s in zip(index, nest["strides"], strict=True))) % 2**32 for index in indices]
    return [(pointer, number == len(pointers)) for number, pointer in enumerate(pointers, 1)]


def random_nest(rng, dimensions, *, empty):
    room, bounds = 40, []
    for _ in range(dimensions):
        bounds.append(rng.randint(1, min(room, 5)))
        room //= bounds[-1]
    rng.shuffle(bounds)
    if rng.random() < empty:
        bounds[rng.randrange(dimensions)] = 0
    return nest(rng.randrange(-(2**31), 2**31), bounds, [rng.randrange(-(2**31), 2**31) for _ in bounds])


def rows_generator(dimensions, lanes, bound_width=5):
    return AddressGenerator(StreamerConfig(mode="read", spatial_bounds=(lanes,), groups=(1,), temporal_dimensions=dimensions,
                                           bound_width=bound_width, row_wrap=True, tail_masks=True), wrap_width=12)


def random_rows(rng, dimensions, lanes):
    """A nest with rows, more often than not of few lanes and with a long row loop."""
    job = random_nest(rng, dimensions, empty=0.05)
    loop = rng.randrange(dimensions)
    if rng.random() < 0.5 and 0 not in job["bounds"]:
        job["bounds"][loop] = rng.randint(1, 12)
    length = rng.choice([rng.randint(0, 3 * lanes), rng.randint(1, lanes), rng.randrange(32)])
    return job | {"rows": {"length": min(length, 31), "wrap": rng.randrange(-(2**11), 2**11), "loop": loop}}


def steps_with_rows(nest, lanes):
    """Pointer, ends of rows among the lanes, loops in their last iteration, and last of each step."""
    rows, steps = model.Rows(**nest["rows"]), []
    addresses = model.step_addresses(nest["base"], nest["bounds"], nest["strides"], (lanes,), (0,), rows)
    indices = (index[::-1] for index in itertools.product(*(range(b) for b in nest["bounds"][::-1])))
    for index, lane_addresses, last in zip(indices, addresses, model.last_iterations(nest["bounds"]), strict=True):
        start = lanes * index[rows.loop]
        ends = sum(rows.ends(start + i) - rows.ends(start + i - 1) << i - 1 for i in range(1, lanes))
        steps.append((lane_addresses[0], ends, last, last == (1 << len(index)) - 1))
    return steps


@pytest.mark.parametrize("dimensions,lanes", [(1, 8), (2, 1), (2, 3), (3, 8), (4, 5), (6, 8)])
@pytest.mark.parametrize("idle,stall", [(0, 0), (0.5, 0), (0.3, 0.5)])
def test_steps_of_random_nests_with_rows(dimensions, lanes, idle, stall):
    rng = random.Random(10 * dimensions + lanes + int(10 * stall))
    nests = [random_rows(rng, dimensions, lanes) for _ in range(40)]
    expected = [step for nest in nests for step in steps_with_rows(nest, lanes)]
    dut, received = rows_generator(dimensions, lanes), []
    simulate(dut, drive(dut.i, nests, idle=idle), collect(dut.o, received, len(expected), stall=stall),
             background=[check_handshake(dut.o)])
    assert [(step.pointer, step.row_ends, step.at_end, bool(step.last)) for step in received] == expected


def plain(received):
    return [(step.pointer, bool(step.last)) for step in received]


@pytest.mark.parametrize("dimensions", range(1, 7))
@pytest.mark.parametrize("idle,stall", [(0, 0), (0.5, 0), (0, 0.7), (0.4, 0.4)])
def test_steps_of_random_nests(dimensions, idle, stall):
    rng = random.Random(100 * dimensions + int(10 * stall))
    nests = [random_nest(rng, dimensions, empty=0.2) for _ in range(25)]
    expected = [step for nest in nests for step in steps_of(nest)]
    dut, received = generator(dimensions), []
    simulate(dut, drive(dut.i, nests, idle=idle), collect(dut.o, received, len(expected), stall=stall),
             background=[check_handshake(dut.o)])
    assert plain(received) == expected


def cycles_of(dut, nests, *, ready=lambda cycle: True, cycles):
    """Cycles in which a nest is taken and those in which a step leaves."""
    taken, left, todo = [], [], list(nests)

    async def bench(ctx):
        for cycle in range(cycles):
            ctx.set(dut.i.valid, bool(todo))
            if todo:
                ctx.set(dut.i.payload, todo[0])
            ctx.set(dut.o.ready, ready(cycle))
            _, _, valid, i_ready = await ctx.tick().sample(dut.o.valid, dut.i.ready)
            if todo and i_ready:
                todo.pop(0)
                taken.append(cycle)
            if valid and ready(cycle):
                left.append(cycle)

    simulate(dut, bench)
    return taken, left


@pytest.mark.parametrize("dimensions", [1, 3, 6])
@pytest.mark.parametrize("rows", [{}, {"rows": {"length": 5, "wrap": 3, "loop": 0}}], ids=["plain", "rows"])
def test_one_step_each_cycle_within_and_between_nests(dimensions, rows):
    rng = random.Random(dimensions)
    nests = [random_nest(rng, dimensions, empty=0) for _ in range(12)]
    nests += [nest(0, [1] * dimensions, [1] * dimensions)] * 3
    sizes = [len(steps_of(nest)) for nest in nests]
    dut = rows_generator(dimensions, 8) if rows else generator(dimensions)
    taken, left = cycles_of(dut, [nest | rows for nest in nests], cycles=sum(sizes) + 5)
    assert left == list(range(1, sum(sizes) + 1))
    assert taken == [sum(sizes[:k]) for k in range(len(nests))]


@pytest.mark.parametrize("bounds", [(0, 2), (2, 0), (0, 0)])
def test_a_nest_without_steps_costs_one_cycle(bounds):
    nests = [nest(0, (2, 1), (4, 4)), nest(8, bounds, (1, 1)), nest(16, (1, 2), (4, 4))]
    taken, left = cycles_of(generator(2), nests, cycles=12)
    assert taken == [0, 2, 3] and left == [1, 2, 4, 5]


def test_a_step_waits_until_it_is_taken():
    taken, left = cycles_of(generator(1), [nest(0, (3,), (1,))] * 2, ready=lambda cycle: cycle % 4 == 3, cycles=40)
    assert left == [3, 7, 11, 15, 19, 23] and taken == [0, 11]


@pytest.mark.parametrize("dimensions,dimension", [(1, 0), (3, 0), (3, 2)])
def test_largest_bound(dimensions, dimension):
    bounds = [1] * dimensions
    bounds[dimension] = 15
    big = nest(0, bounds, [1] * dimensions)
    dut, received = generator(dimensions), []
    simulate(dut, drive(dut.i, [big] * 2), collect(dut.o, received, 30))
    assert plain(received) == steps_of(big) * 2
