# SPDX-License-Identifier: Apache-2.0
"""The golden models against definitions that share nothing with them: loops, tables, bit positions."""

from math import log2

import pytest

from hwgen.config import MemoryConfig
from hwgen.streamer import model

GEOMETRIES = [(2, 2), (2, 16), (4, 2), (8, 4), (8, 32), (32, 8), (64, 4)]


def groups_of(banks):
    return [1 << bits for bits in range(banks.bit_length())]


MODES = [(banks, depth, group) for banks, depth in GEOMETRIES for group in groups_of(banks)]


def memory(banks, depth, width=8):
    return MemoryConfig(banks=banks, bank_depth=depth, bank_width=width)


def test_pointers_are_nested_loops():
    strides = (5, -7, 1000, 0)
    expected = []
    for i3 in range(2):
        for i2 in range(3):
            for i1 in range(1):
                for i0 in range(4):
                    expected.append((100 + 5 * i0 - 7 * i1 + 1000 * i2 + 0 * i3) % 2**32)
    assert list(model.pointers(100, (4, 1, 3, 2), strides)) == expected


def test_pointers_wrap_in_both_directions():
    assert list(model.pointers(-4, (3,), (4,))) == [2**32 - 4, 0, 4]
    assert list(model.pointers(0, (2,), (-1,))) == [0, 2**32 - 1]
    assert list(model.pointers(2**31 - 1, (2,), (1,))) == [2**31 - 1, 2**31]


@pytest.mark.parametrize("bounds", [(0,), (0, 3), (3, 0), (2, 0, 2)])
def test_a_bound_of_zero_leaves_no_step(bounds):
    assert list(model.pointers(5, bounds, (1,) * len(bounds))) == []


def test_lane_addresses_count_dimension_0_innermost():
    assert model.lane_addresses(10, (2, 3), (1, 100)) == [10, 11, 110, 111, 210, 211]
    assert model.lane_addresses(0, (2, 2, 2), (1, -4, 16)) == [0, 1, 2**32 - 4, 2**32 - 3, 16, 17, 12, 13]


@pytest.mark.parametrize("channels,length", [(8, 28), (8, 14), (8, 7), (8, 8), (8, 1), (4, 3), (3, 100), (1, 5), (5, 2)])
@pytest.mark.parametrize("pitch", [40, -9])
def test_rows_are_walked_position_after_position(channels, length, pitch):
    """Two walks of the same positions, one for each iteration of the outer loop, pixel after pixel."""
    groups, stride = 6, 3
    rows = model.Rows(length, pitch - length * stride, 0)
    steps = list(model.step_addresses(1000, (groups, 2), (channels * stride, 5), (channels,), (stride,), rows))
    expected = []
    for start in (1000, 1005):
        row, column = start, 0
        for _ in range(groups * channels):
            expected.append((row + stride * column) % 2**32)
            column += 1
            if column == length:
                row, column = row + pitch, 0
    assert [address for step in steps for address in step] == expected


def test_rows_of_the_middle_loop_go_on_there_only():
    steps = list(model.step_addresses(0, (2, 3, 2), (1, 4, 100), (2, 2), (2, 1000), model.Rows(3, 10, 1)))
    lanes_0 = [[2 * position + 10 * (position // 3) for position in (2 * t, 2 * t + 1)] for t in range(3)]
    expected = []
    for outer in range(2):
        for t in range(3):
            for inner in range(2):
                expected.append([address + 100 * outer + inner + 1000 * s for s in range(2) for address in lanes_0[t]])
    assert steps == expected


def test_without_rows_steps_are_pointers_and_lanes():
    bounds, strides, spatial_bounds, spatial_strides = (3, 2), (-5, 70), (2, 3), (4, -9)
    expected = [model.lane_addresses(pointer, spatial_bounds, spatial_strides) for pointer in model.pointers(-3, bounds, strides)]
    assert list(model.step_addresses(-3, bounds, strides, spatial_bounds, spatial_strides, model.Rows(0, 77, 1))) == expected


def test_last_iterations_of_nested_loops():
    expected = []
    for i1 in range(2):
        for _ in range(1):
            for i0 in range(3):
                expected.append((i0 == 2) + 2 + 4 * (i1 == 1))
    assert list(model.last_iterations((3, 1, 2))) == expected


def test_a_tail_acts_where_all_its_loops_end():
    for last in range(8):
        assert model.tails_acting(last, range(8)) == [
            loops != 0 and all(last >> d & 1 for d in range(3) if loops >> d & 1) for loops in range(8)]


@pytest.mark.parametrize("acting,expected", [
    ((False, False, False), [8] * 6),
    ((True, False, False), [8, 3, 0, 8, 3, 0]),
    ((False, True, False), [8, 8, 8, 5, 5, 5]),
    ((True, True, False), [8, 3, 0, 5, 3, 0]),
    ((False, False, True), [4] * 6),
    ((True, True, True), [4, 3, 0, 4, 3, 0]),
])
def test_what_tails_keep(acting, expected):
    lanes = [(i, j) for j in range(2) for i in range(3)]
    assert [model.bytes_kept(lane, 8, acting, (1, 1), (3, 5), 4) for lane in lanes] == expected


@pytest.mark.parametrize("banks,depth,group", MODES)
def test_remap_is_a_bijection(banks, depth, group):
    geometry = memory(banks, depth)
    places = [model.remap(word, group, geometry) for word in range(geometry.words)]
    assert sorted(places) == [(bank, row) for bank in range(banks) for row in range(depth)]


@pytest.mark.parametrize("banks,depth,group", MODES)
def test_remap_fills_group_after_group(banks, depth, group):
    """Walk the memory as the addressing mode says it is filled."""
    geometry, word = memory(banks, depth), 0
    for first in range(0, banks, group):
        for row in range(depth):
            for bank in range(first, first + group):
                assert model.remap(word, group, geometry) == (bank, row)
                word += 1
    assert word == geometry.words


@pytest.mark.parametrize("banks,depth,group", MODES)
def test_remap_permutes_address_bits(banks, depth, group):
    """Each address bit goes to one place of its own, whatever the others are."""
    geometry = memory(banks, depth)
    images = [1 << bit for bit in range(int(log2(geometry.words)))]
    moved = [bank * depth + row for bank, row in (model.remap(word, group, geometry) for word in images)]
    assert sorted(moved) == images
    for word in range(geometry.words):
        bank, row = model.remap(word, group, geometry)
        assert bank * depth + row == sum(moved[bit] for bit in range(len(moved)) if word >> bit & 1)


def test_paper_modes():
    """Fully interleaved: neighbors in different banks; a single bank: neighbors in one bank."""
    geometry = memory(32, 8)
    assert [model.remap(word, 32, geometry)[0] for word in range(33)] == [*range(32), 0]
    assert {model.remap(word, 1, geometry)[0] for word in range(8)} == {0}


def test_place_suppresses_by_priority():
    geometry = memory(4, 4, width=16)
    assert model.place(32, 4, geometry) == "outside_memory"
    assert model.place(33, 4, geometry) == "outside_memory"
    assert model.place(model.wrap(-2), 4, geometry) == "outside_memory"
    assert model.place(3, 4, geometry, reach=2, channel=0) == "unaligned"
    assert model.place(2, 4, geometry, reach=2, channel=0) == "beyond_reach"
    assert model.place(2, 4, geometry, reach=2, channel=3) == (1, 0)
    assert model.place(30, 4, geometry) == (3, 3)
