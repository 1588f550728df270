# SPDX-License-Identifier: Apache-2.0
"""How a convolution is cut into phases: bands of the result, blocks of filters, chunks of channels."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from ...config import ClusterConfig
from ..tiled.tiling import Phase, Span
from .problem import ConvProblem
from .windows import ChannelWindows, channel_windows

Gathering = Literal["pixels", "patches"]


@dataclass(frozen=True)
class Band:
    """Rows and columns of one image's result.

    Attributes
    ----------
    index : int
    image : int
    row, rows, column, columns : int
    tiles : int
        Of the core's M positions.
    """

    index: int
    image: int
    row: int
    rows: int
    column: int
    columns: int
    tiles: int


@dataclass(frozen=True)
class Chunk:
    """Part of K: blocks of channels of every window, or where patches are gathered all of a patch.

    Attributes
    ----------
    index, first, blocks : int
    tiles : int
        Steps of the core for one tile of the result.
    """

    index: int
    first: int
    blocks: int
    tiles: int


def normal(problem: ConvProblem) -> ConvProblem:
    """The same computation on the same bytes with as few dimensions as possible.

    Pixels that only pass a 1 x 1 kernel, one by one, are a single long row.
    """
    taps = problem.kernel
    problem = replace(problem, dilation=tuple(1 if count == 1 else step for count, step in zip(taps, problem.dilation, strict=True)))
    if taps == (1, 1) and problem.stride == (1, 1) and not any(problem.padding):
        return replace(problem, batch=1, height=1, width=problem.batch * problem.height * problem.width)
    return problem


@dataclass(frozen=True)
class ConvTiling:
    """Sizes of blocks, the order of phases, and what one row of A is.

    Attributes
    ----------
    problem : ConvProblem
        As `normal` has it.
    config : ClusterConfig
    gathering : {"pixels", "patches"}
        Pixels lie once and the loops of A visit the taps; or the copies lay out every patch, for few channels.
    outer : {"m", "n"}
        Bands of the result outside and blocks of filters inside, or the other way round.
    rows, columns : int
        Of the result in a band.
    n : int
        Tiles of filters in a block.
    k : int
        Blocks of channels in a chunk.
    whole : bool
        Tiles of the images hold the channels of all chunks; else of one.
    """

    problem: ConvProblem
    config: ClusterConfig
    gathering: Gathering
    outer: Literal["m", "n"]
    rows: int
    columns: int
    n: int
    k: int
    whole: bool = False

    @cached_property
    def windows(self) -> ChannelWindows:
        return channel_windows(self.problem, self.config)

    @property
    def wraps(self) -> bool:
        """Groups of positions go on from row to row, because A can walk rows, or because all lies in one."""
        streamer = self.config.streamers["A"]
        return self.gathering == "patches" or (streamer.row_wrap and streamer.tail_masks)

    def row_positions(self, band: "Band") -> int:
        """Positions of a row of a band: its columns, or as many as make whole groups."""
        m = self.config.accelerator.core.m
        return band.columns if self.wraps or band.rows == 1 else -(-band.columns // m) * m

    @cached_property
    def bands(self) -> list[Band]:
        m, (height, width) = self.config.accelerator.core.m, self.problem.out_size
        bands = []
        for image in range(self.problem.batch):
            for row in range(0, height, self.rows):
                for column in range(0, width, self.columns):
                    rows, columns = min(self.rows, height - row), min(self.columns, width - column)
                    tiles = -(-rows * columns // m) if self.wraps else rows * -(-columns // m)
                    bands.append(Band(len(bands), image, row, rows, column, columns, tiles))
        return bands

    @cached_property
    def blocks(self) -> list[Span]:
        """Of filters."""
        return self.windows.spans(self.problem.filters, self.config.accelerator.core.n, self.n)

    @cached_property
    def chunks(self) -> list[Chunk]:
        taps = math.prod(self.problem.kernel)
        if self.gathering == "patches":
            return [Chunk(0, 0, 1, -(-self.problem.taps // self.config.accelerator.core.k))]
        firsts = range(0, self.windows.count, self.k)
        return [Chunk(index, first, blocks := min(self.k, self.windows.count - first), taps * blocks) for index, first in enumerate(firsts)]

    @property
    def tile_steps(self) -> int:
        """Steps of the core for one tile of the result, all chunks together."""
        return sum(chunk.tiles for chunk in self.chunks)

    @property
    def steps(self) -> int:
        """Of the core in all."""
        return sum(band.tiles for band in self.bands) * sum(block.tiles for block in self.blocks) * self.tile_steps

    @property
    def phase_count(self) -> int:
        return len(self.bands) * len(self.blocks) * len(self.chunks)

    def phases(self) -> Iterator[Phase]:
        """All phases in order; chunks follow each other directly."""
        outer, inner = (self.bands, self.blocks) if self.outer == "m" else (self.blocks, self.bands)
        for sweep, stays in enumerate(outer):
            for moves in inner:
                band, block = (stays, moves) if self.outer == "m" else (moves, stays)
                for chunk in self.chunks:
                    yield Phase(band, block, chunk, sweep, chunk.index == 0, chunk.index == len(self.chunks) - 1)

    def channel_range(self, phase: Phase) -> tuple[int, int]:
        """First block of channels that a tile of the images holds for a phase, and the one behind the last."""
        if self.gathering == "patches":
            return 0, 1
        firsts = self.windows.firsts[phase.n.first:phase.n.first + phase.n.tiles]
        if self.whole:
            return min(firsts), max(firsts) + self.windows.count
        return min(firsts) + phase.k.first, max(firsts) + phase.k.first + phase.k.blocks

    # What the blocks of the result are made of, as `PhaseJobs` asks for it.

    @property
    def needs_sums(self) -> bool:
        """Blocks of sums pass through the scratchpad."""
        return len(self.chunks) > 1 or not self.problem.quantizes

    @property
    def needs_bias(self) -> bool:
        return self.problem.c == "bias"

    @property
    def needs_parameters(self) -> bool:
        return self.problem.streams_parameters(self.config)
