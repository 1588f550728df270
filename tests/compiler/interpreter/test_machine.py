# SPDX-License-Identifier: Apache-2.0
"""The interpreter tells jobs that come to a halt, access what there is not, or lack a wait."""

from dataclasses import replace

import numpy as np
import pytest
from support.tiled import interpret

from hwgen.compiler.interpreter import InterpretedCluster, InterpreterError
from hwgen.compiler.jobs import Entry, Job, Wait
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.config import preset

CONFIG = preset("tiny")
PROBLEM = GemmProblem(24, 20, 40)


def without(unit, source):
    """Take the waits of a unit for another out of all jobs."""
    def change(jobs):
        return [Job({name: replace(entry, waits=tuple(wait for wait in entry.waits if (name, wait.source) != (unit, source)))
                     for name, entry in job.entries.items()}) for job in jobs]
    return change


@pytest.mark.parametrize("unit, source", [("L", "A"), ("L", "B"), ("A", "L"), ("S", "D"), ("D", "S")])
def test_some_order_shows_a_missing_wait(unit, source):
    plan = plan_tiled(PROBLEM, CONFIG)
    assert any(wait.source == source for job in plan.jobs(plan.place()) for wait in job.entries.get(unit, Entry({})).waits)
    with pytest.raises(AssertionError):
        for seed in range(40):
            interpret(CONFIG, PROBLEM, seed, plan=plan, jobs=without(unit, source))


def machine(**options):
    return InterpretedCluster(CONFIG, np.zeros((CONFIG.memory.words, 2), np.uint8), np.zeros(256, np.uint8), **options)


def load(external, base, steps, run, waits=()):
    """A job that loads contiguous bytes."""
    engine = {"external_base": external, "run_bytes": run} | {f"external_bound_{d}": 1 for d in range(4)} | {f"external_stride_{d}": 0 for d in range(4)}
    streamer = {"base": base, "run_bytes": run, "spatial_stride_0": 2, "temporal_bound_0": steps, "temporal_stride_0": 8}
    streamer |= {f"temporal_bound_{d}": 1 for d in range(1, 4)} | {f"temporal_stride_{d}": 0 for d in range(1, 4)}
    return Job({"load": Entry(engine), "L": Entry(streamer, waits)})


def test_copies_bytes_in_order():
    cluster = machine()
    cluster.external[:] = np.arange(256)
    cluster.run([load(5, 3, 3, 20)])
    assert cluster.scratchpad.reshape(-1)[:24].tolist() == [0, 0, 0, *range(5, 25), 0]
    assert cluster.completed["L"] == cluster.completed["load"] == 1


@pytest.mark.parametrize("job, message", [
    (load(0, 0, 1, 8, (Wait("S", 1),)), r"no unit can go on with 0 jobs left to push: L waits for S 1"),
    (load(250, 0, 1, 8), "load accesses external byte 257, outside of 256"),
    (load(0, CONFIG.memory.size - 8, 2, 16), "streamer L accesses bytes outside of the 2048 there are"),
    (load(0, 0, 1, 16), "L copies 8 bytes, its engine 16"),
])
def test_says_what_is_wrong(job, message):
    with pytest.raises(InterpreterError, match=message):
        machine().run([job])


def test_a_short_queue_halts_jobs_pushed_in_the_wrong_order():
    """The loads wait for an entry that is pushed behind more of them than the queue holds."""
    jobs = [load(0, 0, 1, 8, (Wait("A", 1),))] * 3 + [Job({"A": Entry({f"temporal_bound_{d}": 0 for d in range(6)})})]
    machine(queue_depth=3).run(jobs)
    with pytest.raises(InterpreterError, match="with 3 jobs left to push"):
        machine(queue_depth=1).run(jobs)
