# SPDX-License-Identifier: Apache-2.0
"""One matrix multiplication from external memories of several latencies and bandwidths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..compiler.operand_data import random_operands
from ..compiler.problem import GemmProblem
from ..compiler.tiled.plan import TiledPlan
from ..config import ClusterConfig
from .build import BuiltSimulator
from .cluster import SimulatedCluster
from .external_memory import ExternalMemory
from .external_run import memory_size, run_external
from .gemm import golden
from .mapping import map_problem
from .measures import Measures
from .modeled_run import run_on_model


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
    bit_exact : bool or None
        The result is right, and nothing else changed; None if the cycle model said nothing of it.
    measures : Measures
    """

    latency: int
    bandwidth: float
    pause: float
    bit_exact: bool | None
    measures: Measures

    @property
    def of_bound(self) -> float:
        """``bound_cycles`` over ``total_cycles``: 1 if nothing could be faster."""
        return self.measures.bound_cycles / self.measures.total_cycles

    def as_dict(self) -> dict:
        return {"latency": self.latency, "bandwidth": self.bandwidth, "pause": self.pause, "bit_exact": self.bit_exact,
                "of_bound": self.of_bound, **self.measures.as_dict()}


def run_sweep(config: ClusterConfig, built: BuiltSimulator | None, problem: GemmProblem, latencies: Sequence[int], bandwidths: Sequence[float], *,
              pause: float = 0.0, seed: int = 0, progress: Callable[[SweepRun], None] | None = None) -> list[SweepRun]:
    """Run a problem with every pair of a latency and a bandwidth, each with the tiling that suits it.

    Parameters
    ----------
    config, built
        A cluster with external memory, and its simulator; the cycle model if there is none.
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
    ToolError
        If the cycle model does not know such a cluster or memory.
    """
    # All are checked before the first is run.
    memories = [ExternalMemory(latency=latency, bandwidth=bandwidth, pause=pause, jitter=latency if pause else 0, reorder=bool(pause))
                for latency in latencies for bandwidth in bandwidths]
    arrays = random_operands(problem, seed, config.accelerator.core)
    runs = []
    for memory in memories:
        plan, chosen = map_problem(problem, config, memory)
        if built is None:
            run = run_on_model(plan, memory, host_config=chosen)
            runs.append(SweepRun(memory.latency, memory.bandwidth, pause, None, run.measures))
        else:
            runs.append(_simulated(config, built, plan, arrays, memory, chosen, seed))
        if progress is not None:
            progress(runs[-1])
    return runs


def _simulated(config: ClusterConfig, built: BuiltSimulator, plan: TiledPlan, arrays: dict[str, np.ndarray], memory: ExternalMemory, host_config: str,
               seed: int) -> SweepRun:
    """One run on the emitted Verilog."""
    places = plan.place()
    with SimulatedCluster(config, built, external=memory, memory_size=memory_size(places)) as cluster:
        run = run_external(cluster, plan, arrays, golden, seed=seed, host_config=host_config, places=places, from_reset=True)
    return SweepRun(memory.latency, memory.bandwidth, memory.pause, run.passed, run.measures)
