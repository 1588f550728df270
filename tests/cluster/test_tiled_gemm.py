# SPDX-License-Identifier: Apache-2.0
"""Matrix multiplications from external memory on the emitted Verilog: any shape, memory and way of handing over jobs."""

import random

import pytest
from hwgen.sim.external_memory import ExternalMemory
from hwgen.sim.external_run import external_timing
from hwgen.sim.tiled_gemm import run_tiled_gemm
from support.tiled import random_problem

from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.problem import GemmProblem, Rescale
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.errors import ToolError

BEHAVIORS = {
    "prompt": ExternalMemory(latency=1),
    "usual": ExternalMemory(latency=100),
    "narrow": ExternalMemory(latency=30, bandwidth=1.5),
    "pausing": ExternalMemory(latency=20, pause=0.4, jitter=30, reorder=True),
}


@pytest.fixture
def memory(tiny):
    """Sets how the cluster's external memory behaves."""
    before = tiny.session.external

    def behave(name):
        tiny.session.external = BEHAVIORS[name]
        return tiny

    yield behave
    tiny.session.external = before


def check(cluster, problem, seed=0, **options):
    """Run a problem that must come out right in every respect; the run."""
    run = run_tiled_gemm(cluster, problem, random_operands(problem, seed, cluster.config.accelerator.core), seed=seed, **options)
    assert run.bit_exact, f"first difference at {run.first_difference}"
    assert run.untouched, "external memory outside of the result was written"
    assert run.measures.accounted and run.measures.steps == problem.flat_steps(cluster.config)
    assert run.traffic.finished and run.measures.total_cycles >= run.measures.bound_cycles
    assert cluster.timeline().disagreements(run.measures.counters) == []
    return run


@pytest.mark.parametrize("name", BEHAVIORS)
@pytest.mark.parametrize("seed", range(8))
def test_random_problems_at_any_address(memory, name, seed):
    cluster, rng = memory(name), random.Random(f"{name} {seed}")
    problem = random_problem(cluster.config, rng, 40)
    plan = plan_tiled(problem, cluster.config, external_timing(cluster.config, cluster.session.external))
    places = plan.place(offsets={role: rng.randint(0, 63) for role in ("a", "b", "c", "out", "partial")})
    check(cluster, problem, seed, plan=plan, places=places)


def test_runs_follow_one_another(memory):
    """Counts of completed entries go on from run to run."""
    cluster = memory("usual")
    for seed in range(4):
        check(cluster, GemmProblem(11, 12, 50, c="bias", out_type="int8", rescale=Rescale(1 << 30, 36)), seed)


def test_serial_jobs_take_longer(memory):
    cluster, problem = memory("usual"), GemmProblem(30, 20, 150, out_type="int8", rescale=Rescale(1 << 30, 38))
    shadow = check(cluster, problem)
    serial = check(cluster, problem, host_config="serial")
    assert serial.measures.total_cycles > 1.5 * shadow.measures.total_cycles
    with pytest.raises(ToolError, match="host_config must be one of serial, shadow, queue, not 'idle'"):
        run_tiled_gemm(cluster, problem, random_operands(problem, 0), host_config="idle")


@pytest.mark.parametrize("out_type", ["int8", "int32"])
def test_disturbed_readers_recover(memory, out_type):
    """Channels that meet in a bank once do not go on meeting."""
    cluster = memory("usual")
    run = check(cluster, GemmProblem(40, 40, 70, out_type=out_type, rescale=Rescale(1 << 30, 38)))
    conflicts = run.measures.stalls["A_bank_conflict"] + run.measures.stalls["B_bank_conflict"]
    assert conflicts < 0.02 * run.measures.steps


def test_refuses_a_memory_too_small(memory):
    cluster, problem = memory("usual"), GemmProblem(8, 8, 8)
    places = plan_tiled(problem, cluster.config).place(start=len(cluster.session.memory))
    with pytest.raises(ToolError, match="the simulated external memory must hold"):
        run_tiled_gemm(cluster, problem, random_operands(problem, 0), places=places)


@pytest.mark.slow
@pytest.mark.parametrize("problem", [
    GemmProblem(256, 256, 256, out_type="int8", rescale=Rescale(1 << 30, 40)),
    GemmProblem(1024, 1024, 1024),
    GemmProblem(1024, 1024, 1024, out_type="int8", rescale=Rescale(1 << 30, 41)),
    GemmProblem(197, 768, 768, c="bias", out_type="int8", rescale=Rescale(1 << 30, 41)),
], ids=lambda problem: f"{problem.m}x{problem.n}x{problem.k} {problem.out_type}")
def test_large_problems_keep_the_core_busy(datamaestro, problem):
    run = check(datamaestro, problem)
    assert run.measures.effective_utilization > 0.97
