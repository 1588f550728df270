# SPDX-License-Identifier: Apache-2.0
"""The tiling with the fewest expected cycles, and all that follows from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ...config import ClusterConfig
from ...errors import MappingError
from ..elements import check_types
from ..jobs import Job
from ..problem import GemmProblem, gemm_accelerator
from ..program import Program
from ..rescaling_fields import check_quantizer
from .blocks import check_features, layouts
from .buffers import external_buffers, scratchpad_buffers
from .compute import merged
from .cost import CostModel, ExternalTiming
from .external import ExternalMap, load_result, place_tensors, store_tensors
from .jobs import TiledJobs
from .places import BankPlan, bank_plans
from .tiling import Tiling

SIZES_TRIED = 14
"""Block sizes tried along M and along N."""
DEPTHS_TRIED = 20
"""Depths of chunks of K tried, the deepest first."""
STRIDE = 1.3
"""Ratio between neighboring sizes tried, beyond the first few."""


@dataclass(frozen=True)
class TiledPlan:
    """A problem mapped onto a cluster with external memory.

    Attributes
    ----------
    problem, config
    tiling : Tiling
    banks : BankPlan
    timing : ExternalTiming
        For which it was chosen.
    expected_cycles : int
        ``total_cycles`` by the cost model.
    """

    problem: GemmProblem
    config: ClusterConfig
    tiling: Tiling
    banks: BankPlan
    timing: ExternalTiming
    expected_cycles: int

    def place(self, **options) -> ExternalMap:
        """A place in external memory for every tensor; options of `place_tensors`."""
        return place_tensors(self.problem, self.config, partial=self.tiling.spills and self.problem.quantizes, **options)

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
            "blocks": {name: len(tiling.spans[name]) for name in "mnk"}, "phases": tiling.phase_count,
            "partial_sums": "none" if tiling.chunks == 1 else "scratchpad" if tiling.keeps_sums else "external",
            "banks": self.banks.kind,
            "buffers": [{"name": buffer.name, "base": buffer.base, "group": buffer.group, "bytes": buffer.size}
                        for buffers in self.banks.pools.values() for buffer in buffers],
            "expected_cycles": self.expected_cycles,
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


def block_sizes(tiles: int, most: int) -> list[int]:
    """Sizes to try: every even division into blocks, thinned out where there are many."""
    sizes = sorted({-(-tiles // count) for count in range(1, tiles + 1)} if tiles <= 4096 else
                   {-(-tiles // count) for count in range(1, 4097)} | {size for size in range(1, 65)})
    sizes = [size for size in sizes if size <= most]
    kept = sizes[:6]
    for size in sizes[6:]:
        if size >= STRIDE * kept[-1] or size == sizes[-1]:
            kept.append(size)
    return kept[:SIZES_TRIED - 1] + kept[-1:] if len(kept) > SIZES_TRIED else kept


def _thinned(depths: list[int]) -> list[int]:
    """Falling depths no closer than `STRIDE`."""
    kept = depths[:1]
    for depth in depths[1:]:
        if kept[-1] >= STRIDE * depth:
            kept.append(depth)
    return kept


def tilings(problem: GemmProblem, config: ClusterConfig) -> Iterator[Tiling]:
    """Tilings to compare, those whose operands do not fit the scratchpad left out."""
    core, memory = config.accelerator.core, config.memory
    tiles = dict(zip("mnk", problem.tiles(config), strict=True))
    a_tile, b_tile = core.m * core.k * core.a_width // 8, core.n * core.k * core.b_width // 8
    limit = min((1 << core.step_width) - 1, memory.size // (a_tile + b_tile), tiles["k"])
    beat = max(1, config.dma.data_width // (core.k * max(core.a_width, core.b_width)))
    even = {-(-tiles["k"] // count) for count in range(1, tiles["k"] + 1)} if tiles["k"] <= 1 << 16 else {limit}
    depths = sorted({depth for size in even for depth in (size, min(tiles["k"], -(-size // beat) * beat)) if depth <= limit}, reverse=True)
    for stationary in "ab":
        for k in _thinned(depths)[:DEPTHS_TRIED]:
            for m in block_sizes(tiles["m"], memory.size // (a_tile * k)):
                for n in block_sizes(tiles["n"], (memory.size - m * k * a_tile) // (b_tile * k)):
                    once = Tiling(problem, config, stationary, m, n, k)
                    # Sums that leave must have arrived before they are needed again: not in the very next phase.
                    if once.chunks == 1 or once.counts[1] > 1:
                        yield once
                    if once.chunks > 1:
                        yield Tiling(problem, config, stationary, m, n, k, keeps_sums=True)


def loops_fit(tiling: Tiling) -> bool:
    """Whether every streamer has the loops that its walk needs, and registers wide enough for their bounds."""
    config, core = tiling.config, tiling.config.accelerator.core
    walks = {"A": (tiling.k, tiling.n, tiling.m), "B": (tiling.k, tiling.n, tiling.m)}
    walks |= {name: (tiling.n, tiling.m) for name in ("C", "D", "E", "P") if name in config.streamers}
    for name, counts in walks.items():
        # Strides that no neighbor continues, the most loops there can be.
        loops = merged([(count, 1 << 20 + 4 * i) for i, count in enumerate(counts)])
        settings = config.streamers[name]
        if len(loops) > settings.temporal_dimensions or any(count >= 1 << settings.bound_width for count, _ in loops):
            return False
    return tiling.m * tiling.n < 1 << core.tile_width


def default_timing(config: ClusterConfig) -> ExternalTiming:
    """One beat a cycle, a latency of 100 cycles."""
    return ExternalTiming(config.dma.data_bytes, issue=160 if config.dma.descriptors else 500)


def plan_tiled(problem: GemmProblem, config: ClusterConfig, timing: ExternalTiming | None = None) -> TiledPlan:
    """The best of all tilings and bank plans by the cost model.

    Raises
    ------
    MappingError
        If the cluster has no external memory or lacks a feature, or no tiling fits its scratchpad.
    """
    core = gemm_accelerator(config).core
    if config.dma is None:
        raise MappingError(f"operands in external memory need a cluster with dma, which {config.name} does not have")
    check_types(problem, core)
    if problem.quantizes:
        check_quantizer(problem, config)
    check_features(problem, config)
    place_tensors(problem, config, partial=False)
    timing = timing or default_timing(config)
    best: tuple[float, Tiling, BankPlan] | None = None
    for tiling in tilings(problem, config):
        if not loops_fit(tiling):
            continue
        shapes = layouts(tiling)
        model = None
        for banks in bank_plans(tiling, shapes):
            model = model or CostModel(tiling, shapes, timing)
            cost = model(banks)
            if best is None or cost < best[0]:
                best = cost, tiling, banks
    if best is None:
        raise MappingError(f"no tiling of {problem.m} x {problem.n} x {problem.k} fits the scratchpad of {config.name}")
    cost, tiling, banks = best
    return TiledPlan(problem, config, tiling, banks, timing, round(cost))
