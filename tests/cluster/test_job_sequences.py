# SPDX-License-Identifier: Apache-2.0
"""Jobs pushed ahead follow one another without losing a core cycle."""

from dataclasses import replace

import numpy as np
import pytest
from cluster.test_gemm import RESCALE
from hwgen.sim.gemm import golden
from support.driving import noise

from hwgen.compiler.gemm import plan
from hwgen.compiler.operand_data import load_result, random_operands, store_operands
from hwgen.compiler.placement import Place
from hwgen.compiler.problem import GemmProblem

JOBS = 16
GROUP = 8


def resident_jobs(cluster, problem, count):
    """Plans with their own A and result each and a common B, every operand in banks of its own."""
    config = cluster.config
    first = plan(problem, config)
    span = GROUP * config.memory.bank_depth * config.memory.word_bytes
    starts = {role: Place(GROUP, group * span, 0) for role, group in (("a", 0), ("b", 1), ("out", 2))}

    def places(number):
        return {role: replace(starts[role], size=first.operands[role].size,
                              base=starts[role].base + (0 if role == "b" else number * first.operands[role].size))
                for role in first.operands}

    return [replace(first, places=places(number)) for number in range(count)]


def run_sequence(cluster, problem, count):
    """Run jobs, check all their results, return the counters."""
    plans = resident_jobs(cluster, problem, count)
    arrays = [random_operands(problem, seed) for seed in range(count)]
    image = noise(cluster, 1)
    for mapping, operands in zip(plans, arrays, strict=True):
        store_operands(mapping, operands | {"b": arrays[0]["b"]}, image)
    cluster.load(image)
    cluster.run([mapping.job(interrupt=mapping is plans[-1]) for mapping in plans])
    counters = cluster.counters()
    after = cluster.dump()
    for mapping, operands in zip(plans, arrays, strict=True):
        np.testing.assert_array_equal(load_result(mapping, after), golden(problem, operands | {"b": arrays[0]["b"]}))
    return counters


def stalls(counters, *names):
    return {name: counters[name] for name in names}


@pytest.mark.parametrize("out_type", ["int32", "int8"])
def test_sixteen_resident_jobs_lose_no_cycle(datamaestro, out_type):
    """All of them spend no more on anything but steps than one does alone."""
    problem = GemmProblem(16, 64, 64, out_type=out_type, rescale=RESCALE)
    steps = problem.flat_steps(datamaestro.config)
    alone = run_sequence(datamaestro, problem, 1)
    together = run_sequence(datamaestro, problem, JOBS)
    assert alone["steps"] == steps and together["steps"] == JOBS * steps
    assert together["cycles"] - together["steps"] == alone["cycles"] - alone["steps"]
    lost = [name for name in together if name.startswith(("A_", "B_", "C_")) or name in ("output_blocked", "dependency")]
    assert stalls(together, *lost, "fill", "drain") == stalls(alone, *lost, "fill", "drain")
