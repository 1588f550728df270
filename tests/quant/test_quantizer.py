# SPDX-License-Identifier: Apache-2.0
"""Bit-exactness, rate, latency and job order of the quantizer."""
import itertools
import random

import pytest
from quant.quantizer_bench import Job, build, random_jobs, run

from hwgen.config.quantizer import ROUNDING_MODES, QuantizerConfig
from hwgen.quant.quantizer import Quantizer

SHAPES = [
    (m, n, lanes)
    for m, n, choices in ((2, 2, (1, 2, 3, 4)), (4, 4, (3, 8, 15)), (8, 8, (16,)), (3, 6, (4, 5, 18)), (1, 1, (1,)), (2, 5, (7,)))
    for lanes in choices
]
COLUMNS = ("per tensor", "per column", "streamed")
COUNTS = (1, 0, 3, 1, 1, 0, 0, 2, 1, 4, 0)


def options(n: int, columns: str) -> dict:
    return {"channels": n if columns == "per column" else 1, "parameter_stream": columns == "streamed"}


def groups_of(m: int, n: int, lanes: int) -> int:
    return -(-m * n // lanes)


@pytest.mark.parametrize("idle, stall", [(0.0, 0.6), (0.6, 0.0), (0.3, 0.3)])
@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("m, n, lanes", SHAPES)
def test_matches_model(m, n, lanes, columns, idle, stall):
    """Jobs of different modes and parameters, some of them from the stream, tile by tile."""
    dut = build(m, n, lanes=lanes, **options(n, columns))
    jobs = random_jobs(m * n + lanes, dut, COUNTS, per_channel=0.6 if columns == "streamed" else 0.0)
    run(dut, jobs, idle=idle, stall=stall, job_idle=idle, p_idle=idle, seed=lanes)


@pytest.mark.parametrize("modes", [(mode,) for mode in ROUNDING_MODES] + [("half_up", "double"), ("half_even", "gemmlowp", "half_up")])
def test_matches_model_with_some_modes_only(modes):
    dut = build(2, 3, lanes=4, rounding_modes=modes)
    rng = random.Random(7)
    run(dut, [Job(rng, dut, 6, rounding=mode) for mode in modes * 6], stall=0.2)


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("input_width, result_width", [(16, 8), (48, 8), (32, 4), (32, 16), (21, 4), (48, 16)])
def test_matches_model_at_other_widths(input_width, result_width, columns):
    dut = build(2, 3, lanes=5, input_width=input_width, result_width=result_width, **options(3, columns))
    jobs = random_jobs(input_width, dut, (5,) * 24, per_channel=0.5 if columns == "streamed" else 0.0)
    run(dut, jobs, stall=0.3, idle=0.1, p_idle=0.2)


@pytest.mark.parametrize("lanes", [1, 3, 4])
@pytest.mark.parametrize("rounding", ROUNDING_MODES)
def test_matches_model_in_long_jobs(rounding, lanes):
    dut = build(2, 2, lanes=lanes, parameter_stream=True)
    rng = random.Random(lanes)
    run(dut, [Job(rng, dut, 150, per_channel=True, rounding=rounding), Job(rng, dut, 50, rounding=rounding)], stall=0.1)


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("m, n, lanes", SHAPES)
def test_one_tile_per_groups_cycles_across_jobs(m, n, lanes, columns):
    dut = build(m, n, lanes=lanes, **options(n, columns))
    jobs = random_jobs(1, dut, (3, 1, 1, 1, 5, 2, 1, 1, 2), per_channel=0.6 if columns == "streamed" else 0.0)
    log = run(dut, jobs)
    groups = groups_of(m, n, lanes)
    assert {b - a for a, b in itertools.pairwise(log["i"])} == {groups}
    assert {b - a for a, b in itertools.pairwise(log["o"])} == {groups}


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("m, n, lanes", SHAPES)
def test_latency(m, n, lanes, columns):
    """A word that comes no later than its tile costs nothing."""
    dut = build(m, n, lanes=lanes, **options(n, columns))
    log = run(dut, random_jobs(3, dut, (1, 2), per_channel=1.0 if columns == "streamed" else 0.0), idle=0.5)
    assert log["i"][0] >= log["entry"][0] + 1
    assert [o - i for i, o in zip(log["i"], log["o_valid"], strict=True)] == [groups_of(m, n, lanes) + 4] * 3
    assert log["done"] == [log["o"][0] + 1, log["o"][2] + 1]


@pytest.mark.parametrize("columns", COLUMNS)
def test_job_starts_in_the_cycle_after_its_entry(columns):
    dut = build(2, 2, lanes=2, **options(2, columns))
    log = run(dut, random_jobs(3, dut, (2,)))
    assert log["i"][0] == log["entry"][0] + 1


@pytest.mark.parametrize("m, n, lanes", SHAPES)
def test_full_rate_right_after_a_long_refusal(m, n, lanes):
    dut = build(m, n, lanes=lanes, parameter_stream=True)
    log = run(dut, random_jobs(4, dut, (12,), per_channel=1.0), refuse=100)
    assert log["o"][0] == log["o_valid"][0] + 100
    assert {b - a for a, b in itertools.pairwise(log["o"])} == {groups_of(m, n, lanes)}


def test_empty_jobs_are_done_in_order_and_move_nothing():
    dut = build(2, 2, lanes=2)
    log = run(dut, random_jobs(5, dut, (0, 0, 0)))
    assert len(log["done"]) == 3 and log["i"] == [] and log["o_valid"] == []
    assert all(done > entry for entry, done in zip(log["entry"], log["done"], strict=True))
    dut = build(2, 2, lanes=2)
    log = run(dut, random_jobs(5, dut, (2, 0, 1)), stall=0.7)
    assert log["o"][1] < log["done"][0] < log["done"][1] < log["o"][2] < log["done"][2]
    dut = build(2, 2, lanes=2)
    log = run(dut, random_jobs(6, dut, (2, 0, 1)), idle=0.97)
    assert log["entry"][1] < log["o"][0] + 5 < log["i"][1], "the empty job waits while nothing is in flight"
    assert log["o"][1] < log["done"][0] < log["done"][1]


def test_two_entries_are_taken_ahead_of_their_tiles():
    dut = build(2, 2, lanes=2)
    log = run(dut, random_jobs(6, dut, (2, 1, 1, 1)), idle=0.97)
    assert log["entry"][1] < log["i"][0] < log["entry"][2] < log["i"][2] < log["entry"][3]


@pytest.mark.parametrize("config, sizes, error, message", [
    (None, {"m": 2, "n": 2}, TypeError, r"config must be a QuantizerConfig, not None"),
    (QuantizerConfig(lanes=4), {"m": 2.0, "n": 2}, TypeError, r"m must be an integer, not 2\.0"),
    (QuantizerConfig(lanes=4), {"m": 2, "n": True}, TypeError, r"n must be an integer, not True"),
    (QuantizerConfig(lanes=4), {"m": 0, "n": 2}, ValueError, r"m must be 1 or more, not 0"),
    (QuantizerConfig(lanes=4), {"m": 2, "n": 2, "input_width": "32"}, TypeError, r"input_width must be an integer, not '32'"),
    (QuantizerConfig(lanes=4), {"m": 2, "n": 2, "input_width": 15}, ValueError, r"input_width must be within 16\.\.48, not 15"),
    (QuantizerConfig(lanes=4), {"m": 2, "n": 2, "input_width": 49}, ValueError, r"input_width must be within 16\.\.48, not 49"),
    (QuantizerConfig(lanes=5), {"m": 2, "n": 2}, ValueError, r"lanes must not exceed the 4 elements of a tile, not 5"),
    (QuantizerConfig(lanes=4, channels=3), {"m": 2, "n": 2}, ValueError, r"channels must be 1 or 2, not 3"),
])
def test_rejects(config, sizes, error, message):
    with pytest.raises(error, match=message + "$"):
        Quantizer(config, **sizes)
