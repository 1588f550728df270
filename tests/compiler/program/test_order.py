# SPDX-License-Identifier: Apache-2.0
"""Programs that lack a wait: the checker names what is then out of order, or nothing is, in any order."""

import random
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hwgen.sim.gemm import golden
from support.programs import CONFIG, changed, every_wait, gemm, load, program, store, without_wait
from support.tiled import random_problem

from hwgen.compiler.gemm import plan
from hwgen.compiler.interpreter.run import Memories, carry_out
from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.program.check import check
from hwgen.compiler.tiled.blocks import layouts
from hwgen.compiler.tiled.external import load_result, store_tensors
from hwgen.compiler.tiled.places import bank_plans
from hwgen.compiler.tiled.plan import TiledPlan, default_timing, plan_tiled
from hwgen.compiler.tiled.tiling import Tiling
from hwgen.config import preset
from hwgen.errors import MappingError

ORDERS = 4
"""Random orders in which an accepted program must be right."""


def refused(made):
    with pytest.raises(MappingError) as error:
        check(made, CONFIG)
    return str(error.value)


@lru_cache
def with_sums_that_stay():
    """A plan whose sums are read and written in place by two jobs for each phase."""
    problem = GemmProblem(7, 5, 37, c="full", out_type="int32")
    tiling = Tiling(problem, CONFIG, "b", 2, 2, 7, True)
    return TiledPlan(problem, CONFIG, tiling, next(iter(bank_plans(tiling, layouts(tiling)))), default_timing(CONFIG), 1)


def right_in_any_order(tiled, made, seed):
    """Whether random orders leave the result and nothing else."""
    problem, places = tiled.problem, tiled.place()
    arrays = random_operands(problem, seed, CONFIG.accelerator.core)
    for order in range(ORDERS):
        memories = Memories.noise(CONFIG, places.end, order)
        store_tensors(problem, CONFIG, arrays, places, memories.external)
        carry_out(made, memories, seed=order, queue_depth=1 + order)
        if not np.array_equal(load_result(problem, CONFIG, places, memories.external), golden(problem, arrays, CONFIG.accelerator.core)):
            return False
    return True


@pytest.mark.parametrize("seed", range(24))
def test_a_wait_left_out_is_told_or_not_needed(seed):
    rng = random.Random(seed)
    tiled = with_sums_that_stay() if seed % 4 == 0 else plan_tiled(random_problem(CONFIG, rng, 30), CONFIG)
    made = tiled.program()
    waits = every_wait(made)
    for job, unit, index in rng.sample(waits, min(len(waits), 12)):
        less = without_wait(made, job, unit, index)
        try:
            check(less, CONFIG)
        except MappingError as error:
            assert "must be ordered by waits" in str(error)
        else:
            assert right_in_any_order(tiled, less, seed)


def test_waits_of_every_kind_are_missed():
    """What a plan has a wait for is what the checker asks for."""
    made = plan_tiled(GemmProblem(24, 20, 40, c="full", out_type="int8"), CONFIG).program()
    kinds = {(unit, made.jobs[job].entries[unit].waits[index].source): (job, unit, index) for job, unit, index in every_wait(made)}
    assert {("A", "L"), ("B", "L"), ("C", "L"), ("L", "A"), ("S", "E")} <= set(kinds)
    told = {kind: refused(without_wait(made, *place)) for kind, place in kinds.items() if kind != ("S", "L")}
    assert told["A", "L"].startswith("read after write must be ordered by waits: ") and " A #" in told["A", "L"] and " L #" in told["A", "L"]
    assert "write after" in told["L", "A"]


IN = load(0, 0, 8, label="in")
TILE = gemm(0, 4, 16, waits={"A": [Wait("L", 1)], "B": [Wait("L", 1)]}, label="tile")


@pytest.mark.parametrize("jobs, message", [
    ([IN, gemm(0, 4, 16, waits={"B": [Wait("L", 1)]}, label="tile")],
     "read after write must be ordered by waits: jobs[1] (tile) A #1 reads scratchpad byte 0 by 8 (bank 0, row 0), which jobs[0] (in) L #1 writes"),
    ([IN, TILE, load(8, 4, 4, label="again")],
     "write after read must be ordered by waits: jobs[2] (again) L #2 writes scratchpad byte 4 by 8 (bank 2, row 0), which jobs[1] (tile) B #1 reads"),
    ([IN, TILE, load(8, 16, 4, label="over")],
     "write after write must be ordered by waits: jobs[2] (over) L #2 writes scratchpad byte 16 by 8 (bank 0, row 1), which jobs[1] (tile) D #1 writes"),
    ([IN, TILE, store(16, 256, 16, label="out")],
     "read after write must be ordered by waits: jobs[2] (out) S #1 reads scratchpad byte 16 by 8 (bank 0, row 1), which jobs[1] (tile) D #1 writes"),
    ([load(0, 0, 8), load(16, 2, 8, label="by other channels")],
     "write after write must be ordered by waits: jobs[1] (by other channels) L #2 writes scratchpad byte 2 by 8 (bank 1, row 0), which jobs[0] L #1 writes"),
    ([load(0, 0, 3), load(16, 2, 1, label="part")],
     "write after write must be ordered by waits: jobs[1] (part) L #2 writes scratchpad byte 2 by 8 (bank 1, row 0), which jobs[0] L #1 writes"),
    ([load(0, 0, 7, label="part"), gemm(0, 4, 16)],
     "read after write must be ordered by waits: jobs[1] A #1 reads scratchpad byte 0 by 8 (bank 0, row 0), which jobs[0] (part) L #1 writes"),
    ([store(0, 520, 8), load(524, 16, 8, label="back")],
     "read after write must be ordered by waits: jobs[1] (back) load #1 reads external byte 524, which jobs[0] store #1 writes"),
    ([load(520, 16, 8), store(0, 516, 8, label="out")],
     "write after read must be ordered by waits: jobs[1] (out) store #1 writes external byte 520, which jobs[0] load #1 reads"),
    ([store(0, 520, 8), Job({"notify": Entry({"address": 524})}, "flag")],
     "write after write must be ordered by waits: jobs[1] (flag) notify #1 writes external byte 524, which jobs[0] store #1 writes"),
    # Pushed first, but only a wait would make it come first.
    ([gemm(0, 4, 16, label="tile"), load(0, 0, 8, label="in")],
     "write after read must be ordered by waits: jobs[1] (in) L #1 writes scratchpad byte 0 by 8 (bank 0, row 0), which jobs[0] (tile) A #1 reads"),
])
def test_names_both_accesses_and_where_they_meet(jobs, message):
    assert refused(program(*jobs)) == message


