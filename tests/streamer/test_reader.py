# SPDX-License-Identifier: Apache-2.0
"""Readers against the golden model, for all shapes, depths and extensions, under random stalls."""

import random

import pytest
from amaranth import ResetInserter, Signal
from support.extensions import add
from support.jobs import random_job, steps_of, words_of
from support.memory import serve
from support.streams import check_handshake, collect, drive, simulate

from hwgen.config import (
    BroadcasterConfig,
    MemoryConfig,
    RequantizeConfig,
    StreamerConfig,
    TransposerConfig,
    ZeroFillConfig,
)
from hwgen.config.streamer_unit import enable_name
from hwgen.streamer.reader import ReadStreamer

MEMORY = MemoryConfig(banks=8, bank_width=16, bank_depth=16)
TRANSPOSER = TransposerConfig(kind="transposer", element_width=8)
BROADCASTER = BroadcasterConfig(kind="broadcaster", factor=2)
REQUANTIZE, ZERO_FILL = RequantizeConfig(kind="requantize"), ZeroFillConfig(kind="zero_fill")


def reader(**options) -> StreamerConfig:
    defaults = {"mode": "read", "spatial_bounds": (2,), "temporal_dimensions": 3, "groups": (8, 4, 1)}
    return StreamerConfig(**defaults | options)


CONFIGS = {
    "plain": reader(),
    "one-channel": reader(spatial_bounds=(1,), temporal_dimensions=1),
    "transposer": reader(extensions=(TRANSPOSER,), temporal_dimensions=6),
    "broadcaster": reader(spatial_bounds=(2, 4), extensions=(BROADCASTER,), reach=2),
    "three-spatial": reader(spatial_bounds=(3, 2, 2), groups=(4,)),
    "three-channels": reader(spatial_bounds=(3,), groups=(8, 2), reach=2),
    "six-channels-one-bank-each": reader(spatial_bounds=(3, 2), groups=(1,), reach=4),
    "seven-channels-two-modes": reader(spatial_bounds=(7,), groups=(1, 8)),
    "more-than-32-channels": reader(spatial_bounds=(3, 11), groups=(8, 1), temporal_dimensions=2,
                                    extensions=(BroadcasterConfig(kind="broadcaster", factor=3),)),
    "transposer-then-broadcaster": reader(extensions=(TRANSPOSER, BROADCASTER)),
    "broadcaster-then-transposer": reader(extensions=(BROADCASTER, TRANSPOSER)),
    "requantize": reader(extensions=(REQUANTIZE,)),
    "latency-before-and-after": reader(extensions=(add(1), BROADCASTER, REQUANTIZE)),
    "tail-masks": reader(spatial_bounds=(2, 3), tail_masks=True),
    "rows-and-tail-masks": reader(spatial_bounds=(4, 2), row_wrap=True, tail_masks=True),
    "tail-masks-filled-and-requantized": reader(
        spatial_bounds=(2, 2), tail_masks=True, extensions=(ZERO_FILL, BROADCASTER, REQUANTIZE, add(2))),
    "wide-requests": reader(spatial_bounds=(3,), fine_grained_prefetch=False),
    "wide-requests-of-all-options": reader(spatial_bounds=(2, 2), fine_grained_prefetch=False, tail_masks=True,
                                           extensions=(ZERO_FILL, BROADCASTER, REQUANTIZE)),
}


def contents_of(rng):
    return {(b, r): rng.getrandbits(16) for b in range(MEMORY.banks) for r in range(MEMORY.bank_depth)}


def run(config, *, seed, stall, idle, jobs=12):
    rng = random.Random(seed)
    contents, todo = contents_of(rng), [random_job(MEMORY, config, rng) for _ in range(jobs)]
    expected = [word for job in todo for word in words_of(MEMORY, config, job, contents)]
    dut = ReadStreamer(MEMORY, "X", config)
    received, log, done, errors = [], [], 0, []

    async def count_done(ctx):
        nonlocal done
        taken = 0
        while done < jobs:
            _, _, d, valid, ready, cause = await ctx.tick().sample(
                dut.job.done, dut.job.entry.valid, dut.job.entry.ready, dut.error.cause)
            assert done + d <= taken, "done before the job was taken"
            done, taken = done + d, taken + (valid & ready)
            if cause:
                errors.append(cause)

    background = [serve(dut, contents, stall=stall, seed=seed, log=log), check_handshake(dut.o)]
    simulate(dut, drive(dut.job.entry, todo, idle=idle, seed=seed + 1),
             collect(dut.o, received, len(expected), stall=stall, seed=seed + 2), count_done, background=background)
    assert received == expected
    fetched = [(c, place) for job in todo for step in steps_of(MEMORY, config, job)
               for c, place in enumerate(step[:channels_fetched(config, job)])]
    for channel in range(config.channels):
        assert [(b, r) for c, b, r in log if c == channel] == \
            [place for c, place in fetched if c == channel and not isinstance(place, str)]
    assert bool(errors) == any(isinstance(place, str) and place != "left_out" for _, place in fetched)


