# SPDX-License-Identifier: Apache-2.0
"""Bit-exactness, rate, latency and job order of the quantizer."""
import itertools
import random

import pytest
from quant.quantizer_bench import Job, build, run

from hwgen.config.quantizer import QuantizerConfig
from hwgen.quant.quantizer import Quantizer

SHAPES = [
    (m, n, lanes)
    for m, n, choices in ((2, 2, (1, 2, 4)), (4, 4, (1, 2, 4, 8, 16)), (8, 8, (4, 16, 64)), (3, 6, (2, 3, 6, 18)), (1, 1, (1,)))
    for lanes in choices
]
PER_COLUMN = (False, True)


def random_jobs(seed, m, n, channels, counts):
    rng = random.Random(seed)
    return [Job(rng, m, n, channels, count) for count in counts]


@pytest.mark.parametrize("idle, stall", [(0.0, 0.0), (0.0, 0.6), (0.6, 0.0), (0.3, 0.3)])
@pytest.mark.parametrize("per_column", PER_COLUMN)
@pytest.mark.parametrize("m, n, lanes", SHAPES)
def test_matches_model(m, n, lanes, per_column, idle, stall):
    channels = n if per_column else 1
    jobs = random_jobs(m * n + lanes, m, n, channels, (1, 0, 3, 1, 1, 0, 0, 2, 1, 4, 0))
    run(build(m, n, lanes=lanes, channels=channels), jobs, idle=idle, stall=stall, job_idle=idle, seed=lanes)


@pytest.mark.parametrize("m, n, lanes", SHAPES)
def test_one_tile_per_groups_cycles_across_jobs(m, n, lanes):
    groups = m * n // lanes
    jobs = random_jobs(1, m, n, 1, (3, 2, 2, 5) if groups == 1 else (3, 1, 1, 1, 5))
    log = run(build(m, n, lanes=lanes), jobs)
    assert {b - a for a, b in itertools.pairwise(log["i"])} == {groups}
    assert {b - a for a, b in itertools.pairwise(log["o"])} == {groups}


def test_single_tile_jobs_at_one_group_take_two_cycles():
    log = run(build(2, 2, lanes=4), random_jobs(2, 2, 2, 1, (1,) * 6))
    assert {b - a for a, b in itertools.pairwise(log["i"])} == {2}


@pytest.mark.parametrize("m, n, lanes", SHAPES)
def test_latency(m, n, lanes):
    log = run(build(m, n, lanes=lanes), random_jobs(3, m, n, 1, (1, 2)), idle=0.5)
    assert log["i"][0] >= log["entry"][0] + 1
    assert [o - i for i, o in zip(log["i"], log["o_valid"], strict=True)] == [m * n // lanes + 4] * 3
    assert log["done"] == [log["o"][0] + 1, log["o"][2] + 1]


def test_job_starts_in_the_cycle_after_its_entry():
    log = run(build(2, 2, lanes=2), random_jobs(3, 2, 2, 1, (2,)))
    assert log["i"][0] == log["entry"][0] + 1


@pytest.mark.parametrize("m, n, lanes", SHAPES)
def test_full_rate_right_after_a_long_refusal(m, n, lanes):
    jobs = random_jobs(4, m, n, 1, (12,))
    log = run(build(m, n, lanes=lanes), jobs, refuse=100)
    assert log["o"][0] == log["o_valid"][0] + 100
    assert {b - a for a, b in itertools.pairwise(log["o"])} == {m * n // lanes}


def test_empty_jobs_are_done_in_order_and_move_nothing():
    log = run(build(2, 2, lanes=2), random_jobs(5, 2, 2, 1, (0, 0, 0)))
    assert len(log["done"]) == 3 and log["i"] == [] and log["o_valid"] == []
    assert all(done > entry for entry, done in zip(log["entry"], log["done"], strict=True))
    log = run(build(2, 2, lanes=2), random_jobs(5, 2, 2, 1, (2, 0, 1)), stall=0.7)
    assert log["o"][1] < log["done"][0] < log["done"][1] < log["o"][2] < log["done"][2]
    log = run(build(2, 2, lanes=2), random_jobs(6, 2, 2, 1, (2, 0, 1)), idle=0.97)
    assert log["entry"][1] < log["o"][0] + 5 < log["i"][1], "the empty job waits while nothing is in flight"
    assert log["o"][1] < log["done"][0] < log["done"][1]


@pytest.mark.parametrize("config, sizes, error, message", [
    (None, {"m": 2, "n": 2}, TypeError, r"config must be a QuantizerConfig, not None"),
    (QuantizerConfig(lanes=4), {"m": 2.0, "n": 2}, TypeError, r"m must be an integer, not 2\.0"),
    (QuantizerConfig(lanes=4), {"m": 2, "n": True}, TypeError, r"n must be an integer, not True"),
    (QuantizerConfig(lanes=4), {"m": 0, "n": 2}, ValueError, r"m must be 1 or more, not 0"),
    (QuantizerConfig(lanes=3), {"m": 2, "n": 2}, ValueError,
     r"lanes must divide 2 x 2 and be a multiple or a divisor of 2, not 3"),
    (QuantizerConfig(lanes=4), {"m": 4, "n": 6}, ValueError,
     r"lanes must divide 4 x 6 and be a multiple or a divisor of 6, not 4"),
    (QuantizerConfig(lanes=4, channels=3), {"m": 2, "n": 2}, ValueError, r"channels must be 1 or 2, not 3"),
])
def test_rejects(config, sizes, error, message):
    with pytest.raises(error, match=message + "$"):
        Quantizer(config, **sizes)
