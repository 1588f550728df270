# SPDX-License-Identifier: Apache-2.0
"""Where entries read and write, by hand."""

import pytest
from hwgen.sim.fuzz.walk import BEYOND_REACH, OUTSIDE, UNALIGNED, accesses, fetched, place

MEMORY = {"banks": 4, "bank_width": 16, "bank_depth": 8}


def streamer(**options):
    return {"mode": "read", "spatial_bounds": [2], "temporal_dimensions": 2, "groups": [4, 2, 1], "reach": "all", "extensions": []} | options


def fields(**options):
    return {"base": 0, "spatial_stride_0": 2, "temporal_bound_0": 1, "temporal_bound_1": 1} | options


def addresses(config, job):
    return [[access.address for access in step] for step in accesses(config, MEMORY, job)]


def test_loops_run_innermost_first():
    job = fields(temporal_bound_0=2, temporal_stride_0=8, temporal_bound_1=2, temporal_stride_1=-4, base=20)
    assert addresses(streamer(), job) == [[20, 22], [28, 30], [16, 18], [24, 26]]


def test_a_bound_of_zero_moves_nothing():
    assert addresses(streamer(), fields(temporal_bound_1=0, temporal_bound_0=5)) == []


@pytest.mark.parametrize("group, expected", [(4, [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1)]), (2, [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2)]),
                                             (1, [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4)])])
def test_consecutive_words_go_round_a_group(group, expected):
    assert [place(2 * word, group, MEMORY) for word in range(5)] == expected


def test_the_next_group_follows_the_last_row():
    assert place(2 * 16, 2, MEMORY) == (2, 0)


def test_every_place_is_met_once():
    for group in (1, 2, 4):
        assert len({place(2 * word, group, MEMORY) for word in range(32)}) == 32


def causes(config, job):
    return [access.cause for step in accesses(config, MEMORY, job) for access in step]


def test_wrong_accesses_have_causes():
    assert causes(streamer(), fields(base=62)) == [0, OUTSIDE]
    assert causes(streamer(), fields(base=-2)) == [OUTSIDE, 0]
    assert causes(streamer(), fields(base=1)) == [UNALIGNED] * 2
    assert causes(streamer(reach=2), fields(base=2)) == [BEYOND_REACH] * 2
    assert causes(streamer(reach=2), fields(base=4)) == [0, 0]


def test_a_row_that_ends_between_lanes_wraps_those_beyond():
    config = streamer(row_wrap=True)
    job = fields(temporal_bound_0=3, temporal_stride_0=4, row_length=3, row_loop=0, row_wrap=10)
    # Positions 0 1 | 2 3 | 4 5 in rows of three.
    assert addresses(config, job) == [[0, 2], [4, 16], [18, 20]]


def test_rows_shorter_than_the_lanes():
    job = fields(temporal_bound_0=2, temporal_stride_0=4, row_length=1, row_loop=0, row_wrap=10)
    assert addresses(streamer(row_wrap=True), job) == [[0, 12], [24, 36]]


def kept(job):
    return [[access.kept for access in step] for step in accesses(streamer(tail_masks=True), MEMORY, job)]


def test_tails_act_in_last_iterations_only():
    job = fields(temporal_bound_0=2, temporal_bound_1=2, tail_loops_0=1, tail_lanes_0=1, tail_bytes_0=1)
    assert kept(job) == [[2, 2], [2, 1]] * 2
    assert kept(job | {"tail_loops_0": 3}) == [[2, 2]] * 3 + [[2, 1]]
    assert kept(job | {"tail_loops_0": 0}) == [[2, 2]] * 4


def test_channels_without_bytes_have_no_access():
    job = fields(tail_loops_0=1, tail_lanes_0=1, tail_bytes_0=0, base=62)
    assert causes(streamer(tail_masks=True), job) == [0]
    assert kept(fields(tail_word_loops=1, tail_word_bytes=1)) == [[1, 1]]


def test_a_broadcast_fetches_what_it_repeats_while_it_acts_first():
    chain = [{"kind": "transposer", "element_width": 8}, {"kind": "broadcaster", "factor": 2}]
    config = streamer(extensions=chain)
    assert fetched(config, {"broadcaster_enable": 1}) == 1
    assert fetched(config, {"broadcaster_enable": 1, "transposer_enable": 1}) == 2
    assert fetched(config, {}) == 2
