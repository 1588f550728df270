# SPDX-License-Identifier: Apache-2.0
"""The tiling with the fewest expected cycles, and all that follows from it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...config import ClusterConfig
from ...errors import MappingError
from ..elements import check_types
from ..jobs import Job
from ..problem import compulsory_bytes, gemm_accelerator
from ..program import Program
from ..rescaling_fields import check_quantizer
from ..selection import Measure, fastest
from ..tiled.buffers import external_buffers, scratchpad_buffers
from ..tiled.cost import ExternalTiming
from ..tiled.external import ExternalMap
from ..tiled.plan import by_cost, default_timing
from .buffers import ConvBuffers, divides
from .candidates import candidates
from .cost import expected_cycles, quick_estimate
from .external import load_conv_result, place_conv, store_conv
from .jobs import ConvJobs
from .problem import ConvProblem
from .tiling import ConvTiling, normal

EVALUATED = 40
"""Tilings looked at phase by phase, those first that look best at a glance."""
LOOKED_AT = 200_000
"""Phases of all of them together."""
WORSE = 1.05
"""What looks worse at a glance than the best found by so much is not looked at."""


@dataclass(frozen=True)
class ConvPlan:
    """A convolution mapped onto a cluster with external memory.

    Attributes
    ----------
    problem : ConvProblem
        As it was asked for.
    config : ClusterConfig
    tiling : ConvTiling
    buffers : ConvBuffers
    timing : ExternalTiming
        For which it was chosen.
    expected_cycles : int
        ``total_cycles`` by the cost model, or measured.
    compared : int
        Tilings with their buffers that it was chosen from.
    alternatives : dict of int
        Cycles of the best of each kind at a first glance, in words.
    measured : bool
        ``expected_cycles`` are not an estimate.
    """

    problem: ConvProblem
    config: ClusterConfig
    tiling: ConvTiling
    buffers: ConvBuffers
    timing: ExternalTiming
    expected_cycles: int
    compared: int = 1
    alternatives: Mapping[str, int] = field(default_factory=dict)
    measured: bool = False

    def place(self, **options) -> ExternalMap:
        """A place in external memory for every tensor; options of `place_conv`."""
        return place_conv(self.problem, self.config, self.tiling, **options)

    def jobs(self, places: ExternalMap, base: Mapping[str, int] | None = None, *, divided: bool = True) -> list[Job]:
        """Jobs for tensors at ``places`` on units that have completed ``base`` entries; the last raises the interrupt.

        Unless ``divided``, every job can end before the next is pushed.
        """
        return ConvJobs(self.tiling, self.buffers, places, base, divided=divided).jobs()

    def program(self, places: ExternalMap | None = None, *, divided: bool = True) -> Program:
        """All of it for tensors at ``places``, those of `place` if left out: buffers by role, and the jobs."""
        places = places or self.place()
        buffers = [*scratchpad_buffers(self.buffers.pools), *external_buffers(self.problem, self.config, places, arranged=("b",))]
        return Program.of(self.config, buffers, self.jobs(places, divided=divided))

    def store(self, arrays: dict[str, np.ndarray], places: ExternalMap, memory: np.ndarray) -> None:
        """Write images, filters, bias and parameters into ``memory``, an array of bytes."""
        store_conv(self.problem, self.tiling, arrays, places, memory)

    def load(self, places: ExternalMap, memory: np.ndarray) -> np.ndarray:
        """The result."""
        return load_conv_result(self.problem, self.config, places, memory)

    @property
    def phases(self) -> int:
        """Of the core."""
        return self.tiling.phase_count

    @property
    def steps(self) -> int:
        """Of the core."""
        return self.tiling.steps

    def as_dict(self) -> dict:
        """Stable keys for reports."""
        tiling = self.tiling
        return {
            "gathering": tiling.gathering, "outer": {"m": "bands", "n": "filters"}[tiling.outer],
            "band": {"rows": tiling.rows, "columns": tiling.columns}, "filter_tiles": max(block.tiles for block in tiling.blocks),
            "blocks": {"bands": len(tiling.bands), "filters": len(tiling.blocks), "chunks": len(tiling.chunks)},
            "whole_channels": tiling.whole or len(tiling.chunks) == 1, "phases": tiling.phase_count, "steps": tiling.steps, "banks": self.buffers.kind,
            "buffers": [{"name": buffer.name, "base": buffer.base, "group": buffer.group, "bytes": buffer.size}
                        for buffers in self.buffers.pools.values() for buffer in buffers],
            "expected_cycles": self.expected_cycles, "measured": self.measured, "compared": self.compared, "alternatives": dict(self.alternatives),
        }

    def bank_plan(self) -> str:
        """One line for people: which buffers lie in which banks."""
        memory, parts = self.config.memory, []
        for name, buffers in self.buffers.pools.items():
            spans = []
            for buffer in buffers:
                words = buffer.group * memory.bank_depth * memory.word_bytes
                first, last = buffer.base // words, (buffer.base + buffer.size - 1) // words
                spans.append(f"{first * buffer.group}-{(last + 1) * buffer.group - 1}")
            parts.append(f"{name.upper() if len(name) == 1 else name} {'/'.join(spans)} by {buffers[0].group}")
        return ", ".join(parts)


def check_conv(problem: ConvProblem, config: ClusterConfig) -> None:
    """Refuse what the cluster cannot do.

    Raises
    ------
    MappingError
    """
    core = gemm_accelerator(config).core
    if config.dma is None:
        raise MappingError(f"images in external memory need a cluster with dma, which {config.name} does not have")
    if (core.a_width, core.b_width) != (8, 8):
        raise MappingError(f"convolutions need a core whose operands have 8 bits, not {core.a_width} and {core.b_width}")
    for name in "kn":
        if getattr(core, name) != config.memory.word_bytes:
            raise MappingError(f"convolutions need a core whose {name} is a bank word's {config.memory.word_bytes} bytes, not {getattr(core, name)}")
    check_types(problem, core)
    if problem.quantizes:
        check_quantizer(problem, config)
    size, limit = compulsory_bytes(problem, config), 1 << config.dma.address_width
    if size > limit:
        raise MappingError(f"images, filters and result must fit the {limit} bytes of external addresses, not {size}")


def plan_conv(problem: ConvProblem, config: ClusterConfig, timing: ExternalTiming | None = None, measure: Measure | None = None) -> ConvPlan:
    """The best of all tilings by the cost model; of those that look best the fastest, if they can be measured.

    Raises
    ------
    MappingError
        If the cluster has no external memory or lacks a feature, or no tiling fits its scratchpad.
    """
    check_conv(problem, config)
    timing = timing or default_timing(config)
    found = divides(config) and list(candidates(normal(problem), config, divided=True)) or list(candidates(normal(problem), config, divided=False))
    offered = sorted((quick_estimate(tiling, buffers, timing), index, tiling, buffers) for index, (tiling, buffers) in enumerate(found))
    kinds: dict[str, float] = {}
    for quick, _, tiling, buffers in offered:
        order = "filters inside bands" if tiling.outer == "m" else "bands inside filters"
        kinds.setdefault(f"{tiling.gathering}, {order}, {buffers.kind}", quick)
    costs: list[tuple[float, int, ConvTiling, ConvBuffers]] = []
    best, phases = math.inf, 0
    for evaluated, (quick, number, tiling, buffers) in enumerate(offered):
        phases += tiling.phase_count
        if costs and (evaluated >= EVALUATED or quick >= best * WORSE or phases > LOOKED_AT):
            break
        cost = expected_cycles(tiling, buffers, timing, best * WORSE)
        if cost is not None:
            costs.append((cost, number, tiling, buffers))
            best = min(best, cost)
    if not costs:
        raise MappingError(f"no tiling of a convolution of {problem.height} x {problem.width} x {problem.channels} with {problem.filters} filters fits"
                           f" the scratchpad of {config.name}")
    return fastest((ConvPlan(problem, config, tiling, buffers, timing, round(cost), len(offered), by_cost(kinds))
                    for cost, _, tiling, buffers in sorted(costs)), measure)
