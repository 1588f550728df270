# SPDX-License-Identifier: Apache-2.0
"""A mapped problem on the emitted Verilog, from building the simulator to the outcome."""

from pathlib import Path

import numpy as np
from rich.console import Console

from ..compiler.conv.golden import golden_conv
from ..compiler.conv.plan import ConvPlan
from ..compiler.gemm import Plan
from ..compiler.tiled.plan import TiledPlan
from .cluster import SimulatedCluster
from .design import simulator_for
from .external_memory import ExternalMemory
from .external_run import memory_size, run_external
from .gemm import golden, run_gemm
from .outcome import Run
from .timeline import Timeline


def compute(plan: Plan | TiledPlan | ConvPlan, arrays: dict[str, np.ndarray], external: ExternalMemory | None, *, host_config: str, seed: int = 0,
            waves: Path | None = None, console: Console | None = None) -> tuple[Run, Timeline]:
    """Build or find the simulator of a plan's cluster, and run the plan on it from reset.

    Parameters
    ----------
    plan : Plan, TiledPlan or ConvPlan
    arrays : dict of array, by role
    external : ExternalMemory or None
        None if operands lie in the scratchpad.
    host_config : str
        As in `SimulatedCluster.run`.
    seed : int
        Of what surrounds the operands in memory.
    waves : Path, optional
        Waveform to record.
    console : Console, optional
        Told of a build.

    Raises
    ------
    MappingError, DataError, ToolError
    """
    built = simulator_for(plan.config, waves=waves is not None, console=console)
    if external is None:
        with SimulatedCluster(plan.config, built, waves=waves) as cluster:
            return run_gemm(cluster, plan.problem, arrays, seed=seed, host_config=host_config, mapping=plan, from_reset=True), cluster.timeline()
    places = plan.place()
    expected = golden_conv if isinstance(plan, ConvPlan) else golden
    with SimulatedCluster(plan.config, built, waves=waves, external=external, memory_size=memory_size(places)) as cluster:
        return run_external(cluster, plan, arrays, expected, seed=seed, host_config=host_config, places=places, from_reset=True), cluster.timeline()
