# SPDX-License-Identifier: Apache-2.0
"""What each feature of the streaming engine is worth: one cluster per feature added, the same problems on all."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from rich.console import Console

from ..compiler.operand_data import random_operands
from ..compiler.problem import GemmProblem
from ..config import ClusterConfig, preset
from .cluster import SimulatedCluster
from .design import simulator_for
from .gemm import run_gemm

STEPS = {
    "step-1": "plain data movers",
    "step-2": "fine-grained prefetch",
    "step-3": "transposer",
    "step-4": "broadcaster",
    "step-5": "six temporal dimensions",
    "step-6": "addressing modes",
}
"""Presets of the ablation in order, and what each adds; those of the DataMaestro paper, arXiv 2504.14091."""

SIZES = (
    (8, 8, 8), (16, 16, 64), (32, 32, 32), (64, 64, 8), (64, 64, 16), (64, 64, 24), (64, 64, 64), (128, 64, 64), (64, 128, 64),
    (32, 64, 256), (100, 30, 77), (13, 121, 50),
)
"""M, N and K of the problems; two are ragged."""


@dataclass(frozen=True)
class KernelGroup:
    """Problems of one kind.

    Attributes
    ----------
    title : str
    problem : callable
        Makes the problem of a size.
    """

    title: str
    problem: Callable[[int, int, int], GemmProblem]


GROUPS = {
    "gemm": KernelGroup("GeMM", lambda m, n, k: GemmProblem(m, n, k)),
    "bias": KernelGroup("GeMM with bias", lambda m, n, k: GemmProblem(m, n, k, c="bias")),
    "transposed": KernelGroup("transposed GeMM", lambda m, n, k: GemmProblem(m, n, k, True, True)),
}
"""Groups of kernels by name; the transposer is for the last, the broadcaster for the second, all else for every one."""


@dataclass(frozen=True)
class AblationRun:
    """One problem on one step's cluster.

    Attributes
    ----------
    step, group : str
    size : tuple of int
    bit_exact : bool
    steps, cycles, pass_cycles, accesses : int
        ``cycles`` has those of passes in it, ``accesses`` their words.
    """

    step: str
    group: str
    size: tuple[int, int, int]
    bit_exact: bool
    steps: int
    cycles: int
    pass_cycles: int
    accesses: int

    @property
    def utilization(self) -> float:
        return self.steps / self.cycles

    def as_dict(self) -> dict:
        return asdict(self) | {"utilization": self.utilization}


def run_step(name: str, config: ClusterConfig, *, sizes=SIZES, console: Console | None = None) -> list[AblationRun]:
    """Every problem of every group on one cluster."""
    runs, core = [], config.accelerator.core
    with SimulatedCluster(config, simulator_for(config, console=console)) as cluster:
        for group, kernels in GROUPS.items():
            for seed, size in enumerate(sizes):
                problem = kernels.problem(*size)
                cluster.reset()
                run = run_gemm(cluster, problem, random_operands(problem, seed, core), seed=seed)
                measures = run.measures
                runs.append(AblationRun(name, group, size, run.passed, measures.steps, measures.cycles,
                                        measures.stalls.get("pass", 0), sum(measures.memory_accesses.values())))
    return runs


def run_ablation(*, sizes=SIZES, console: Console | None = None) -> list[AblationRun]:
    """Every problem of every group on the cluster of every step."""
    console = console or Console(quiet=True)
    runs = []
    for name, what in STEPS.items():
        with console.status(f"{name}: {what}"):
            runs += run_step(name, preset(name), sizes=sizes, console=console)
    return runs


def totals(runs: list[AblationRun]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Steps, cycles and accesses over all sizes, by group and step."""
    result: dict[tuple[str, str], tuple[int, int, int]] = {}
    for run in runs:
        sums = result.get((run.group, run.step), (0, 0, 0))
        result[run.group, run.step] = (sums[0] + run.steps, sums[1] + run.cycles, sums[2] + run.accesses)
    return result
