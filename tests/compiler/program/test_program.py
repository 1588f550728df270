# SPDX-License-Identifier: Apache-2.0
"""Counts of waits, before and behind the width of counters; and what buffers must be."""

import numpy as np
import pytest
from support.programs import BUFFERS, CONFIG, load, program

from hwgen.compiler.jobs import Entry, Job, Wait
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.program import Buffer, Program
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.errors import MappingError

WIDTH = CONFIG.jobs.count_width


def test_rebased_jobs_are_those_of_a_plan_on_units_that_have_worked_before():
    plan = plan_tiled(GemmProblem(24, 20, 40, out_type="int8"), CONFIG)
    base = {"A": 65530, "L": 65000, "S": 3, "E": 65535}
    program = plan.program()
    rebased = Program.of(CONFIG, [], program.rebased(base, WIDTH))
    expected = Program.of(CONFIG, [], plan.jobs(plan.place(), base))
    assert rebased.jobs == expected.jobs
    assert [job.entries["A"].waits for job in program.rebased(base, WIDTH) if "A" in job.entries] == \
        [job.entries["A"].waits for job in plan.jobs(plan.place(), base) if "A" in job.entries]


def test_counts_that_have_wrapped_are_made_whole():
    empty = Job({"A": Entry({})})
    jobs = [empty] * 70_000 + [Job({"B": Entry({}, (Wait("A", 69_990 % (1 << WIDTH)), Wait("semaphore_1", 3)))})]
    made = Program.of(CONFIG, [], jobs)
    assert made.jobs[-1].entries["B"].waits == (Wait("A", 69_990), Wait("semaphore_1", 3))
    assert made.rebased({"A": 5, "semaphore_1": 9}, WIDTH)[-1].entries["B"].waits == (Wait("A", 69_995 - 65_536), Wait("semaphore_1", 3))


def test_counts_ahead_of_what_is_pushed_stay():
    made = Program.of(CONFIG, [], [Job({"B": Entry({}, (Wait("A", 1),))}), Job({"A": Entry({})})])
    assert made.jobs[0].entries["B"].waits == (Wait("A", 1),)


def test_counts_entries_and_bytes():
    made = program(load(0, 0, 8), load(8, 8, 8))
    assert made.counts == {"load": 2, "L": 2} and made.external_size == 768
    assert made.buffer("y") == BUFFERS[2]
    with pytest.raises(MappingError, match="a buffer of the program must be one of scratch, x, y, z, not 'out'"):
        made.buffer("out")


def buffer(**values):
    return Buffer(**({"name": "t", "space": "external", "address": 0, "size": 16, "role": "input"} | values))


@pytest.mark.parametrize("values, message", [
    ({"space": "dram"}, "space of buffer 't' must be one of scratchpad, external, not 'dram'"),
    ({"role": "weights"}, "role of buffer 't' must be one of input, constant, output, temporary, guard, not 'weights'"),
    ({"address": -1}, "address of buffer 't' must be 0 or more, not -1"),
    ({"size": 0}, "size of buffer 't' must be 1 or more, not 0"),
    ({"space": "scratchpad"}, "group of buffer 't' must be given in the scratchpad, and nowhere else, not None in scratchpad memory"),
    ({"dtype": "int8"}, "dtype and shape of buffer 't' must be given together, not 'int8' and None"),
    ({"dtype": "int16", "shape": (3, 2)}, "size of buffer 't' must be the 12 bytes of 3 x 2 int16, not 16"),
    ({"dtype": "float32", "shape": (4,)}, "dtype of buffer 't' must be that of integers, such as int8, not 'float32'"),
    ({"dtype": "fish", "shape": (4,)}, "dtype of buffer 't' must be that of integers, such as int8, not 'fish'"),
])
def test_refuses_buffers(values, message):
    with pytest.raises(MappingError, match=message):
        buffer(**values)


def test_arrays_become_bytes_and_arrays_again():
    typed = buffer(dtype="int16", shape=(2, 4))
    array = np.arange(-4, 4, dtype=np.int16).reshape(2, 4)
    data = typed.as_bytes(array)
    assert data.tolist()[:2] == [0xFC, 0xFF] and data.shape == (16,)
    np.testing.assert_array_equal(typed.as_array(data), array)
    np.testing.assert_array_equal(typed.as_bytes(np.asfortranarray(array)), data)
    with pytest.raises(MappingError, match="contents of buffer 't' must hold int16, not int32"):
        typed.as_bytes(array.astype(np.int32))
    with pytest.raises(MappingError, match=r"contents of buffer 't' must have the shape \(2, 4\), not \(4, 2\)"):
        typed.as_bytes(array.T)
