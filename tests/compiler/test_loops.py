# SPDX-License-Identifier: Apache-2.0
"""Loop nests of operands against the plain loops they stand for."""

import itertools
import math

import pytest

from hwgen.compiler.loops import Loop, offsets, operand_loops, orders

EXTENTS = [(1, 1, 1), (2, 3, 4), (8, 8, 8), (1, 16, 2), (12, 1, 5), (6, 4, 1), (16, 24, 3)]
STRIDES = [dict(m=320, k=64), dict(n=128, k=16), dict(m=1024, n=64), dict(n=64), dict(m=8, n=8, k=8), {}]


def visits(nest):
    """Tile indices in the order of the nest, innermost loop first."""
    for counts in itertools.product(*(range(loop.count) for loop in reversed(nest))):
        steps = list(zip(reversed(counts), nest, strict=True))
        yield tuple(sum(i * getattr(loop, axis) for i, loop in steps) for axis in "mnk")


@pytest.mark.parametrize("extents", EXTENTS)
def test_orders_visit_every_step_once_with_k_inside(extents):
    nests = orders(*extents)
    assert len(nests) == len(set(nests)) >= 1
    for nest in nests:
        steps = list(visits(nest))
        assert sorted(steps) == sorted(itertools.product(*map(range, extents)))
        k = extents[2]
        for start in range(0, len(steps), k):
            assert [step[2] for step in steps[start:start + k]] == list(range(k))
            assert len({step[:2] for step in steps[start:start + k]}) == 1, "a tile is left before it is finished"


@pytest.mark.parametrize("strides", STRIDES, ids=str)
@pytest.mark.parametrize("extents", EXTENTS)
def test_offsets_equal_the_plain_nest(extents, strides):
    for nest in orders(*extents):
        every = [sum(i * strides.get(axis, 0) for i, axis in zip(step, "mnk", strict=True)) for step in visits(nest)]
        assert offsets(operand_loops(nest, **strides)).tolist() == every
        if "k" not in strides:
            per_tile = offsets(operand_loops(nest, **strides, per_tile=True)).tolist()
            assert per_tile == every[::extents[2]]


def test_loops_merge_where_strides_continue():
    nest = (Loop(4, k=1), Loop(2, n=1), Loop(3, m=1), Loop(5, n=2))
    assert operand_loops(nest, n=4 * 8, k=8) == [(8, 8), (3, 0), (5, 64)]
    assert operand_loops(nest, m=100, k=8) == [(4, 8), (2, 0), (3, 100), (5, 0)]
    assert operand_loops((Loop(4, k=1), Loop(2, m=1), Loop(3, m=2)), m=32, k=8) == [(24, 8)]


def test_loops_of_one_are_left_out():
    assert operand_loops((Loop(1, k=1), Loop(3, m=1), Loop(1, n=1)), m=5, n=7, k=9) == [(3, 5)]
    assert operand_loops((Loop(1, k=1),), k=9) == []
    assert offsets([]).tolist() == [0]


@pytest.mark.parametrize("extents", EXTENTS)
def test_as_few_loops_as_possible(extents):
    """No two neighbors could be one."""
    for nest, strides in itertools.product(orders(*extents), STRIDES):
        loops = operand_loops(nest, **strides)
        assert all(count > 1 for count, _ in loops)
        assert all(outer != count * inner for (count, inner), (_, outer) in itertools.pairwise(loops))
        assert math.prod(count for count, _ in loops) == math.prod(extents)
