# SPDX-License-Identifier: Apache-2.0
"""Readers against the golden model, for all shapes, depths and extensions, under random stalls."""

import random

import pytest
from support.jobs import random_job, steps_of, words_of
from support.memory import serve
from support.streams import check_handshake, collect, drive, simulate

from hwgen.config import BroadcasterConfig, MemoryConfig, StreamerConfig, TransposerConfig
from hwgen.streamer.reader import ReadStreamer

MEMORY = MemoryConfig(banks=8, bank_width=16, bank_depth=16)
TRANSPOSER = TransposerConfig(kind="transposer", element_width=8)
BROADCASTER = BroadcasterConfig(kind="broadcaster", factor=2)


def reader(**options) -> StreamerConfig:
    defaults = dict(mode="read", spatial_bounds=(2,), temporal_dimensions=3, groups=(8, 4, 1))
    return StreamerConfig(**defaults | options)


CONFIGS = {
    "plain": reader(),
    "one-channel": reader(spatial_bounds=(1,), temporal_dimensions=1),
    "transposer": reader(extensions=(TRANSPOSER,), temporal_dimensions=6),
    "broadcaster": reader(spatial_bounds=(2, 4), extensions=(BROADCASTER,), reach=2),
    "three-spatial": reader(spatial_bounds=(3, 2, 2), groups=(4,)),
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
    places = [place for job in todo for step in steps_of(MEMORY, config, job) for place in step]
    broadcasting = any(job.get("broadcaster_enable") for job in todo)
    legal = sum(not isinstance(place, str) for place in places)
    assert len(log) < legal if broadcasting else len(log) == legal
    if not broadcasting:
        assert bool(errors) == any(isinstance(place, str) for place in places)


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("stall,idle", [(0.0, 0.0), (0.5, 0.5), (0.8, 0.0)])
def test_matches_model(name, stall, idle):
    run(CONFIGS[name], seed=len(name), stall=stall, idle=idle)


@pytest.mark.parametrize("address_depth,data_depth", [(1, 1), (1, 4), (2, 1), (2, 2), (3, 5), (8, 3), (16, 16)])
@pytest.mark.parametrize("stall", [0.0, 0.6])
def test_any_depth(address_depth, data_depth, stall):
    config = reader(address_buffer_depth=address_depth, data_buffer_depth=data_depth, extensions=(TRANSPOSER,))
    run(config, seed=address_depth * 100 + data_depth, stall=stall, idle=stall / 2)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 8])
def test_one_step_per_cycle_within_and_between_jobs(depth):
    config = reader(address_buffer_depth=depth, data_buffer_depth=depth)
    job = dict(base=0, spatial_stride_0=2, temporal_bound_0=4, temporal_bound_1=5, temporal_bound_2=1,
               temporal_stride_0=4, temporal_stride_1=16, temporal_stride_2=0, addressing_mode=0)
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


def test_rejects_a_writer_config():
    with pytest.raises(ValueError, match="mode is 'read', not 'write'"):
        ReadStreamer(MEMORY, "X", StreamerConfig(mode="write", spatial_bounds=(2,), groups=(8,)))