def channels_fetched(config, job):
    """Those that the first extension that acts needs."""
    acting = [extension for extension in config.extensions if job[enable_name(extension)]]
    return acting[0].needed(config) if acting else config.channels


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("stall,idle", [(0.0, 0.0), (0.5, 0.5), (0.8, 0.0)])
def test_matches_model(name, stall, idle):
    run(CONFIGS[name], seed=len(name), stall=stall, idle=idle)


@pytest.mark.parametrize("address_depth,data_depth", [(1, 1), (1, 4), (2, 1), (2, 2), (3, 5), (8, 3), (16, 16)])
@pytest.mark.parametrize("stall", [0.0, 0.6])
def test_any_depth(address_depth, data_depth, stall):
    config = reader(address_buffer_depth=address_depth, data_buffer_depth=data_depth, extensions=(TRANSPOSER,))
    run(config, seed=address_depth * 100 + data_depth, stall=stall, idle=stall / 2)


@pytest.mark.parametrize("address_depth,depth", [(1, 1), (1, 2), (1, 3), (1, 8), (2, 1), (2, 3), (3, 1), (3, 3), (4, 4), (8, 2)])
def test_one_step_per_cycle_within_and_between_jobs(address_depth, depth):
    config = reader(address_buffer_depth=address_depth, data_buffer_depth=depth)
    job = {"base": 0, "spatial_stride_0": 2, "temporal_bound_0": 4, "temporal_bound_1": 5, "temporal_bound_2": 1,
               "temporal_stride_0": 4, "temporal_stride_1": 16, "temporal_stride_2": 0, "addressing_mode": 0}
    dut, received, cycles = ReadStreamer(MEMORY, "X", config), [], []

    async def watch(ctx):
        cycle = 0
        while len(received) < 60:
            _, _, valid = await ctx.tick().sample(dut.o.valid)
            if valid:
                cycles.append(cycle)
            cycle += 1

    contents = contents_of(random.Random(1))
    simulate(dut, drive(dut.job.entry, [job] * 3), collect(dut.o, received, 60), watch,
             background=[serve(dut, contents)])
    latency = 3 if depth <= 2 else 4
    assert cycles == list(range(latency, latency + 60))


@pytest.mark.parametrize("stall", [0.0, 0.6])
@pytest.mark.parametrize("address_depth,data_depth", [(1, 1), (2, 2), (3, 5)])
def test_wide_requests_at_any_depth(address_depth, data_depth, stall):
    config = reader(address_buffer_depth=address_depth, data_buffer_depth=data_depth, spatial_bounds=(3,), fine_grained_prefetch=False)
    run(config, seed=address_depth * 100 + data_depth, stall=stall, idle=stall / 2)


@pytest.mark.parametrize("fine", [True, False])
def test_wide_requests_wait_for_every_channel(fine):
    """Channel 0 goes on without channel 1 just if the prefetch is fine-grained."""
    config = reader(groups=(8,), temporal_dimensions=1, fine_grained_prefetch=fine)
    dut, requests = ReadStreamer(MEMORY, "X", config), []

    async def bench(ctx):
        ctx.set(dut.job.entry.payload, {"base": 0, "spatial_stride_0": 2, "temporal_bound_0": 9, "temporal_stride_0": 4})
        ctx.set(dut.job.entry.valid, 1)
        for cycle in range(9):
            ctx.set(dut.ports[0].grant, 1)
            ctx.set(dut.ports[1].grant, cycle >= 5)
            _, _, *request = await ctx.tick().sample(*(port.request for port in dut.ports))
            requests.append(tuple(request))

    simulate(dut, bench)
    if fine:
        assert requests[2:] == [(1, 1)] * 4 + [(0, 1)] * 3
    else:
        assert requests[2:] == [(1, 1), (0, 1), (0, 1), (0, 1), (1, 1), (1, 1), (1, 1)]


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("latency,fine", [(0, True), (0, False), (2, True), (3, False)])
def test_jobs_of_one_step_do_not_pause(depth, latency, fine):
    config = reader(address_buffer_depth=depth, data_buffer_depth=depth, groups=(8,), temporal_dimensions=1,
                    extensions=(add(latency),), fine_grained_prefetch=fine)
    jobs = [{"base": 2 * k, "spatial_stride_0": 2, "temporal_bound_0": 1, "temporal_stride_0": 0,
             "add_enable": k % 3 > 0, "add_addend": k} for k in range(30)]
    dut, received, valid = ReadStreamer(MEMORY, "X", config), [], []

    async def watch(ctx):
        while len(received) < 30:
            _, _, is_valid = await ctx.tick().sample(dut.o.valid)
            valid.append(is_valid)

    contents = contents_of(random.Random(3))
    simulate(dut, drive(dut.job.entry, jobs), collect(dut.o, received, 30), watch, background=[serve(dut, contents)])
    assert valid == [0] * (latency + (3 if depth <= 2 else 4)) + [1] * 30
    assert received == [word for job in jobs for word in words_of(MEMORY, config, job, contents)]


