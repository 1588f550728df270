# SPDX-License-Identifier: Apache-2.0
"""From job entries to checked accesses: back-to-back jobs that differ in everything, and errors."""

import random

import pytest
from support.jobs import addresses_of, random_job, steps_of
from support.streams import check_handshake, collect, drive, simulate

from hwgen.config import BroadcasterConfig, MemoryConfig, StreamerConfig, TransposerConfig
from hwgen.config.error_causes import ErrorCause
from hwgen.config.registers import Field
from hwgen.streamer import model
from hwgen.streamer.front import JOBS_IN_FLIGHT, AddressFront

MEMORY = MemoryConfig(banks=8, bank_width=16, bank_depth=16)
TRANSPOSER = TransposerConfig(kind="transposer", element_width=8)
BROADCASTER = BroadcasterConfig(kind="broadcaster", factor=2)


def config_of(**options):
    return StreamerConfig(**{"mode": "read", "spatial_bounds": (2,), "temporal_dimensions": 2, "groups": (8, 2, 1)} | options)


CONFIGS = {
    "plain": config_of(),
    "one group": config_of(groups=(8,), spatial_bounds=(3,)),
    "extensions": config_of(extensions=(TRANSPOSER, BROADCASTER)),
    "rows": config_of(row_wrap=True, spatial_bounds=(4,), temporal_dimensions=3),
    "rows of channels": config_of(row_wrap=True, spatial_bounds=(3, 2), groups=(8,)),
    "rows and one loop": config_of(row_wrap=True, spatial_bounds=(1,), temporal_dimensions=1),
    "tails": config_of(tail_masks=True, spatial_bounds=(2, 3)),
    "everything": config_of(row_wrap=True, tail_masks=True, spatial_bounds=(4, 2), reach=2, extensions=(BROADCASTER,)),
    "broadcaster": config_of(extensions=(BROADCASTER,), spatial_bounds=(2, 4), reach=2),
}


def is_empty(config, job):
    return any(job[f"temporal_bound_{d}"] == 0 for d in range(config.temporal_dimensions))


def fetched(config, job):
    """Channels a job fetches: half of them if the broadcaster sees the words first."""
    first = next((e.kind for e in config.extensions if job[f"{e.kind}_enable"]), None)
    return config.channels // 2 if first == "broadcaster" else config.channels


