# SPDX-License-Identifier: Apache-2.0
"""The measures of a run, defined once and reported everywhere by these names."""

from dataclasses import asdict, dataclass

from ..compiler.problem import GemmProblem, bound_cycles
from ..config import ClusterConfig
from ..config.counters import cycle_causes


@dataclass(frozen=True)
class Measures:
    """What a run took, and what it could have taken at best.

    Attributes
    ----------
    steps : int
        Core steps issued; one step is one M x N x K block.
    flat_steps : int
        Least steps any mapping needs.
    cycles : int
        Cycles in which at least one streamer had been started and was not done.
    total_cycles : int
        From the first register write to the last byte in its final memory.
    utilization : float
        ``steps / cycles``.
    effective_utilization : float
        Useful multiply-accumulates over the core's multipliers times ``total_cycles``.
    ceiling : float
        Useful multiply-accumulates over the core's multipliers times ``flat_steps``.
    bound_cycles : int
        The largest of ``flat_steps``, compulsory words over banks, and compulsory external bytes over bandwidth.
    memory_accesses : dict
        Bank words read or written, by streamer, those of the copy engines (``L`` and ``S``) included.
    stalls : dict
        Cycles by named cause; ``steps`` and all stalls add up to ``total_cycles``.
    """

    steps: int
    flat_steps: int
    cycles: int
    total_cycles: int
    utilization: float
    effective_utilization: float
    ceiling: float
    bound_cycles: int
    memory_accesses: dict[str, int]
    stalls: dict[str, int]

    def as_dict(self) -> dict:
        return asdict(self)

    @property
    def counters(self) -> dict[str, int]:
        """``total_cycles`` and the cycles of every cause, as the hardware counted them."""
        return {"total_cycles": self.total_cycles, "steps": self.steps, **self.stalls}

    @property
    def accounted(self) -> bool:
        """Every cycle is charged exactly once."""
        return self.steps + sum(self.stalls.values()) == self.total_cycles


def measure(counters: dict[str, int], problem: GemmProblem, config: ClusterConfig, bandwidth: float | None = None) -> Measures:
    """Measures of a run.

    Parameters
    ----------
    counters : dict of int
        The cluster's, as `SimulatedCluster.counters` gives them.
    problem, config
    bandwidth : float, optional
        Bytes a cycle of the external memory, if operands came from there.
    """
    multipliers, flat = config.accelerator.core.multipliers, problem.flat_steps(config)
    useful, total = problem.multiply_accumulates, counters["total_cycles"]
    return Measures(
        steps=counters["steps"],
        flat_steps=flat,
        cycles=counters["cycles"],
        total_cycles=total,
        utilization=counters["steps"] / counters["cycles"],
        effective_utilization=useful / (multipliers * total),
        ceiling=useful / (multipliers * flat),
        bound_cycles=bound_cycles(problem, config, bandwidth),
        memory_accesses={name: counters[f"accesses_{name}"] for name in config.all_streamers},
        stalls={cause: counters[cause] for cause in cycle_causes(config) if cause != "steps"},
    )
