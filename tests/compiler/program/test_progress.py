# SPDX-License-Identifier: Apache-2.0
"""Programs that come to a halt are told why: waits in a circle, queues too short, streams that nobody serves."""

import random
from dataclasses import replace

import numpy as np
import pytest
from support.programs import CONFIG, changed, gemm, load, program, store
from support.tiled import random_problem

from hwgen.compiler.interpreter import InterpretedCluster, InterpreterError
from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.program.check import check
from hwgen.compiler.program.entries import numbered
from hwgen.compiler.program.flow import Flow
from hwgen.compiler.program.footprints import Footprints
from hwgen.compiler.program.progress import Progress
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.errors import MappingError


def refused(made, **options):
    with pytest.raises(MappingError) as error:
        check(made, CONFIG, **options)
    return str(error.value)


EMPTY = {f"temporal_bound_{d}": 0 for d in range(6)}
"""Fields of an entry of A that moves nothing."""


def test_a_circle_of_waits():
    made = program(Job({"A": Entry({}, (Wait("B", 1),)), "B": Entry({}, (Wait("C", 1),)), "C": Entry({}, (Wait("A", 1),))}, "ring"))
    assert refused(made) == ("the program comes to a halt: jobs[0] (ring) A waits for B #1; jobs[0] (ring) B waits for C #1; jobs[0] (ring) C waits for A #1;"
                             " which is a cycle, back to jobs[0] (ring) A")


def test_an_entry_that_waits_for_itself():
    assert "jobs[0] A waits for A #1; which is a cycle, back to jobs[0] A" in refused(program(Job({"A": Entry({}, (Wait("A", 1),))})))


def test_a_unit_works_in_order():
    made = program(Job({"A": Entry({}, (Wait("B", 1),))}), Job({"B": Entry({}, (Wait("A", 2),))}), Job({"A": Entry({})}))
    assert "jobs[0] A waits for B #1; jobs[1] B waits for A #2; jobs[2] A is behind A #1; which is a cycle, back to jobs[0] A" in refused(made)


def test_queues_are_filled_in_order():
    """The loads wait for an entry that is pushed behind more of them than the queue holds."""
    waiting = [load(8 * i, 8 * i, 8, [Wait("A", 1)], label=f"in {i}") for i in range(3)]
    made = program(*waiting, Job({"A": Entry(EMPTY)}))
    check(made, CONFIG, queue_depth=3)
    check(made, CONFIG)
    assert refused(made, queue_depth=2) == (
        "the program comes to a halt: jobs[0] (in 0) L waits for A #1; jobs[3] A is not pushed, as jobs[2] (in 2) finds the queue of L full with 2 entries;"
        " which is a cycle, back to jobs[0] (in 0) L")


def test_jobs_that_need_the_next_cannot_be_handed_over_one_by_one():
    tile = gemm(0, 4, 16)
    made = program(Job({unit: tile.entries[unit] for unit in ("A", "B", "core")}, "operands"), Job({"D": tile.entries["D"]}, "results"))
    check(made, CONFIG)
    assert refused(made, serial=True) == (
        "the program comes to a halt: jobs[0] (operands) core runs and needs D #1 to take its results; jobs[1] (results) D is not pushed before"
        " jobs[0] (operands) has ended; which is a cycle, back to jobs[0] (operands) core")
    tiled = plan_tiled(GemmProblem(24, 20, 40), CONFIG)
    check(tiled.program(divided=False), CONFIG, serial=True)


@pytest.mark.parametrize("jobs, message", [
    ([gemm(0, 4, 16, waits={"A": [Wait("D", 1)]})], "jobs[0] A waits for D #1; jobs[0] D runs and needs core #1 to bring word 0 of D; jobs[0] core runs and needs word 0 of A"),
    ([gemm(0, 4, 16, waits={"core": [Wait("B", 1)]})], "jobs[0] A runs and needs core #1 to take word 0 of A; jobs[0] core waits for B #1; jobs[0] B runs and needs core #1"),
    ([gemm(0, 4, 16, waits={"D": [Wait("core", 1)]})], "jobs[0] D waits for core #1; jobs[0] core runs and needs D #1 to take its results; which is a cycle, back to jobs[0] D"),
    ([gemm(0, 4, 32, c=16, waits={"C": [Wait("A", 1)]}), ], "jobs[0] A runs and needs core #1 to take word 0 of A; jobs[0] core runs and needs word 0 of C; jobs[0] C waits for A #1"),
    ([load(0, 0, 8, [Wait("load", 1)])], "jobs[0] L waits for load #1; jobs[0] load runs and needs the copy's other side, L #1; which is a cycle, back to jobs[0] L"),
    ([store(0, 256, 8, outer_waits=[Wait("S", 1)])], "jobs[0] S runs and needs the copy's other side, store #1; jobs[0] store waits for S #1"),
])
def test_streams_that_nobody_serves(jobs, message):
    assert message in refused(program(*jobs))


