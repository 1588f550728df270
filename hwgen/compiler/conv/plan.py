# SPDX-License-Identifier: Apache-2.0
"""The tiling with the fewest expected cycles, and all that follows from it."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ...config import ClusterConfig
from ...errors import MappingError
from ..elements import check_types
from ..jobs import Job
from ..problem import compulsory_bytes, gemm_accelerator
from ..program import Program
from ..rescaling_fields import check_quantizer
from ..tiled.buffers import external_buffers, scratchpad_buffers
from ..tiled.cost import ExternalTiming
from ..tiled.external import ExternalMap
from ..tiled.plan import default_timing
from .buffers import ConvBuffers, divides, place_buffers
from .cost import expected_cycles, quick_estimate
from .external import load_conv_result, place_conv, store_conv
from .jobs import ConvJobs
from .problem import ConvProblem
from .tiling import ConvTiling, normal
from .windows import channel_windows

SIZES_TRIED = 20
"""Sizes tried of a band's rows, and of blocks of filters."""
PHASES = 100_000
"""Tilings into more phases than that are not looked at."""
EVALUATED = 40
"""Tilings looked at phase by phase, those first that look best at a glance."""
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
        ``total_cycles`` by the cost model.
    """

    problem: ConvProblem
    config: ClusterConfig
    tiling: ConvTiling
    buffers: ConvBuffers
    timing: ExternalTiming
    expected_cycles: int

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
            "expected_cycles": self.expected_cycles,
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


def _sizes(whole: int, grain: int = 1) -> list[int]:
    """Sizes to try, the largest first: even shares of the whole, in multiples of ``grain`` where it can be."""
    found = set()
    for count in range(1, whole + 1):
        share = -(-whole // count)
        found |= {share, min(whole, -(-share // grain) * grain)}
        if len(found) > 3 * SIZES_TRIED:
            break
    found |= {1, min(grain, whole)}
    sizes = sorted(found, reverse=True)
    return sizes if len(sizes) <= SIZES_TRIED else sorted({sizes[i * (len(sizes) - 1) // (SIZES_TRIED - 1)] for i in range(SIZES_TRIED)}, reverse=True)


def _bands(problem: ConvProblem, config: ClusterConfig) -> Iterator[tuple[int, int]]:
    """Rows and columns of bands: whole rows, or parts of single ones."""
    m, (height, width) = config.accelerator.core.m, problem.out_size
    grain = next(rows for rows in range(1, m + 1) if rows * width % m == 0)
    for rows in _sizes(height, grain):
        yield rows, width
    for columns in _sizes(width, m):
        if columns < width:
            yield 1, columns


def _placed(problem: ConvProblem, config: ClusterConfig, *, divided: bool) -> Iterator[tuple[ConvTiling, ConvBuffers]]:
    """Tilings to compare, each with its buffers; chunks as deep as lets both operands have two."""
    windows, core = channel_windows(problem, config), config.accelerator.core
    tiles = -(-problem.filters // core.n)
    gatherings = ["pixels"]
    if problem.groups == 1 and problem.dilation[1] == 1 and problem.channels % core.k and problem.kernel != (1, 1):
        gatherings.append("patches")
    for gathering, outer in itertools.product(gatherings, "mn"):
        depths = _sizes(windows.count) if gathering == "pixels" and problem.groups == 1 else [windows.count]
        for (rows, columns), n in itertools.product(_bands(problem, config), _sizes(tiles)):
            pieces = problem.batch * -(-problem.out_size[0] // rows) * -(-problem.out_size[1] // columns) * -(-tiles // n)
            for depth in depths:
                if pieces * -(-windows.count // depth) > PHASES:
                    break
                ways = [False, True] if depth < windows.count else [False]
                found = []
                for whole in ways:
                    tiling = ConvTiling(problem, config, gathering, outer, rows, columns, n, depth, whole)
                    found += [(tiling, buffers) for buffers in place_buffers(tiling, divided=divided)]
                yield from found
                if any(all(len(buffers.pools[role]) == 2 for role in "ab") for _, buffers in found) or len(depths) == 1:
                    break


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


def plan_conv(problem: ConvProblem, config: ClusterConfig, timing: ExternalTiming | None = None) -> ConvPlan:
    """The best of all tilings by the cost model.

    Raises
    ------
    MappingError
        If the cluster has no external memory or lacks a feature, or no tiling fits its scratchpad.
    """
    check_conv(problem, config)
    timing = timing or default_timing(config)
    best: tuple[float, ConvTiling, ConvBuffers] | None = None
    evaluated = 0
    found = divides(config) and list(_placed(normal(problem), config, divided=True)) or list(_placed(normal(problem), config, divided=False))
    offered = sorted((quick_estimate(tiling, buffers, timing), index, tiling, buffers) for index, (tiling, buffers) in enumerate(found))
    for quick, _, tiling, buffers in offered:
        if best is not None and (evaluated >= EVALUATED or quick >= best[0] * WORSE):
            break
        cost = expected_cycles(tiling, buffers, timing, best and best[0])
        evaluated += 1
        if cost is not None and (best is None or cost < best[0]):
            best = cost, tiling, buffers
    if best is None:
        raise MappingError(f"no tiling of a convolution of {problem.height} x {problem.width} x {problem.channels} with {problem.filters} filters fits"
                           f" the scratchpad of {config.name}")
    cost, tiling, buffers = best
    return ConvPlan(problem, config, tiling, buffers, timing, round(cost))
