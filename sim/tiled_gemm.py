# SPDX-License-Identifier: Apache-2.0
"""Run matrix multiplications of any size from external memory to external memory, held to the golden model."""

import numpy as np

from ..compiler.problem import GemmProblem
from ..compiler.tiled.external import ExternalMap
from ..compiler.tiled.plan import TiledPlan, plan_tiled
from .cluster import SimulatedCluster
from .external_run import external_timing, run_external
from .gemm import golden
from .outcome import Run


def run_tiled_gemm(cluster: SimulatedCluster, problem: GemmProblem, arrays: dict[str, np.ndarray], *, seed: int = 0,
                   host_config: str = "shadow", plan: TiledPlan | None = None, places: ExternalMap | None = None) -> Run:
    """Compute one multiplication whose operands lie in external memory.

    Parameters, checks and errors are those of `run_external`; ``plan`` is the best for the cluster's memory if left out.

    Raises
    ------
    MappingError
        If the problem cannot be done.
    """
    plan = plan or plan_tiled(problem, cluster.config, external_timing(cluster.config, cluster.session.external))
    return run_external(cluster, plan, arrays, golden, seed=seed, host_config=host_config, places=places)