def test_done_when_the_last_word_is_taken_from_the_pipeline():
    """Also for an empty job between others, in order; the word waits at the end of the pipeline."""
    config = reader(groups=(8,), temporal_dimensions=1, extensions=(add(3),))
    jobs = [{"base": 0, "spatial_stride_0": 2, "temporal_bound_0": bound, "temporal_stride_0": 4} for bound in (2, 0, 1, 0)]
    dut, events = ReadStreamer(MEMORY, "X", config), []

    async def bench(ctx):
        for cycle in range(60):
            ctx.set(dut.o.ready, cycle % 11 == 0)
            _, _, valid, done = await ctx.tick().sample(dut.o.valid, dut.job.done)
            if valid & (cycle % 11 == 0) or done:
                events.append((cycle, valid & (cycle % 11 == 0), done))

    simulate(dut, drive(dut.job.entry, jobs), bench, background=[serve(dut, contents_of(random.Random(3)))])
    assert [event[1:] for event in events] == [(1, 0), (1, 1), (0, 1), (1, 1), (0, 1)]
    assert events[2][0] == events[1][0] + 1


def test_jobs_back_to_back_differ_in_modes_and_switches():
    """Every switch and mode changes with every job, and no cycle is lost between them."""
    config = reader(extensions=(TRANSPOSER, BROADCASTER), groups=(8, 2, 1), temporal_dimensions=2)
    jobs = [{"base": 4 * k, "spatial_stride_0": 2 if k % 2 else -2, "temporal_bound_0": 2, "temporal_bound_1": 1 + k % 3,
                 "temporal_stride_0": -4 if k % 5 == 0 else 4, "temporal_stride_1": 2, "addressing_mode": k % 3,
                 "transposer_enable": k % 2, "broadcaster_enable": k // 2 % 2} for k in range(4, 36)]
    contents = contents_of(random.Random(3))
    expected = [word for job in jobs for word in words_of(MEMORY, config, job, contents)]
    dut, received, valid = ReadStreamer(MEMORY, "X", config), [], []

    async def watch(ctx):
        while len(received) < len(expected):
            _, _, is_valid = await ctx.tick().sample(dut.o.valid)
            valid.append(is_valid)

    simulate(dut, drive(dut.job.entry, jobs), collect(dut.o, received, len(expected)), watch,
             background=[serve(dut, contents)])
    assert received == expected
    assert valid == [0] * 4 + [1] * len(expected)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_reset_forgets_everything(depth):
    """Reset in the middle of a job, words in flight and waiting, leaves nothing behind."""
    config = reader(address_buffer_depth=depth, data_buffer_depth=depth, groups=(8,), temporal_dimensions=1)
    dut = ReadStreamer(MEMORY, "X", config)
    resettable, contents, received = ResetInserter(reset := Signal())(dut), contents_of(random.Random(5)), []
    old, new = ({"base": base, "spatial_stride_0": 2, "temporal_bound_0": 9, "temporal_stride_0": 4} for base in (0, 64))

    async def bench(ctx):
        ctx.set(dut.o.ready, 0)
        ctx.set(dut.job.entry.valid, 1)
        ctx.set(dut.job.entry.payload, old)
        await ctx.tick().repeat(6)
        ctx.set(dut.job.entry.valid, 0)
        ctx.set(reset, 1)
        await ctx.tick()
        ctx.set(reset, 0)
        assert not ctx.get(dut.o.valid) and not any(ctx.get(port.request) for port in dut.ports)
        await drive(dut.job.entry, [new])(ctx)
        await collect(dut.o, received, 9)(ctx)

    simulate(resettable, bench, background=[serve_after_reset(dut, contents)])
    assert received == words_of(MEMORY, config, new, contents)


def serve_after_reset(dut, contents):
    """Grants everything; a reset may take a request back."""

    async def bench(ctx):
        for port in dut.ports:
            ctx.set(port.grant, 1)
        while True:
            _, _, *values = await ctx.tick().sample(*(signal for p in dut.ports for signal in (p.bank, p.row)))
            for port, bank, row in zip(dut.ports, values[::2], values[1::2], strict=True):
                ctx.set(port.read_data, contents[bank, row])

    return bench


def test_rejects_a_writer_config():
    with pytest.raises(ValueError, match="mode is 'read', not 'write'"):
        ReadStreamer(MEMORY, "X", StreamerConfig(mode="write", spatial_bounds=(2,), groups=(8,)))
