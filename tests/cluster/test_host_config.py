# SPDX-License-Identifier: Apache-2.0
"""Small jobs in a row, handed over in each way: only from memory do they follow one another without a pause."""

import numpy as np
import pytest
from cluster.test_gemm import RESCALE
from cluster.test_job_sequences import resident_jobs
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.external_memory import ExternalMemory
from hwgen.sim.gemm import golden
from support.driving import noise

from hwgen.compiler.operand_data import load_result, random_operands, store_operands
from hwgen.compiler.problem import GemmProblem
from hwgen.config import preset
from hwgen.config.counters import cycle_causes

CONFIG = preset("datamaestro")
JOBS = 64
PROBLEM = GemmProblem(8, 64, 64, out_type="int8", rescale=RESCALE)


@pytest.fixture(scope="module")
def built():
    return simulator_for(CONFIG)


def active_share(cluster):
    """Steps over the cycles from the first step to the last, both included."""
    steps = [(start, end) for track in [cluster.timeline().causes]
             for start, end, state in track.segments() if state == "steps"]
    return sum(end - start for start, end in steps) / (steps[-1][1] - steps[0][0])


def run_jobs(built, host_config):
    """Share of active cycles of 64 jobs with operands in place, all results checked."""
    with SimulatedCluster(CONFIG, built, external=ExternalMemory(latency=100), memory_size=1 << 20) as cluster:
        plans = resident_jobs(cluster, PROBLEM, JOBS)
        arrays = [random_operands(PROBLEM, seed) for seed in range(JOBS)]
        image = noise(cluster, 1)
        for mapping, operands in zip(plans, arrays, strict=True):
            store_operands(mapping, operands | {"b": arrays[0]["b"]}, image)
        cluster.load(image)
        cluster.run([mapping.job(interrupt=mapping is plans[-1]) for mapping in plans], host_config=host_config)
        after, counters = cluster.dump(), cluster.counters()
        for mapping, operands in zip(plans, arrays, strict=True):
            np.testing.assert_array_equal(load_result(mapping, after), golden(PROBLEM, operands | {"b": arrays[0]["b"]}))
        assert counters["steps"] == JOBS * PROBLEM.flat_steps(CONFIG)
        assert sum(counters[cause] for cause in cycle_causes(CONFIG)) == counters["total_cycles"]
        return active_share(cluster)


def test_jobs_from_memory_keep_the_core_busy(built):
    shares = {name: run_jobs(built, name) for name in ("serial", "shadow", "queue")}
    print(shares)
    assert shares["queue"] >= 0.95
    assert shares["serial"] < shares["shadow"] <= shares["queue"]
