# SPDX-License-Identifier: Apache-2.0
import itertools
import warnings
from dataclasses import replace

import numpy as np
import pytest
from amaranth.back import verilog
from gemm.core_bench import Job, random_job, random_jobs, run, span, words

from hwgen.config.gemm import GemmConfig
from hwgen.gemm.core import GemmCore

SIZES = [(2, 2, 2), (1, 3, 2), (4, 4, 4), (3, 2, 5), (1, 1, 1), (2, 4, 3)]
TRAFFIC = [(0.0, 0.0), (0.5, 0.0), (0.0, 0.6), (0.4, 0.4)]


def config_of(size):
    return GemmConfig(**dict(zip("mnk", size)))


def check(result, jobs):
    for name in "dq":
        assert getattr(result, name) == words(jobs, name)
    assert sum(cycle["done"] for cycle in result.trace) == len(jobs)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("idle, stall", TRAFFIC)
def test_matches_model_under_idle_and_back_pressure(size, idle, stall):
    config = config_of(size)
    jobs = random_jobs(config, 12 if config.multipliers > 40 else 24, seed=sum(size))
    check(run(config, jobs, idle=idle, stall=stall, seed=sum(size)), jobs)


WIDTHS = [(a, b, accumulator) for a, b in itertools.product((4, 8, 16), repeat=2) for accumulator in (16, 32, 48)]


@pytest.mark.parametrize("a_width, b_width, accumulator_width", [*WIDTHS, (8, 8, 19), (16, 4, 33)])
def test_every_width(a_width, b_width, accumulator_width):
    config = GemmConfig(m=2, n=1, k=3, a_width=a_width, b_width=b_width, accumulator_width=accumulator_width)
    jobs = random_jobs(config, 24, seed=a_width * b_width + accumulator_width)
    check(run(config, jobs, idle=0.3, stall=0.3, seed=a_width), jobs)


@pytest.mark.parametrize("a_unsigned, b_unsigned", itertools.product((0, 1), repeat=2))
@pytest.mark.parametrize("a_width, b_width", [(4, 16), (8, 8), (16, 16)])
def test_both_ends_of_operands_and_zero_points(a_width, b_width, a_unsigned, b_unsigned):
    config = GemmConfig(m=1, n=1, k=2, a_width=a_width, b_width=b_width, accumulator_width=48)
    options = {"a_unsigned": a_unsigned, "b_unsigned": b_unsigned, "config": config}
    ends = itertools.product(*(span(width, unsigned) for _ in range(2)
                               for width, unsigned in ((a_width, a_unsigned), (b_width, b_unsigned))))
    jobs, exact = [], []
    for a, b, a_zero_point, b_zero_point in ends:
        jobs.append(Job(np.full((1, 3, 1, 2), a), np.full((1, 3, 2, 1), b), np.zeros((1, 1, 1), np.int64),
                        a_zero_point=a_zero_point, b_zero_point=b_zero_point, **options))
        exact.append(6 * (a - a_zero_point) * (b - b_zero_point) % (1 << 48))
    assert run(config, jobs, idle=0.2, stall=0.2).d == exact


def test_zero_points_have_bits_of_their_own_width_only():
    config = GemmConfig(m=1, n=1, k=1)
    plain = Job(np.full((1, 1, 1, 1), 100), np.full((1, 1, 1, 1), 7), np.zeros((1, 1, 1), np.int64), a_zero_point=200)
    flipped = replace(plain, a_zero_point=-1, a_unsigned=1)
    assert run(config, [plain, flipped]).d == [(100 + 56) * 7, (100 - 255) * 7 % (1 << 32)]


@pytest.mark.parametrize("width", [16, 20, 48])
def test_sums_are_modulo_the_width_of_the_accumulators(width):
    config = GemmConfig(m=1, n=1, k=2, a_width=16, b_width=16, accumulator_width=width)
    low, high = span(16)
    job = Job(np.full((1, 40, 1, 2), low), np.full((1, 40, 2, 1), low), np.full((1, 1, 1), (1 << width - 1) - 1),
              config=config, a_zero_point=high, b_zero_point=high, add_c=1)
    exact = (1 << width - 1) - 1 + 80 * (low - high) ** 2
    assert exact >= 1 << width - 1
    assert run(config, [job]).d == [exact % (1 << width)]


@pytest.mark.parametrize("slow, cause", [
    ("a", "needs_a"), ("b", "needs_b"), ("c", "needs_c"), ("d", "blocked"), ("q", "blocked"),
])
def test_one_slow_stream_is_named_as_the_cause(slow, cause):
    config = config_of((1, 2, 2))
    rng = np.random.default_rng(0)
    jobs = [random_job(rng, config, tiles=3, steps=2, add_c=1, quantize=slow == "q") for _ in range(4)]
    result = run(config, jobs, idle={slow: 0.8}, stall={slow: 0.8})
    check(result, jobs)
    others = {"needs_a", "needs_b", "needs_c", "blocked"} - {cause}
    steps = [number for number, cycle in enumerate(result.trace) if cycle["step"]]
    held = [cycle for cycle in result.trace[steps[0]:steps[-1]] if not cycle["step"]]
    assert len(held) > len(jobs)
    assert all(cycle[cause] for cycle in held)
    assert not any(cycle[other] for cycle in held for other in others)


