# SPDX-License-Identifier: Apache-2.0
"""Programs on the emitted Verilog do what the interpreter says, bit for bit in both memories."""

import random

import numpy as np
import pytest
from hwgen.sim.gemm import golden
from hwgen.sim.job_program import run_program
from support.programs import BUFFERS, changed, gemm, load, program, store, with_fields
from support.random_programs import random_program
from support.tiled import random_problem

from hwgen.compiler.gemm import plan
from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.program import Buffer
from hwgen.compiler.program.check import check
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.config.descriptor_format import Runtime, Table
from hwgen.errors import MappingError, ToolError

WAITS = {"A": [Wait("L", 1)], "B": [Wait("L", 1)]}


def right(cluster, made, contents, **options):
    check(made, cluster.config, registers=options.get("registers"), external=options.pop("external", None))
    run = run_program(cluster, made, contents, **options)
    assert run.passed, run.differences
    return run


@pytest.mark.parametrize("host_config", ["serial", "shadow", "queue"])
@pytest.mark.parametrize("seed", range(4))
def test_plans_of_random_problems(tiny, host_config, seed):
    rng = random.Random(f"programs {seed}")
    problem, core = random_problem(tiny.config, rng, 24), tiny.config.accelerator.core
    arrays = random_operands(problem, seed, core)
    tiled = plan_tiled(problem, tiny.config)
    offsets = {role: rng.randint(0, 63) for role in ("a", "b", "c", "out", "partial")}
    run = right(tiny, tiled.program(tiled.place(offsets=offsets), divided=host_config != "serial"), arrays, seed=seed, host_config=host_config)
    np.testing.assert_array_equal(run.contents["out"], golden(problem, arrays, core))
    assert run.counters["steps"] == problem.flat_steps(tiny.config) and run.accounted


def test_one_after_the_other_on_a_cluster_that_has_worked_before(tiny):
    made = program(load(0, 0, 8), gemm(0, 4, 16, waits=WAITS), store(16, 256, 16, [Wait("D", 1)]))
    for seed in range(3):
        run = right(tiny, made, {}, seed=seed, host_config=["shadow", "queue", "serial"][seed])
    assert tiny.completed()["L"] == 3 and run.traffic.bytes_written == 16


def test_operands_in_the_scratchpad(tiny):
    run = right(tiny, plan(GemmProblem(8, 6, 10, c="full"), tiny.config).program(), {}, seed=3)
    assert set(run.contents) == {"a", "b", "c", "out"} and not run.traffic.bytes_read


def test_semaphores_and_notifications(tiny):
    made = program(load(0, 0, 8), gemm(0, 4, 16, waits={unit: [Wait("semaphore_3", 1)] for unit in "AB"}), store(16, 256, 16, [Wait("D", 1)]),
                   Job({"notify": Entry({"address": 512, "data": 0x0BADCAFE}, (Wait("store", 1),))}))
    run = right(tiny, changed(made, 0, "L", signal=Signal(3, 2)), {}, seed=1)
    assert run.contents["z"][:4].tobytes() == (0x0BADCAFE).to_bytes(4, "little")


def test_what_is_known_only_at_run_time(tiny):
    table = Buffer("table", "external", 768, 16, "constant", dtype="int32", shape=(4,))
    made = program(load(0, 0, 8), gemm(0, 4, 16, waits=WAITS), store(16, 256, 16, [Wait("D", 1)]), buffers=(*BUFFERS, table))
    made = with_fields(with_fields(made, 0, "load", external_base=Runtime(3, 16)), 2, "store", external_base=Table(768, 1))
    entries = np.array([0, 256, 320, 0], np.int32)
    external = np.zeros(784, np.uint8)
    external[768:] = entries.view(np.uint8)
    for registers, place in (({3: 100, 1: 2}, 320), ({3: 40, 1: 1}, 256)):
        x = np.random.default_rng(place).integers(0, 256, 256, dtype=np.uint8)
        run = right(tiny, made, {"table": entries, "x": x}, registers=registers, host_config="queue", external=external)
        a, b = (x[registers[3] + 16 + 4 * i:][:4].view(np.int8).reshape(2, 2).astype(np.int32) for i in range(2))
        np.testing.assert_array_equal(run.contents["y"][place - 256:][:16].view(np.int32).reshape(2, 2), a @ b)
    with pytest.raises(ToolError, match=r"host_config must be queue, since jobs\[0\].entries.load.fields.external_base comes from a run-time register, not 'shadow'"):
        run_program(tiny, made, {"table": entries}, registers=registers, host_config="shadow")


def test_interrupts_may_come_at_any_time(tiny):
    made = program(load(0, 0, 8), gemm(0, 4, 16, waits=WAITS), store(16, 256, 16, [Wait("D", 1)]))
    for job, unit in ((0, "L"), (1, "core")):
        made = changed(made, job, unit, interrupt=True)
    right(tiny, made, {}, host_config="shadow")


def test_differences_are_told(tiny, monkeypatch):
    """The interpreter is made to have another result."""
    from hwgen.sim import job_program

    def wrong(made, memories, **options):
        carry_out(made, memories, **options)
        memories.external[260] ^= 1
        memories.scratchpad[3, 1] ^= 4

    carry_out = job_program.carry_out
    monkeypatch.setattr(job_program, "carry_out", wrong)
    made = program(load(0, 0, 8), gemm(0, 4, 16, waits=WAITS), store(16, 256, 16, [Wait("D", 1)]))
    run = run_program(tiny, made, {})
    assert not run.passed and len(run.differences) == 3
    assert run.differences[0].startswith("buffer 'y' differs in 1 of 256 elements, first in (4,): ")
    assert run.differences[1].startswith("scratchpad differs in 1 bytes, first in byte 7: ")
    assert run.differences[2].startswith("external memory differs in 1 bytes, first in byte 260: ")


def test_a_plan_of_many_jobs(datamaestro):
    problem = GemmProblem(100, 70, 300, c="bias", out_type="int8")
    arrays = random_operands(problem, 2, datamaestro.config.accelerator.core)
    run = right(datamaestro, plan_tiled(problem, datamaestro.config).program(), arrays, host_config="queue")
    np.testing.assert_array_equal(run.contents["out"], golden(problem, arrays, datamaestro.config.accelerator.core))


@pytest.mark.parametrize("seed", range(3))
def test_random_programs_that_are_let_pass(tiny, seed):
    """The interpreter has one order, the hardware another."""
    rng, passed = random.Random(f"random programs {seed}"), 0
    while passed < 8:
        made = random_program(rng)
        try:
            check(made, tiny.config)
        except MappingError:
            continue
        # Semaphores keep what a program leaves in them.
        tiny.reset()
        run = run_program(tiny, made, {}, seed=passed, host_config=rng.choice(["shadow", "queue"]))
        assert run.passed, f"{run.differences}\n{made}"
        passed += 1
