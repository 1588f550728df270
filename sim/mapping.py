# SPDX-License-Identifier: Apache-2.0
"""Problems mapped onto a cluster and its external memory, by the cycle model where it can tell."""

from ..compiler.conv.plan import ConvPlan, plan_conv
from ..compiler.conv.problem import ConvProblem
from ..compiler.gemm import Plan, plan
from ..compiler.problem import GemmProblem
from ..compiler.tiled.plan import TiledPlan, plan_tiled
from ..config import ClusterConfig
from ..config.descriptor_format import LARGEST_RING
from .external_memory import ExternalMemory
from .external_run import external_timing
from .host_config import descriptors_fit, usual_host_config
from .modeled_run import run_on_model

SHORT = 100_000
"""Cycles of a run whose jobs a host may as well write into registers as into memory: the first begins some hundred cycles sooner."""
FEW_WORDS, MANY_WORDS = 16, 256
"""Words of descriptors that a phase takes at least and at most: between, they are counted."""


def map_problem(problem: GemmProblem | ConvProblem, config: ClusterConfig, external: ExternalMemory | None,
                host_config: str | None = None) -> tuple[Plan | TiledPlan | ConvPlan, str]:
    """The mapping that takes the fewest cycles, and how its jobs are handed over.

    Parameters
    ----------
    problem : GemmProblem or ConvProblem
    config : ClusterConfig
    external : ExternalMemory or None
        None if operands lie in the scratchpad.
    host_config : str, optional
        One of `HOST_CONFIGS`. If left out, the last that the cluster can do; ``shadow`` in short runs if that takes fewer cycles, and if
        there is no room for the descriptors of all jobs.

    Raises
    ------
    MappingError
        If the cluster cannot do it.
    """
    if external is None:
        mapped = plan_conv(problem, config) if isinstance(problem, ConvProblem) else plan(problem, config)
        return mapped, host_config or usual_host_config(config, external)
    make = plan_conv if isinstance(problem, ConvProblem) else plan_tiled
    mapped = make(problem, config, external_timing(config, external), lambda plan: _fastest(plan, external, host_config)[0])
    if host_config is not None:
        return mapped, host_config
    if not mapped.measured:
        return mapped, _unmeasured(mapped, external)
    # Only short runs have been measured in two ways.
    return mapped, _fastest(mapped, external, None)[1] if mapped.expected_cycles <= SHORT else usual_host_config(config, external)


def _unmeasured(mapped: TiledPlan | ConvPlan, external: ExternalMemory) -> str:
    """How jobs of a plan are handed over of which it is not known whether a ring has room for them all."""
    way, room = usual_host_config(mapped.config, external), 1 << LARGEST_RING
    if way != "queue" or MANY_WORDS * mapped.phases <= room:
        return way
    fits = FEW_WORDS * mapped.phases <= room and descriptors_fit(mapped.jobs(mapped.place()), mapped.config)
    return way if fits else "shadow"


def _fastest(mapped: TiledPlan | ConvPlan, external: ExternalMemory, host_config: str | None) -> tuple[int, str]:
    """Cycles of a plan, and how its jobs are handed over."""
    way = host_config or usual_host_config(mapped.config, external)
    cycles = run_on_model(mapped, external, host_config=way).measures.total_cycles
    if host_config is None and way != "shadow" and cycles <= SHORT:
        return min((cycles, way), (run_on_model(mapped, external, host_config="shadow").measures.total_cycles, "shadow"))
    return cycles, way