def tails_acting(config, job):
    """For each step of a job, which masks act."""
    loops = [*(job[f"tail_loops_{s}"] for s in range(config.spatial_dimensions)), job["tail_word_loops"]]
    bounds = [job[f"temporal_bound_{d}"] for d in range(config.temporal_dimensions)]
    return [model.tails_acting(last, loops) for last in model.last_iterations(bounds)]


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("idle,stall", [(0, 0), (0.3, 0.6)])
def test_accesses_of_random_jobs(name, idle, stall):
    config, rng = CONFIGS[name], random.Random(len(name))
    reach = 1 if config.reach == "all" else config.reach
    jobs = [random_job(MEMORY, config, rng) for _ in range(30)]
    expected = []
    for job in jobs:
        steps = steps_of(MEMORY, config, job)
        for number, places in enumerate(steps, 1):
            expected.append(([None if isinstance(place, str) or c >= fetched(config, job) else (place[0] // reach, place[1])
                              for c, place in enumerate(places)], number == len(steps)))
    dut, received, queued = AddressFront(MEMORY, "X", config), [], []
    simulate(dut, drive(dut.entry, jobs, idle=idle), collect(dut.step, received, len(expected), stall=stall),
             collect(dut.job, queued, len(jobs), stall=stall, seed=7),
             background=[check_handshake(dut.step), check_handshake(dut.job)])
    assert [([(a.bank, a.row) if a.active else None for a in step.accesses], bool(step.last)) for step in received] == expected
    if config.tail_masks:
        acting = [acts for job in jobs for acts in tails_acting(config, job)]
        assert [step.tail for step in received] == [sum(a << k for k, a in enumerate(acts)) for acts in acting]
        names = [name for name, _ in dut.job.payload.tail.shape()]
        assert [[job.tail[name] for name in names] for job in queued] == [[job[name] for name in names] for job in jobs]
    assert [bool(job.empty) for job in queued] == [is_empty(config, job) for job in jobs]
    enables = [sum(job[f"{e.kind}_enable"] << k for k, e in enumerate(config.extensions)) for job in jobs]
    assert [job.enable for job in queued] == enables


class Gain(TransposerConfig):
    """A transposer with fields of its own."""

    @property
    def fields(self):
        return Field("gain", 4, "Factor."), Field("offset", 5, "Added.", signed=True)


def test_fields_of_extensions_go_to_the_data_side_by_name():
    config = config_of().model_copy(update={"extensions": (Gain(kind="transposer"),)})
    jobs = [entry(0) | {"transposer_enable": 1, "transposer_gain": gain, "transposer_offset": offset}
            for gain, offset in ((3, -16), (15, 15), (0, -1))]
    dut, queued = AddressFront(MEMORY, "X", config), []
    simulate(dut, drive(dut.entry, jobs), collect(dut.step, [], 6), collect(dut.job, queued, 3))
    assert [(job.parameters.transposer_gain, job.parameters.transposer_offset) for job in queued] == [(3, -16), (15, 15), (0, -1)]


def entry(base, *, bound=2, stride=2, mode=0, spatial=2):
    return {"base": base, "spatial_stride_0": spatial, "temporal_bound_0": bound, "temporal_bound_1": 1,
                "temporal_stride_0": stride, "temporal_stride_1": 0, "addressing_mode": mode}


def watch(dut, jobs, *, cycles, take_jobs=True, ready=lambda cycle: True):
    """By cycle: entries taken, steps that leave, jobs seen, and (cause, channel, pointer, stride) reported."""
    taken, left, seen, errors = [], [], [], []

    async def bench(ctx):
        ctx.set(dut.job.ready, take_jobs)
        for cycle in range(cycles):
            ctx.set(dut.entry.valid, len(taken) < len(jobs))
            if len(taken) < len(jobs):
                ctx.set(dut.entry.payload, jobs[len(taken)])
            ctx.set(dut.step.ready, ready(cycle))
            _, _, entry_ready, step, job, error = await ctx.tick().sample(
                dut.entry.ready, dut.step.valid, dut.job.valid, dut.error)
            if entry_ready and len(taken) < len(jobs):
                taken.append(cycle)
            if step and ready(cycle):
                left.append(cycle)
            if job:
                seen.append(cycle)
            if error.cause:
                errors.append((cycle, error.cause, error.channel, error.pointer, error.strides[0]))

    simulate(dut, bench)
    return taken, left, seen, errors


def test_jobs_follow_without_a_gap():
    jobs = [entry(0), entry(32, bound=3, mode=1), entry(16, bound=1, mode=2), entry(0, bound=1)]
    taken, left, seen, errors = watch(AddressFront(MEMORY, "X", CONFIGS["plain"]), jobs, cycles=12)
    assert taken == [0, 2, 5, 6] and left == list(range(1, 8)) and seen == [1, 3, 6, 7] and not errors


def test_an_empty_job_gives_no_step():
    jobs = [entry(0, bound=0), entry(0, bound=2), entry(2**31 - 1, bound=0), entry(1, bound=0)]
    taken, left, seen, errors = watch(AddressFront(MEMORY, "X", CONFIGS["plain"]), jobs, cycles=12)
    assert taken == [0, 1, 3, 4] and left == [2, 3] and seen == [1, 2, 4, 5] and not errors


def test_jobs_wait_while_as_many_as_allowed_are_in_flight():
    taken, *_ = watch(AddressFront(MEMORY, "X", CONFIGS["plain"]), [entry(0, bound=1)] * (JOBS_IN_FLIGHT + 2), cycles=20, take_jobs=False)
    assert len(taken) == JOBS_IN_FLIGHT


IMAGES = MemoryConfig(banks=8, bank_width=16, bank_depth=256)


@pytest.mark.parametrize("pixels,row,groups", [(784, 28, 98), (196, 14, 25), (49, 7, 7), (9, 3, 2), (25, 5, 4), (16, 4, 2), (5, 1, 1), (64, 8, 8)])
def test_pixels_of_a_square_image_in_groups_of_eight(pixels, row, groups):
    """Every pixel once and none else, in an image with a border, one group each cycle; two bytes a pixel."""
    config = config_of(row_wrap=True, tail_masks=True, spatial_bounds=(8,), groups=(8,))
    pitch, whole = 2 * (row + 2), pixels % 8 == 0
    job = {"base": pitch + 2, "spatial_stride_0": 2, "temporal_bound_0": groups, "temporal_bound_1": 1, "temporal_stride_0": 16,
           "temporal_stride_1": 0, "row_length": row, "row_wrap": pitch - 2 * row, "row_loop": 0, "tail_loops_0": 0 if whole else 1,
           "tail_lanes_0": pixels % 8, "tail_bytes_0": 0, "tail_word_loops": 0, "tail_word_bytes": 0}
    dut, received, cycles = AddressFront(IMAGES, "X", config), [], []

    async def bench(ctx):
        ctx.set(dut.step.ready, 1)
        ctx.set(dut.entry.payload, job)
        ctx.set(dut.entry.valid, 1)
        await ctx.tick()
        ctx.set(dut.entry.valid, 0)
        for cycle in range(groups + 3):
            *_, valid, step, error = await ctx.tick().sample(dut.step.valid, dut.step.payload, dut.error.cause)
            assert not error
            if valid:
                cycles.append(cycle)
                received.extend(access.row * 8 + access.bank for access in step.accesses if access.active)

    simulate(dut, bench)
    assert cycles == list(range(groups))
    assert received == [(pitch + 2 + pitch * y + 2 * x) // 2 for y in range(-(-pixels // row)) for x in range(row)]


def test_every_wrong_step_is_reported_once():
    """The second of two steps leaves the memory, with channel 1 only, then with both."""
    last = MEMORY.size - 4
    jobs = [entry(last, bound=3), entry(last, bound=1, spatial=-2), entry(1, bound=1)]
    _, left, _, errors = watch(AddressFront(MEMORY, "X", CONFIGS["plain"]), jobs, cycles=20, ready=lambda c: c % 3 == 0)
    assert left == [3, 6, 9, 12, 15]
    outside, unaligned = ErrorCause.OUTSIDE_MEMORY, ErrorCause.UNALIGNED
    assert errors == [
        (4, outside, 1, last + 2, 2), (7, outside, 0, last + 4, 2), (13, unaligned, 0, 1, 2),
    ]


def test_reported_address_is_the_wrong_access():
    """Pointer, channel and strides give back the address that was suppressed."""
    config = config_of(spatial_bounds=(2, 2), groups=(8,))
    job = {"base": MEMORY.size - 8, "spatial_stride_0": -2, "spatial_stride_1": 12, "temporal_bound_0": 1, "temporal_bound_1": 1,
               "temporal_stride_0": 0, "temporal_stride_1": 0}
    dut, reports = AddressFront(MEMORY, "X", config), []

    async def bench(ctx):
        ctx.set(dut.entry.payload, job)
        ctx.set(dut.entry.valid, 1)
        await ctx.tick()
        report = ctx.get(dut.error)
        reports.append((report.cause, report.channel, report.pointer, list(report.strides)))

    simulate(dut, bench)
    ((cause, channel, pointer, strides),) = reports
    address = model.lane_addresses(pointer, config.spatial_bounds, strides)[channel]
    assert cause == ErrorCause.OUTSIDE_MEMORY and address == MEMORY.size + 4


def test_reported_address_counts_the_ends_of_rows():
    """Rows of two positions, each 12 bytes after the one before, of which the fourth lies outside the memory."""
    config = config_of(row_wrap=True, spatial_bounds=(8, 2), groups=(8,))
    job = {"base": MEMORY.size - 38, "spatial_stride_0": 2, "spatial_stride_1": -4, "temporal_bound_0": 1, "temporal_bound_1": 1,
               "temporal_stride_0": 0, "temporal_stride_1": 0, "row_length": 2, "row_wrap": 8, "row_loop": 0}
    dut, reports = AddressFront(MEMORY, "X", config), []

    async def bench(ctx):
        ctx.set(dut.entry.payload, job)
        ctx.set(dut.entry.valid, 1)
        await ctx.tick()
        report = ctx.get(dut.error)
        reports.append((report.cause, report.channel, report.pointer, list(report.strides), report.row_ends, report.row_wrap))

    simulate(dut, bench)
    ((cause, channel, pointer, strides, row_ends, row_wrap),) = reports
    address = model.lane_addresses(pointer, config.spatial_bounds, strides)[channel] + row_ends * row_wrap
    assert cause == ErrorCause.OUTSIDE_MEMORY and address == addresses_of(config, job)[0][channel] == MEMORY.size


def test_words_left_out_are_no_errors():
    config = config_of(tail_masks=True, spatial_bounds=(4,), groups=(8,), temporal_dimensions=1)
    job = {"base": MEMORY.size - 16, "spatial_stride_0": 2, "temporal_bound_0": 3, "temporal_stride_0": 6, "tail_loops_0": 1,
           "tail_lanes_0": 2, "tail_bytes_0": 0, "tail_word_loops": 0, "tail_word_bytes": 0}
    _, left, _, errors = watch(AddressFront(MEMORY, "X", config), [job], cycles=8)
    assert len(left) == 3 and not errors
    _, _, _, errors = watch(AddressFront(MEMORY, "X", config), [job | {"tail_bytes_0": 1}], cycles=8)
    assert [(cause, channel) for _, cause, channel, _, _ in errors] == [(ErrorCause.OUTSIDE_MEMORY, 2)]