@pytest.mark.parametrize("jobs", [
    [load(0, 0, 8), load(16, 0, 8)],
    [load(0, 0, 3), load(16, 3, 5)],
    [load(0, 0, 3), store(3, 256, 5)],
    [store(0, 256, 8), store(8, 256, 8)],
    [load(512, 0, 8), load(512, 16, 8)],
    [gemm(0, 4, 16), gemm(8, 12, 16)],
    [store(0, 520, 8), load(524, 16, 8, outer_waits=[Wait("store", 1)])],
    [load(520, 16, 8), store(0, 516, 8, [Wait("L", 1)])],
    # Each tile of C has been read before the same tile is written.
    [gemm(0, 4, 16, tiles=3, c=16)],
    [IN, TILE, gemm(0, 4, 16, c=16, waits={"C": [Wait("D", 1)]})],
    # A word of the result is there only once all operands of its tile are.
    [gemm(0, 0, 0, steps=3)],
    # Whoever waits for the result need not wait for the operands.
    [IN, TILE, load(8, 0, 8, [Wait("D", 1)])],
    # Waits imply others, through any number of units.
    [IN, TILE, store(16, 256, 16, [Wait("D", 1)]), load(8, 0, 8, [Wait("store", 1)])],
], ids=range(13))
def test_accepts_what_is_in_order(jobs):
    check(program(*jobs), CONFIG)


@pytest.mark.parametrize("jobs, message", [
    # The second tile is read after the first has been written over it.
    ([gemm(0, 4, 32, tiles=2, c=16)], "write after read must be ordered by waits: jobs[0] "),
    ([gemm(0, 16, 8, tiles=4)], "must be ordered by waits: jobs[0] "),
    # The next job's C is not told that D has written.
    ([IN, TILE, gemm(0, 4, 16, c=16)], "read after write must be ordered by waits: jobs[2] C #1 reads scratchpad byte 16"),
])
def test_streams_order_no_more_than_they_do(jobs, message):
    assert message in refused(program(*jobs))


def signaling(made, job, unit, semaphore, amount=1):
    return changed(made, job, unit, signal=Signal(semaphore, amount))


def test_semaphores_order():
    made = program(IN, gemm(0, 4, 16, waits={unit: [Wait("semaphore_3", 1)] for unit in "AB"}))
    check(signaling(made, 0, "L", 3, 2), CONFIG)
    wrong = program(IN, load(8, 8, 8), gemm(0, 4, 16, waits={unit: [Wait("semaphore_3", 1)] for unit in "AB"}))
    assert "A #1 reads scratchpad byte 0" in refused(signaling(signaling(wrong, 0, "L", 3), 1, "load", 3))


def test_a_semaphore_that_two_units_signal_tells_of_neither_alone():
    jobs = [IN, store(512, 256, 8), gemm(0, 4, 16, waits={"A": [Wait("semaphore_3", 1)], "B": [Wait("L", 1)]})]
    made = signaling(signaling(program(*jobs), 0, "L", 3), 1, "store", 3)
    assert "A #1 reads scratchpad byte 0" in refused(made)
    both = changed(made, 2, "A", waits=(Wait("semaphore_3", 2),))
    check(both, CONFIG)
    # The first entry takes what may be either signal; the second is certain of both.
    check(changed(changed(made, 2, "A", waits=(Wait("semaphore_3", 1), Wait("semaphore_3", 1))), 2, "B", waits=(Wait("L", 1),)), CONFIG)


def test_passes_must_not_come_in_between():
    config = preset("step-1")
    made = plan(GemmProblem(8, 8, 8, transpose_a=True), config).program()
    check(made, config)
    first, second = ({unit: replace(entry, waits=(), signal=None) for unit, entry in job.entries.items()} for job in made.jobs)
    with pytest.raises(MappingError, match=r"^jobs\[1\] mover must wait for jobs\[0\] core #1 to end, since both exchange words with A$"):
        check(replace(made, jobs=(Job(second), Job(first))), config)
    with pytest.raises(MappingError, match=r"jobs\[0\] mover runs and needs core and quantizer to be idle"):
        check(replace(made, jobs=(Job(first), Job(second))), config)
