# SPDX-License-Identifier: Apache-2.0
"""One matrix multiplication from external memories of several latencies and bandwidths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..compiler.operand_data import random_operands
from ..compiler.problem import GemmProblem
from ..compiler.tiled.plan import plan_tiled
from ..config import ClusterConfig
from .build import BuiltSimulator
from .cluster import SimulatedCluster
from .external_memory import ExternalMemory
from .external_run import external_timing, memory_size
from .measures import Measures
from .tiled_gemm import run_tiled_gemm


@dataclass(frozen=True)
class SweepRun:
    """One run of a sweep.

    Attributes
    ----------
    latency : int
        Cycles.
    bandwidth : float
        Bytes a cycle, both ways together.
    pause : float
        Share of cycles in which each channel of the memory pauses.
    bit_exact : bool
        The result is right, and nothing else changed.
    measures : Measures
    """

    latency: int
    bandwidth: float
    pause: float
    bit_exact: bool
    measures: Measures

    @property
    def of_bound(self) -> float:
        """``bound_cycles`` over ``total_cycles``: 1 if nothing could be faster."""
        return self.measures.bound_cycles / self.measures.total_cycles

    def as_dict(self) -> dict:
        return {"latency": self.latency, "bandwidth": self.bandwidth, "pause": self.pause, "bit_exact": self.bit_exact,
                "of_bound": self.of_bound, **self.measures.as_dict()}


def run_sweep(config: ClusterConfig, built: BuiltSimulator, problem: GemmProblem, latencies: Sequence[int], bandwidths: Sequence[float], *,
              pause: float = 0.0, seed: int = 0, progress: Callable[[SweepRun], None] | None = None) -> list[SweepRun]:
    """Run a problem with every pair of a latency and a bandwidth, each with the tiling that suits it.

    Parameters
    ----------
    config, built
        A cluster with external memory, and its simulator.
    problem : GemmProblem
    latencies : sequence of int
    bandwidths : sequence of float
    pause : float
        As in `ExternalMemory`.
    seed : int
    progress : callable, optional
        Called after each run.

    Raises
    ------
    ValueError
        If a latency, bandwidth or pause is out of bounds.
    """
    # All are checked before the first is run.
    memories = [ExternalMemory(latency=latency, bandwidth=bandwidth, pause=pause, jitter=latency if pause else 0, reorder=bool(pause))
                for latency in latencies for bandwidth in bandwidths]
    arrays = random_operands(problem, seed, config.accelerator.core)
    runs = []
    for memory in memories:
        plan = plan_tiled(problem, config, external_timing(config, memory))
        places = plan.place()
        with SimulatedCluster(config, built, external=memory, memory_size=memory_size(places)) as cluster:
            run = run_tiled_gemm(cluster, problem, arrays, seed=seed, plan=plan, places=places)
        runs.append(SweepRun(memory.latency, memory.bandwidth, pause, run.passed, run.measures))
        if progress is not None:
            progress(runs[-1])
    return runs
