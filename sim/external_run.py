# SPDX-License-Identifier: Apache-2.0
"""Run problems of any size from external memory to external memory, held to the golden model."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from ..compiler.jobs import Job
from ..compiler.operand_data import check_arrays
from ..compiler.problem import Quantizing
from ..compiler.tiled.cost import ExternalTiming
from ..compiler.tiled.external import ExternalMap
from ..config import ClusterConfig
from ..errors import ToolError
from .cluster import MAXIMUM_JOB_CYCLES, SimulatedCluster
from .external_memory import PAGE_BYTES, ExternalMemory
from .host_config import RING_BYTES
from .measures import measure
from .outcome import Run, first_difference

GUARD_BYTES = PAGE_BYTES
"""Behind the last tensor, filled with noise and compared as well."""
PATIENCE = 20
"""Times the expected cycles after which the cluster counts as hanging."""


class ExternalPlan(Protocol):
    """A problem mapped onto a cluster, whose tensors lie in external memory."""

    problem: Quantizing
    config: ClusterConfig
    expected_cycles: int

    @property
    def phases(self) -> int: ...

    def place(self, **options) -> ExternalMap: ...
    def jobs(self, places: ExternalMap, base: Mapping[str, int] | None = None, *, divided: bool = True) -> list[Job]: ...
    def store(self, arrays: dict[str, np.ndarray], places: ExternalMap, memory: np.ndarray) -> None: ...
    def load(self, places: ExternalMap, memory: np.ndarray) -> np.ndarray: ...


def cycle_limit(plan: ExternalPlan) -> int:
    """Cycles after which a cluster counts as hanging, of 32 bits as the player takes them."""
    return min(max(MAXIMUM_JOB_CYCLES, PATIENCE * plan.expected_cycles), (1 << 32) - 1)


def external_timing(config: ClusterConfig, external: ExternalMemory) -> ExternalTiming:
    """What the cost model must know of a simulated memory."""
    return ExternalTiming(external.bandwidth or config.dma.data_bytes, external.latency)


def memory_size(places: ExternalMap) -> int:
    """Bytes of external memory, whole pages, that hold all tensors, a guard behind them, and descriptors."""
    return -(-(places.end + GUARD_BYTES) // PAGE_BYTES) * PAGE_BYTES + RING_BYTES


def run_external(cluster: SimulatedCluster, plan: ExternalPlan, arrays: dict[str, np.ndarray], golden: Callable[..., np.ndarray], *,
                 seed: int = 0, host_config: str = "shadow", places: ExternalMap | None = None, from_reset: bool = False) -> Run:
    """Compute one problem whose operands lie in external memory.

    External memory is filled with random bytes around and below the tensors, and all of it but the result and the
    place of partial sums is compared afterwards.

    Parameters
    ----------
    cluster : SimulatedCluster
    plan : ExternalPlan
    arrays : dict of array, by role
    golden : callable
        Expected result, of problem, arrays and core.
    seed : int
        Of the random bytes.
    host_config, from_reset
        As in `SimulatedCluster.run`.
    places : ExternalMap, optional
        One tensor after the other if left out.

    Raises
    ------
    DataError
        If the arrays are not those of the problem.
    ToolError
        If the tensors do not fit the simulated memory, or the cluster hangs.
    """
    config, session, problem = cluster.config, cluster.session, plan.problem
    places = places or plan.place()
    core = config.accelerator.core
    check_arrays(problem, arrays, core)
    used = places.end + GUARD_BYTES
    if used > len(session.memory):
        raise ToolError(f"the simulated external memory must hold {used} bytes for this problem, not {len(session.memory)}")
    before_cycles, before_seconds = session.cycles, session.seconds
    memory = session.memory[:used]
    memory[:] = np.random.default_rng(seed).integers(0, 256, used, dtype=np.uint8)
    plan.store(arrays, places, memory)
    before = np.array(memory)
    jobs = plan.jobs(places, None if from_reset else cluster.completed(), divided=host_config != "serial")
    results = cluster.run(jobs, host_config=host_config, limit=cycle_limit(plan),
                          reserved=used, from_reset=from_reset)
    counters = cluster.counters()

    result, expected = plan.load(places, memory), golden(problem, arrays, core)
    for role in ("out", "partial"):
        if role in places.tensors:
            before[places[role].address:places[role].end] = memory[places[role].address:places[role].end]
    bandwidth = session.external.bandwidth or config.dma.data_bytes
    return Run(
        plan=plan, result=result, bit_exact=bool(np.array_equal(result, expected)), untouched=bool(np.array_equal(memory, before)),
        first_difference=first_difference(result, expected), measures=measure(counters, problem, config, bandwidth),
        simulated_cycles=session.cycles - before_cycles, seconds=session.seconds - before_seconds,
        external=session.external, traffic=results.traffic, host_config=host_config)
