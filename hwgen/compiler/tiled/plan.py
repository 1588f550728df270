# SPDX-License-Identifier: Apache-2.0
"""The tiling with the fewest expected cycles, and all that follows from it."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...config import ClusterConfig
from ...errors import MappingError
from ..elements import check_types
from ..jobs import Job
from ..problem import GemmProblem, flattened, gemm_accelerator
from ..program import Program
from ..rescaling_fields import check_quantizer
from ..selection import TRIED, Measure, fastest
from .blocks import check_features, layouts
from .buffers import external_buffers, scratchpad_buffers
from .candidates import loops_fit, tilings
from .cost import CostModel, ExternalTiming
from .external import ExternalMap, load_result, place_tensors, store_tensors
from .jobs import TiledJobs
from .places import BankPlan, bank_plans
from .tiling import Tiling


@dataclass(frozen=True)
class TiledPlan:
    """A problem mapped onto a cluster with external memory.

    Attributes
    ----------
    problem, config
    tiling : Tiling
        Of the problem `flattened`.
    banks : BankPlan
    timing : ExternalTiming
        For which it was chosen.
    expected_cycles : int
        ``total_cycles`` by the cost model, or measured.
    compared : int
        Tilings and bank plans that it was chosen from.
    alternatives : dict of int
        Expected cycles of the best of each kind by the cost model, in words.
    measured : bool
        ``expected_cycles`` are not an estimate.
    """

    problem: GemmProblem
    config: ClusterConfig
    tiling: Tiling
    banks: BankPlan
    timing: ExternalTiming
    expected_cycles: int
    compared: int = 1
    alternatives: Mapping[str, int] = field(default_factory=dict)
    measured: bool = False

    @property
    def phases(self) -> int:
        """Of the core."""
        return self.tiling.phase_count

    def place(self, **options) -> ExternalMap:
        """A place in external memory for every tensor; options of `place_tensors`."""
        return place_tensors(self.tiling.problem, self.config, partial=self.tiling.spills and self.problem.quantizes, **options)

    def jobs(self, places: ExternalMap, base: Mapping[str, int] | None = None, *, divided: bool = True) -> list[Job]:
        """Jobs for tensors at ``places`` on units that have completed ``base`` entries; the last raises the interrupt.

        Unless ``divided``, every job can end before the next is pushed.
        """
        return TiledJobs(self.tiling, self.banks, places, base, divided=divided).jobs()

    def store(self, arrays: dict[str, np.ndarray], places: ExternalMap, memory: np.ndarray) -> None:
        """Write operands and parameters into ``memory``, an array of bytes."""
        store_tensors(self.problem, self.config, arrays, places, memory)

    def load(self, places: ExternalMap, memory: np.ndarray) -> np.ndarray:
        """The result."""
        return load_result(self.problem, self.config, places, memory)

    def program(self, places: ExternalMap | None = None, *, divided: bool = True) -> Program:
        """All of it for tensors at ``places``, those of `place` if left out: buffers by role, and the jobs."""
        places = places or self.place()
        buffers = [*scratchpad_buffers(self.banks.pools), *external_buffers(self.problem, self.config, places)]
        return Program.of(self.config, buffers, self.jobs(places, divided=divided))

    def as_dict(self) -> dict:
        """Stable keys for reports."""
        tiling = self.tiling
        return {
            "stationary": tiling.stationary.upper(), "block_tiles": {"m": tiling.m, "n": tiling.n, "k": tiling.k},
            "blocks": {name: len(tiling.spans[name]) for name in "mnk"}, "products": tiling.products, "phases": tiling.phase_count,
            "partial_sums": "none" if tiling.chunks == 1 else "scratchpad" if tiling.keeps_sums else "external",
            "banks": self.banks.kind,
            "buffers": [{"name": buffer.name, "base": buffer.base, "group": buffer.group, "bytes": buffer.size}
                        for buffers in self.banks.pools.values() for buffer in buffers],
            "expected_cycles": self.expected_cycles, "measured": self.measured, "compared": self.compared, "alternatives": dict(self.alternatives),
        }

    def bank_plan(self) -> str:
        """One line for people: which buffers lie in which banks."""
        memory, parts = self.config.memory, []
        for name, buffers in self.banks.pools.items():
            banks = []
            for buffer in buffers:
                each = buffer.group * memory.bank_depth * memory.word_bytes
                first = (buffer.base + buffer.size // 2) // each * buffer.group
                banks.append(f"{first}-{first + buffer.group - 1}")
            parts.append(f"{name.upper() if name in 'ab' else name} {'/'.join(banks)} by {buffers[0].group}")
        return ", ".join(parts)


def by_cost(kinds: Mapping[str, float]) -> dict[str, int]:
    """Whole cycles, the fewest first."""
    return {kind: round(cost) for kind, cost in sorted(kinds.items(), key=lambda item: item[1])}


def default_timing(config: ClusterConfig) -> ExternalTiming:
    """One beat a cycle, a latency of 100 cycles."""
    return ExternalTiming(config.dma.data_bytes, issue=160 if config.dma.descriptors else 500)


def plan_tiled(problem: GemmProblem, config: ClusterConfig, timing: ExternalTiming | None = None, measure: Measure | None = None) -> TiledPlan:
    """The best of all tilings and bank plans by the cost model; of those that look best the fastest, if they can be measured.

    Raises
    ------
    MappingError
        If the cluster has no external memory or lacks a feature, or no tiling fits its scratchpad.
    """
    core, given, problem = gemm_accelerator(config).core, problem, flattened(problem)
    if config.dma is None:
        raise MappingError(f"operands in external memory need a cluster with dma, which {config.name} does not have")
    check_types(problem, core)
    if problem.quantizes:
        check_quantizer(problem, config)
    check_features(problem, config)
    place_tensors(problem, config, partial=False)
    timing = timing or default_timing(config)
    found: list[tuple[float, int, Tiling, BankPlan]] = []
    kinds: dict[str, float] = {}
    for tiling in tilings(problem, config):
        shapes = layouts(tiling)
        if not loops_fit(tiling, shapes):
            continue
        model = None
        for banks in bank_plans(tiling, shapes):
            model = model or CostModel(tiling, shapes, timing)
            cost = model(banks)
            found.append((cost, len(found), tiling, banks))
            kind = f"{tiling.stationary.upper()} stationary, {banks.kind} banks"
            kinds[kind] = min(cost, kinds.get(kind, cost))
    if not found:
        raise MappingError(f"no tiling of {problem.m} x {problem.n} x {problem.k} fits the scratchpad of {config.name}")
    return fastest((TiledPlan(given, config, tiling, banks, timing, round(cost), len(found), by_cost(kinds))
                    for cost, _, tiling, banks in heapq.nsmallest(TRIED, found)), measure)
