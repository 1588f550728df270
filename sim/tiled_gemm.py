# SPDX-License-Identifier: Apache-2.0
"""Run matrix multiplications of any size from external memory to external memory, held to the golden model."""

import numpy as np

from ..compiler.operand_data import check_arrays
from ..compiler.problem import GemmProblem
from ..compiler.tiled.cost import ExternalTiming
from ..compiler.tiled.external import ExternalMap, load_result, store_tensors
from ..compiler.tiled.plan import TiledPlan, plan_tiled
from ..config import ClusterConfig
from ..errors import ToolError
from .cluster import MAXIMUM_JOB_CYCLES, SimulatedCluster
from .external_memory import PAGE_BYTES, ExternalMemory
from .gemm import GemmRun, first_difference, golden
from .host_config import RING_BYTES
from .measures import measure

GUARD_BYTES = PAGE_BYTES
"""Behind the last tensor, filled with noise and compared as well."""
PATIENCE = 20
"""Times the expected cycles after which the cluster counts as hanging."""


def external_timing(config: ClusterConfig, external: ExternalMemory) -> ExternalTiming:
    """What the cost model must know of a simulated memory."""
    return ExternalTiming(external.bandwidth or config.dma.data_bytes, external.latency)


def memory_size(places: ExternalMap) -> int:
    """Bytes of external memory, whole pages, that hold all tensors, a guard behind them, and descriptors."""
    return -(-(places.end + GUARD_BYTES) // PAGE_BYTES) * PAGE_BYTES + RING_BYTES


def run_tiled_gemm(cluster: SimulatedCluster, problem: GemmProblem, arrays: dict[str, np.ndarray], *, seed: int = 0,
                   host_config: str = "shadow", plan: TiledPlan | None = None, places: ExternalMap | None = None) -> GemmRun:
    """Compute one problem whose operands lie in external memory.

    External memory is filled with random bytes around and below the tensors, and all of it but the result and the
    place of partial sums is compared afterwards.

    Parameters
    ----------
    cluster : SimulatedCluster
    problem : GemmProblem
    arrays : dict of array, by role
    seed : int
        Of the random bytes.
    host_config : str
        As in `SimulatedCluster.run`.
    plan : TiledPlan, optional
        The best for the cluster's memory if left out.
    places : ExternalMap, optional
        One tensor after the other if left out.

    Raises
    ------
    MappingError, DataError
        If the problem cannot be done or the arrays are not those of the problem.
    ToolError
        If the tensors do not fit the simulated memory, or the cluster hangs.
    """
    config, session = cluster.config, cluster.session
    plan = plan or plan_tiled(problem, config, external_timing(config, session.external))
    places = places or plan.place()
    core = config.accelerator.core
    check_arrays(problem, arrays, core)
    used = places.end + GUARD_BYTES
    if used > len(session.memory):
        raise ToolError(f"the simulated external memory must hold {used} bytes for this problem, not {len(session.memory)}")
    before_cycles, before_seconds = session.cycles, session.seconds
    memory = session.memory[:used]
    memory[:] = np.random.default_rng(seed).integers(0, 256, used, dtype=np.uint8)
    store_tensors(problem, config, arrays, places, memory)
    before = np.array(memory)
    jobs = plan.jobs(places, cluster.completed(), divided=host_config != "serial")
    results = cluster.run(jobs, host_config=host_config, limit=max(MAXIMUM_JOB_CYCLES, PATIENCE * plan.expected_cycles),
                          reserved=used)
    counters = cluster.counters()

    result, expected = load_result(problem, config, places, memory), golden(problem, arrays, core)
    for role in ("out", "partial"):
        if role in places.tensors:
            before[places[role].address:places[role].end] = memory[places[role].address:places[role].end]
    bandwidth = session.external.bandwidth or config.dma.data_bytes
    return GemmRun(
        plan=plan, result=result, bit_exact=bool(np.array_equal(result, expected)), untouched=bool(np.array_equal(memory, before)),
        first_difference=first_difference(result, expected), measures=measure(counters, problem, config, bandwidth),
        simulated_cycles=session.cycles - before_cycles, seconds=session.seconds - before_seconds,
        external=session.external, traffic=results.traffic, host_config=host_config)