def test_a_quantizer_that_cannot_deliver():
    tile = gemm(0, 4, 16)
    entries = {unit: tile.entries[unit] for unit in ("A", "B", "core")}
    entries["core"] = Entry(entries["core"].fields | {"quantize": 1})
    entries["quantizer"] = Entry({"tiles": 1})
    entries["E"] = Entry({"base": 16, "spatial_stride_0": 2} | {f"temporal_bound_{d}": 1 for d in range(3)}, (Wait("quantizer", 1),))
    assert "jobs[0] E waits for quantizer #1; jobs[0] quantizer runs and needs E #1 to take its results; which is a cycle, back to jobs[0] E" in refused(program(Job(entries)))
    check(program(Job(entries | {"E": Entry(entries["E"].fields)})), CONFIG)


def test_semaphores_give_what_they_were_given():
    made = program(Job({"A": Entry(EMPTY, signal=Signal(1, 3))}), Job({"B": Entry({}, (Wait("semaphore_1", 2),))}), Job({"C": Entry({}, (Wait("semaphore_1", 1),))}))
    check(made, CONFIG)
    wrong = changed(made, 2, "C", waits=(Wait("semaphore_1", 2),))
    assert "waits[0] of jobs[2] C can never be met: entries up to it take 4 from semaphore_1, to which the program gives 3" in refused(wrong)
    late = replace(made, jobs=(Job({"A": Entry({}, (Wait("C", 1),), Signal(1, 3))}), *made.jobs[1:]))
    assert "jobs[0] A waits for C #1; jobs[2] C waits for 1 of semaphore_1, which others may take first" in refused(late)


def test_a_signal_waits_for_room():
    """The semaphore holds 255; what is signaled beyond comes once some has been taken."""
    full, taking = [Job({"A": Entry(EMPTY, signal=Signal(0, 200))})] * 2, [Job({"B": Entry({}, (Wait("semaphore_0", 200),))})] * 2
    check(program(*full, *taking), CONFIG)
    assert "a signal to semaphore_0 and what is taken from it must be 256 together at most where several units signal or take, not 200 and 200" in \
        refused(program(*full, taking[0], Job({"C": taking[1].entries["B"]})))
    stopped = program(*full, Job({"A": Entry(EMPTY)}), Job({"B": Entry({}, (Wait("A", 3), Wait("semaphore_0", 200)))}))
    assert "jobs[2] A is behind a signal that finds no room in its semaphore" in refused(stopped)


def test_whoever_takes_first_the_others_go_on():
    """If B takes what A waits for, A never signals, so nobody can be let take before."""
    taking = [Job({unit: Entry(fields, (Wait("semaphore_0", 1),), signal)})
              for unit, fields, signal in (("A", EMPTY, Signal(0, 1)), ("B", {}, None))]
    made = program(Job({"C": Entry({}, signal=Signal(0, 1))}), *taking)
    assert "jobs[1] A waits for 1 of semaphore_0, which others may take first, as 1 of its signals come later" in refused(made)
    # Here all is given before anybody takes.
    check(changed(changed(made, 1, "A", signal=None), 0, "C", signal=Signal(0, 2)), CONFIG)


def progress(made, depth):
    entries, footprints = numbered(made, CONFIG), Footprints(CONFIG)
    return Progress(CONFIG, made.jobs, entries, Flow(CONFIG, entries, footprints.copied), queue_depth=depth)


@pytest.mark.parametrize("seed", range(20))
def test_what_goes_on_here_goes_on_in_the_interpreter(seed):
    """Of jobs in another order, or with waits for others, none that is let pass ever halts."""
    rng = random.Random(seed)
    made = plan_tiled(random_problem(CONFIG, rng, 16), CONFIG).program()
    passed = 0
    for trial in range(10):
        jobs = list(made.jobs)
        at, to = rng.randrange(len(jobs)), rng.randrange(len(jobs))
        jobs.insert(to, jobs.pop(at))
        shuffled, depth = replace(made, jobs=tuple(jobs)), rng.choice([1, 2, 4])
        try:
            progress(shuffled, depth).run()
        except MappingError as error:
            assert "comes to a halt" in str(error) or "both sides of a copy" in str(error)
            continue
        passed += 1
        scratchpad = np.zeros((CONFIG.memory.words, CONFIG.memory.word_bytes), np.uint8)
        try:
            InterpretedCluster(CONFIG, scratchpad, np.zeros(made.external_size, np.uint8), seed=trial, queue_depth=depth).run(shuffled.jobs)
        except InterpreterError as error:
            pytest.fail(f"{error}")
    assert passed
