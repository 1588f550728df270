# SPDX-License-Identifier: Apache-2.0
"""Run convolutions from external memory to external memory, held to the golden model."""

import numpy as np

from ..compiler.conv.golden import golden_conv
from ..compiler.conv.plan import ConvPlan, plan_conv
from ..compiler.conv.problem import ConvProblem
from ..compiler.tiled.external import ExternalMap
from .cluster import SimulatedCluster
from .external_run import external_timing, run_external
from .outcome import Run


def run_conv(cluster: SimulatedCluster, problem: ConvProblem, arrays: dict[str, np.ndarray], *, seed: int = 0,
             host_config: str = "shadow", plan: ConvPlan | None = None, places: ExternalMap | None = None) -> Run:
    """Compute one convolution.

    Parameters, checks and errors are those of `run_external`; ``plan`` is the best for the cluster's memory if left out.

    Raises
    ------
    MappingError
        If the problem cannot be done.
    """
    plan = plan or plan_conv(problem, cluster.config, external_timing(cluster.config, cluster.session.external))
    return run_external(cluster, plan, arrays, golden_conv, seed=seed, host_config=host_config, places=places)
