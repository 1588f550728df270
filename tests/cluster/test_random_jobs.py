# SPDX-License-Identifier: Apache-2.0
"""Random jobs on little memory, ordered by nothing but their waits, leave what strict order would."""

import random
from dataclasses import replace

import pytest
from support.driving import differences, noise, wait_idle
from support.machine import Machine, ordered, tile_bytes, tile_job, touched, walk

from hwgen.compiler.jobs import Job

AREA = 0x300
"""Bytes all operands and results share, so that they often meet."""
GROUPS = (8, 4, 2)


def random_walk(config, name, tiles, rng):
    """A linear walk, or one that visits its tiles in two nested loops."""
    size = tile_bytes(config, name)
    loops = [(tiles, size)]
    if tiles % 2 == 0 and rng.random() < 0.5:
        loops = [(2, tiles // 2 * size), (tiles // 2, size)]
    base = rng.randrange((AREA - tiles * size) // 4) * 4
    fields = walk(config, name, tiles, base, rng.choice(GROUPS), loops)
    for extension in config.streamers[name].extensions:
        fields[f"{extension.kind}_enable"] = rng.randrange(2)
    return fields


def random_tile_job(config, rng):
    """A job none of whose reads meets its own writes."""
    out = rng.choice("DDE")
    tiles, steps = rng.randint(1, 6), rng.randint(1, 6)
    counts = {"A": tiles * steps, "B": tiles * steps, out: tiles} | ({"C": tiles} if rng.random() < 0.5 else {})
    core = {f"{x}_zero_point": rng.choice([0, -128, 127, 255, rng.randrange(-128, 256)]) for x in "ab"}
    core |= {f"{x}_unsigned": rng.randrange(2) for x in "ab"}
    while True:
        walks = {name: random_walk(config, name, count, rng) for name, count in counts.items()}
        job = tile_job(config, tiles=tiles, steps=steps, out=out, walks=walks, core=core)
        written = touched(config, out, job.entries[out])
        if not any(written & touched(config, name, job.entries[name]) for name in walks if name != out):
            return job


def random_jobs(config, count, rng):
    """Jobs, and the same with waits that fit their entries."""
    jobs = []
    while len(jobs) < count:
        longer = [*jobs, random_tile_job(config, rng)]
        if all(len(e.waits) <= config.jobs.waits for e in ordered(config, longer)[-1].entries.values()):
            jobs = longer
    waiting = ordered(config, jobs)
    last = {name: replace(entry, interrupt=name in "DE") for name, entry in waiting[-1].entries.items()}
    return jobs, [*waiting[:-1], Job(last)]


@pytest.mark.parametrize("seed", range(40))
def test_waits_alone_keep_order(tiny, seed):
    rng = random.Random(seed)
    jobs, waiting = random_jobs(tiny.config, 12, rng)
    image = noise(tiny, seed)
    machine = Machine(tiny.config, image)
    tiny.load(image)
    tiny.run(waiting, idle=rng.choice([0.0, 0.0, 0.3]))
    wait_idle(tiny)
    for job in jobs:
        machine.run(job)
    assert not differences(tiny.dump(), machine.image())
