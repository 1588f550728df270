# SPDX-License-Identifier: Apache-2.0
"""Writers against the golden model, for all shapes and depths, under random stalls."""

import random

import pytest
from support.extensions import add
from support.jobs import kept_of, random_job, steps_of
from support.memory import serve
from support.streams import drive, simulate

from hwgen.config import MemoryConfig, RequantizeConfig, StreamerConfig, TransposerConfig
from hwgen.streamer import model
from hwgen.streamer.writer import WriteStreamer

MEMORY = MemoryConfig(banks=8, bank_width=16, bank_depth=16)


def writer(**options) -> StreamerConfig:
    defaults = {"mode": "write", "spatial_bounds": (2,), "temporal_dimensions": 3, "groups": (8, 4, 1)}
    return StreamerConfig(**defaults | options)


CONFIGS = {
    "plain": writer(),
    "one-channel": writer(spatial_bounds=(1,), temporal_dimensions=1),
    "wide": writer(spatial_bounds=(2, 4), reach=2),
    "three-spatial": writer(spatial_bounds=(3, 2, 2), groups=(4,)),
    "three-channels": writer(spatial_bounds=(3,), groups=(8, 2), reach=2),
    "six-channels-one-bank-each": writer(spatial_bounds=(3, 2), groups=(1,), reach=4),
    "more-than-32-channels": writer(spatial_bounds=(3, 11), groups=(8, 1), temporal_dimensions=2),
    "transposer": writer(extensions=(TransposerConfig(kind="transposer", element_width=8),)),
    "requantize": writer(extensions=(RequantizeConfig(kind="requantize"),)),
    "latency-before-and-after": writer(extensions=(add(1), TransposerConfig(kind="transposer"), RequantizeConfig(kind="requantize"))),
    "tail-masks": writer(spatial_bounds=(2, 3), tail_masks=True),
    "rows-and-tail-masks": writer(spatial_bounds=(4, 2), row_wrap=True, tail_masks=True),
    "tail-masks-after-latency": writer(tail_masks=True, extensions=(add(3),)),
    "wide-requests": writer(spatial_bounds=(3,), fine_grained_prefetch=False),
    "wide-requests-of-all-options": writer(spatial_bounds=(2, 2), fine_grained_prefetch=False, tail_masks=True, extensions=(add(2),)),
}


def run(config, *, seed, stall, idle, jobs=12):
    rng = random.Random(seed)
    todo = [random_job(MEMORY, config, rng) for _ in range(jobs)]
    steps = [(job, places) for job in todo for places in steps_of(MEMORY, config, job)]
    words = [[rng.getrandbits(16) for _ in range(config.channels)] for _ in steps]
    payloads = [sum(word << 16 * c for c, word in enumerate(step)) for step in words]
    initial = {(b, r): rng.getrandbits(16) for b in range(MEMORY.banks) for r in range(MEMORY.bank_depth)}
    dut, contents, log, done = WriteStreamer(MEMORY, "X", config), dict(initial), [], 0

    async def count_done(ctx):
        nonlocal done
        granted_when_done = []
        while done < jobs:
            _, _, d = await ctx.tick().sample(dut.job.done)
            done += d
            if d:
                granted_when_done.append(len(log))
        needed = 0
        for job, granted in zip(todo, granted_when_done, strict=True):
            needed += sum(not isinstance(p, str) for places in steps_of(MEMORY, config, job) for p in places)
            assert granted >= needed, "done before all words were visible"

    simulate(dut, drive(dut.job.entry, todo, idle=idle, seed=seed), drive(dut.i, payloads, idle=idle, seed=seed + 1),
             count_done, background=[serve(dut, contents, stall=stall, seed=seed, log=log)])

    by_channel = [[] for _ in range(config.channels)]
    masks = [kept for job in todo for kept in kept_of(MEMORY, config, job)]
    for (job, places), step, kept in zip(steps, words, masks, strict=True):
        step = model.extend(step, [3] * config.channels, config, job, MEMORY)
        for c, (place, word, count) in enumerate(zip(places, step, kept, strict=True)):
            if not isinstance(place, str):
                by_channel[c].append((place, word, count))
    assert [[(b, r) for channel, b, r in log if channel == c] for c in range(config.channels)] == \
        [[place for place, _, _ in accesses] for accesses in by_channel]
    # The order of two channels' writes to one byte is open; each channel's last one is what may remain.
    written_by = {}
    for c, accesses in enumerate(by_channel):
        for place, word, count in accesses:
            for byte in range(count):
                written_by.setdefault((*place, byte), {})[c] = word >> 8 * byte & 0xFF
    for place, word in contents.items():
        for byte in range(2):
            now, before = word >> 8 * byte & 0xFF, initial[place] >> 8 * byte & 0xFF
            allowed = written_by.get((*place, byte))
            assert now in allowed.values() if allowed else now == before, "a byte outside the job was written"


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("stall,idle", [(0.0, 0.0), (0.5, 0.5), (0.8, 0.0)])
def test_matches_model(name, stall, idle):
    run(CONFIGS[name], seed=len(name), stall=stall, idle=idle)