def test_active_until_the_last_result_has_left():
    config = config_of((1, 1, 1))
    rng = np.random.default_rng(0)
    jobs = [random_job(rng, config, tiles=2, steps=2) for _ in range(2)]
    result = run(config, jobs, stall={"d": 0.9})
    active = [number for number, cycle in enumerate(result.trace) if cycle["active"]]
    taken = next(number for number, cycle in enumerate(result.trace) if cycle["taken"])
    left = [number for number, cycle in enumerate(result.trace) if cycle["d_moved"]][-1]
    assert active == list(range(taken + 1, left + 1))


@pytest.mark.parametrize("seed", range(4))
def test_every_cycle_without_a_step_has_a_cause(seed):
    config = config_of((1, 1, 2))
    jobs = [job for job in random_jobs(config, 40, seed=seed) if not job.empty]
    result = run(config, jobs, idle=0.3, stall=0.3, seed=seed)
    steps_left = 0
    lengths = iter(jobs)
    for cycle in result.trace:
        if steps_left:
            assert cycle["active"]
            assert any(cycle[name] for name in ("step", "needs_a", "needs_b", "needs_c", "blocked"))
        steps_left -= cycle["step"]
        if cycle["taken"]:
            assert steps_left == 0
            steps_left = int(np.prod(next(lengths).a.shape[:2]))


@pytest.mark.parametrize("add_c", [0, 1])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_no_bubble_between_tiles_and_jobs(steps, add_c):
    config = config_of((1, 2, 2))
    rng = np.random.default_rng(steps)
    jobs = [
        random_job(rng, config, tiles=tiles, steps=steps, add_c=add_c, quantize=quantize)
        for tiles, quantize in ((1, 0), (4, 1), (1, 1), (2, 0), (1, 0), (1, 1))
    ]
    result = run(config, jobs)
    check(result, jobs)
    issued = [number for number, cycle in enumerate(result.trace) if cycle["step"]]
    assert issued == list(range(issued[0], issued[0] + 10 * steps))
    left = [number for number, cycle in enumerate(result.trace) if cycle["d_moved"] or cycle["q_moved"]]
    assert left == [number + 2 for number in issued[steps - 1::steps]]
    assert result.trace.index(next(cycle for cycle in result.trace if cycle["taken"])) == issued[0] - 1
    ends = np.cumsum([job.a.shape[0] for job in jobs]) - 1
    done = [number for number, cycle in enumerate(result.trace) if cycle["done"]]
    assert done == [left[end] + 1 for end in ends]


@pytest.mark.parametrize("tiles, steps", [(0, 3), (3, 0), (0, 0)])
def test_empty_job_moves_nothing_and_ends_in_its_turn(tiles, steps):
    config = config_of((1, 1, 1))
    rng = np.random.default_rng(1)
    jobs = [
        random_job(rng, config, tiles=2, steps=2),
        random_job(rng, config, tiles=tiles, steps=steps, add_c=1, quantize=1),
        random_job(rng, config, tiles=tiles, steps=steps),
        random_job(rng, config, tiles=1, steps=1, add_c=1, quantize=1),
    ]
    result = run(config, jobs, stall={"d": 0.9})
    check(result, jobs)
    first_done = next(number for number, cycle in enumerate(result.trace) if cycle["done"])
    assert sum(cycle["d_moved"] for cycle in result.trace[:first_done]) == 2


def test_only_empty_jobs():
    config = config_of((1, 1, 1))
    rng = np.random.default_rng(2)
    jobs = [random_job(rng, config, tiles=0, steps=1) for _ in range(3)]
    result = run(config, jobs)
    check(result, jobs)
    assert not any(cycle["step"] for cycle in result.trace)


def test_overflow_wraps():
    config = config_of((2, 2, 2))
    rng = np.random.default_rng(3)
    jobs = [random_job(rng, config, tiles=4, steps=4, extreme=True, add_c=1) for _ in range(4)]
    jobs[0].c[:] = (1 << 31) - 1
    jobs[0].a[:], jobs[0].b[:] = -128, -128
    jobs[0].a_zero_point = jobs[0].b_zero_point = 127
    plain = jobs[0].c[0, 0, 0] + 8 * 255 * 255
    assert plain > (1 << 31) - 1
    assert jobs[0].results()[0][0, 0] == plain - (1 << 32)
    check(run(config, jobs), jobs)


def test_emitted_verilog_is_small_and_hides_its_sources():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = verilog.convert(GemmCore(GemmConfig()), name="core", emit_src=False, strip_internal_attrs=True)
    assert len(text) < 1_000_000
    assert ".py" not in text
    for role in ("data", "configuration"):
        assert f'hwgen_role = "{role}"' in text
