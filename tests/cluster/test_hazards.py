# SPDX-License-Identifier: Apache-2.0
"""Memory hazards between units are ordered by waits, and by nothing else."""

from dataclasses import replace

import pytest
from hwgen.sim.program import Program
from support.driving import add_push, add_status_poll, completed, differences, noise
from support.machine import Machine, ordered, tile_bytes, tile_job, touched, walk, with_waits

from hwgen.compiler.jobs import Signal, Wait

READERS, WRITERS = "ABC", "DE"
SHARED, FIRST, SECOND, OUT = 0x000, 0x200, 0x300, 0x500
"""Where the two jobs of a hazard meet, their other operands, and their other results."""
SEMAPHORE, GATE = 3, 0


def run_both(cluster, jobs, *, seed=1, pause=0, **options):
    """Run jobs on the cluster, all pushed before any starts, and one by one on the model; words that differ."""
    cluster.reset()
    image = noise(cluster, seed)
    machine = Machine(cluster.config, image)
    cluster.load(image)
    program = Program()
    gated = with_waits(jobs[0], {"core": (Wait(f"semaphore_{GATE}", 1),)})
    for job in (gated, *jobs[1:]):
        add_push(cluster, program, job)
    program.idle(pause)
    program.write(cluster.map.address("cluster.signal"), 1 | GATE << cluster.config.jobs.semaphore_width)
    add_status_poll(cluster, program)
    assert not cluster.play(program, **options).errors
    for job in jobs:
        machine.run(job)
    done = sum(len(job.entries) for job in jobs)
    assert sum(completed(cluster).values()) == done
    return differences(cluster.dump(), machine.image())


def operands(base, **moved):
    return {"A": base, "B": base + 0x80} | moved


def read_after_write(config, writer, reader):
    """The second job reads what the first writes after many steps."""
    first = tile_job(config, tiles=1, steps=20, out=writer, **operands(FIRST, **{writer: SHARED}))
    second = tile_job(config, tiles=1, steps=1, out="D", **operands(SECOND, D=OUT, **{reader: SHARED}))
    return first, second


def write_after_read(config, reader, writer):
    """The second job overwrites what the first reads."""
    first = tile_job(config, tiles=4, steps=2, out="D", **operands(FIRST, D=OUT, **{reader: SHARED}))
    second = tile_job(config, tiles=4, steps=1, out=writer, **operands(SECOND, **{writer: SHARED}))
    return first, second


def write_after_write(config, earlier, later):
    """The first job's results leave slowly through two banks, the second's at once."""
    stride = tile_bytes(config, earlier)
    first = tile_job(config, tiles=8, steps=1, out=earlier, **operands(FIRST), walks={
        earlier: walk(config, earlier, 8, SHARED + 7 * stride, 2, loops=[(8, -stride)])})
    # Meets the last channels of the first job's last tile, which are served last.
    offset = stride // 2 if earlier == later else max(0, stride - tile_bytes(config, later))
    shifted = walk(config, later, 1, SHARED + offset, 2)
    second = tile_job(config, tiles=1, steps=1, out=later, **operands(SECOND), walks={later: shifted})
    return first, second


KINDS = {
    **{f"{r}-after-{w}": (read_after_write, w, r) for r in READERS for w in WRITERS},
    **{f"{w}-after-{r}": (write_after_read, r, w) for r in READERS for w in WRITERS},
    "E-after-D": (write_after_write, "D", "E"),
    "D-after-E": (write_after_write, "E", "D"),
    "D-after-D": (write_after_write, "D", "D"),
}
STRIKING = [kind for kind, (build, *_) in KINDS.items() if build is not write_after_read]
HARMLESS = [kind for kind in KINDS if kind not in STRIKING]


TIMINGS = [(0, 0.0), (43, 0.0), (0, 0.4)]
"""Cycles before the jobs may start, and how much the bus pauses; at 43 a turn falls where it hurts most."""


def pair(config, kind):
    build, earlier, later = KINDS[kind]
    first, second = build(config, earlier, later)
    assert touched(config, earlier, first.entries[earlier]) & touched(config, later, second.entries[later])
    return first, second, earlier, later


def by_semaphore(first, second, earlier, later):
    """The two jobs, ordered by a signal of the earlier unit."""
    first.entries[earlier] = replace(first.entries[earlier], signal=Signal(SEMAPHORE, 2))
    second.entries[later] = replace(second.entries[later], waits=(Wait(f"semaphore_{SEMAPHORE}", 2),))
    return [first, second]


@pytest.mark.parametrize("pause, idle", TIMINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_waits_on_completion_order_accesses(tiny, kind, pause, idle):
    first, second, *_ = pair(tiny.config, kind)
    jobs = ordered(tiny.config, [first, second])
    assert not run_both(tiny, jobs, pause=pause, idle=idle)


@pytest.mark.parametrize("pause, idle", TIMINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_semaphores_order_accesses(tiny, kind, pause, idle):
    jobs = by_semaphore(*pair(tiny.config, kind))
    assert not run_both(tiny, jobs, pause=pause, idle=idle)
    assert tiny.read(f"semaphore_{SEMAPHORE}") == {f"semaphore_{SEMAPHORE}": 0}


@pytest.mark.parametrize("kind", STRIKING)
def test_hazard_strikes_without_a_wait(tiny, kind):
    first, second, *_ = pair(tiny.config, kind)
    # Arbitration gives each unit its turn in so many cycles; some hazards strike only then.
    period = tiny.config.interconnect.fair_period * (len(tiny.config.streamers) + 1)
    assert any(run_both(tiny, [first, second], pause=pause) for pause in range(period))


@pytest.mark.parametrize("kind", HARMLESS)
def test_results_cannot_overtake_the_operands_of_earlier_jobs(tiny, kind):
    """The core takes its operands in order, so a later job's result always comes after they were read."""
    first, second, *_ = pair(tiny.config, kind)
    assert not run_both(tiny, [first, second])