@pytest.mark.parametrize("address_depth,data_depth", [(1, 1), (1, 4), (2, 1), (2, 2), (3, 5), (8, 3), (16, 16)])
@pytest.mark.parametrize("stall", [0.0, 0.6])
def test_any_depth(address_depth, data_depth, stall):
    config = writer(address_buffer_depth=address_depth, data_buffer_depth=data_depth)
    run(config, seed=address_depth * 100 + data_depth, stall=stall, idle=stall / 2)


@pytest.mark.parametrize("address_depth,data_depth", [(1, 1), (1, 4), (4, 1), (2, 2), (3, 5)])
@pytest.mark.parametrize("stall", [0.0, 0.6])
def test_any_depth_with_all_options(address_depth, data_depth, stall):
    config = writer(address_buffer_depth=address_depth, data_buffer_depth=data_depth, fine_grained_prefetch=False,
                    extensions=(add(2),), tail_masks=True)
    run(config, seed=address_depth * 100 + data_depth, stall=stall, idle=stall / 2)


@pytest.mark.parametrize("address_depth,data_depth", [(1, 1), (1, 3), (3, 1), (2, 2), (4, 4)])
@pytest.mark.parametrize("latency,fine", [(0, False), (1, True), (2, True), (3, False), (8, True)])
def test_jobs_of_one_step_do_not_pause(address_depth, data_depth, latency, fine):
    """Also with other settings in every job while earlier words are still in the pipeline."""
    config = writer(address_buffer_depth=address_depth, data_buffer_depth=data_depth, groups=(8,), temporal_dimensions=1,
                    extensions=(add(latency),), fine_grained_prefetch=fine)
    jobs = [{"base": 4 * k, "spatial_stride_0": 2, "temporal_bound_0": 1, "temporal_stride_0": 0,
             "add_enable": k % 3 > 0, "add_addend": k} for k in range(60)]
    dut, taken, done, contents = WriteStreamer(MEMORY, "X", config), [], 0, {}

    async def watch(ctx):
        nonlocal done
        cycle = 0
        while done < 60:
            _, _, valid, ready, is_done = await ctx.tick().sample(dut.i.valid, dut.i.ready, dut.job.done)
            if valid & ready:
                taken.append(cycle)
            done += is_done
            cycle += 1
        assert len(contents) == 120

    simulate(dut, drive(dut.job.entry, jobs), drive(dut.i, [k << 24 | k << 8 for k in range(60)]), watch,
             background=[serve(dut, contents)])
    assert taken == list(range(2, 62))
    expected = {}
    for k, job in enumerate(jobs):
        (places,) = steps_of(MEMORY, config, job)
        expected |= dict(zip(places, model.extend([k << 8] * 2, [3, 3], config, job, MEMORY), strict=True))
    assert contents == expected


@pytest.mark.parametrize("address_depth,data_depth", [(1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3), (8, 8)])
def test_one_step_per_cycle_within_and_between_jobs(address_depth, data_depth):
    config = writer(address_buffer_depth=address_depth, data_buffer_depth=data_depth)
    job = {"base": 0, "spatial_stride_0": 2, "temporal_bound_0": 4, "temporal_bound_1": 5, "temporal_bound_2": 1,
               "temporal_stride_0": 4, "temporal_stride_1": 16, "temporal_stride_2": 0, "addressing_mode": 0}
    dut, taken = WriteStreamer(MEMORY, "X", config), []

    async def watch(ctx):
        cycle = 0
        while len(taken) < 60:
            _, _, valid, ready = await ctx.tick().sample(dut.i.valid, dut.i.ready)
            if valid & ready:
                taken.append(cycle)
            cycle += 1

    simulate(dut, drive(dut.job.entry, [job] * 3), drive(dut.i, range(60)), watch, background=[serve(dut, {})])
    assert taken == list(range(2, 62))


@pytest.mark.parametrize("address_depth,data_depth", [(2, 2), (4, 2), (2, 4)])
def test_urgent_while_there_is_no_room_for_the_next_word(address_depth, data_depth):
    """Channel 1 is refused for a while; it alone is urgent, and only once it blocks the accelerator."""
    config = writer(address_buffer_depth=address_depth, data_buffer_depth=data_depth, temporal_dimensions=1, groups=(8,))
    job = {"base": 0, "spatial_stride_0": 2, "temporal_bound_0": 12, "temporal_stride_0": 4}
    dut, seen = WriteStreamer(MEMORY, "X", config), []

    async def bench(ctx):
        ctx.set(dut.job.entry.payload, job)
        ctx.set(dut.job.entry.valid, 1)
        ctx.set(dut.i.valid, 1)
        for cycle in range(12):
            ctx.set(dut.ports[0].grant, 1)
            ctx.set(dut.ports[1].grant, cycle not in (5, 6, 7))
            _, _, ready, *urgent = await ctx.tick().sample(dut.i.ready, *(port.urgent for port in dut.ports))
            seen.append((ready, *urgent))

    simulate(dut, bench)
    assert seen[2:] == [(1, 0, 0)] * 4 + [(0, 0, 1)] * 3 + [(1, 0, 0)] * 3


def test_rejects_a_reader_config():
    with pytest.raises(ValueError, match="mode is 'write', not 'read'"):
        WriteStreamer(MEMORY, "X", StreamerConfig(mode="read", spatial_bounds=(2,), groups=(8,)))
