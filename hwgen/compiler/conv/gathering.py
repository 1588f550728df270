# SPDX-License-Identifier: Apache-2.0
"""How a tile of the images lies in the scratchpad, and how A walks it."""

import math
from dataclasses import dataclass
from functools import cached_property

from ...config import ClusterConfig
from ...errors import MappingError
from ..tiled.compute import merged
from ..tiled.tiling import Phase
from .tiling import Band, ConvTiling

Loops = list[tuple[int, int]]

PLENTY = 4
"""Words of a pixel from which on one more does not matter."""


@dataclass(frozen=True)
class Extent:
    """What a band needs of an image along one dimension.

    Attributes
    ----------
    origin : int
        Row or column of the image that comes first, negative within the padding.
    step : int
        From one that is needed to the next.
    count : int
        Needed ones.
    first, end : int
        Of them, those that exist.
    """

    origin: int
    step: int
    count: int
    first: int
    end: int

    @property
    def present(self) -> int:
        return self.end - self.first


def steps_apart(problem) -> tuple[int, int]:
    """Only every so manyth row and column of an image is ever needed."""
    return tuple(stride if taps == 1 else math.gcd(stride, dilation)
                 for taps, stride, dilation in zip(problem.kernel, problem.stride, problem.dilation, strict=True))


def extents(tiling: ConvTiling, band: Band) -> tuple[Extent, Extent]:
    """Rows and columns of the image for a band."""
    problem, made = tiling.problem, []
    for d, (first, count) in enumerate(((band.row, band.rows), (band.column, band.columns))):
        step, size = steps_apart(problem)[d], (problem.height, problem.width)[d]
        origin = first * problem.stride[d] - problem.padding[2 * d]
        needed = ((count - 1) * problem.stride[d] + (problem.kernel[d] - 1) * problem.dilation[d]) // step + 1
        begin = min(needed, max(0, -(origin // step)))
        end = max(begin, min(needed, (size - 1 - origin) // step + 1))
        made.append(Extent(origin, step, needed, begin, end))
    return tuple(made)


def pitch_without_conflicts(words: int, stride: int, lanes: int, banks: int) -> int:
    """Least pitch of pixels so that ``lanes`` of them, every ``stride`` th, begin in different ones of ``banks`` banks.

    Where there are twice as many banks as lanes, and pixels are not small, all lanes are in every second bank: a lane that has been
    held up meets none of the others, and everybody else finds the rest of the banks free.
    """
    spread = banks // lanes
    for wanted in ([spread] if words >= PLENTY else []) + [None]:
        for pitch in range(words, words + banks):
            shared = math.gcd(stride * pitch, banks)
            if shared * lanes <= banks and wanted in (None, shared):
                return pitch
    return words


@dataclass(frozen=True)
class PixelTile:
    """Pixels of an image, each once; row after row, padding included.

    Rows are as far apart as lets the positions of a group go on from row to row without meeting in a bank.

    Attributes
    ----------
    tiling : ConvTiling
    blocks : int
        Words of a pixel at most.
    group : int
        Banks in a group.
    """

    tiling: ConvTiling
    blocks: int
    group: int

    @property
    def config(self) -> ClusterConfig:
        return self.tiling.config

    @cached_property
    def scaled(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Stride and dilation in rows and columns that are kept."""
        problem, apart = self.tiling.problem, steps_apart(self.tiling.problem)
        return (tuple(stride // step for stride, step in zip(problem.stride, apart, strict=True)),
                tuple(dilation // step if taps > 1 else 1
                      for taps, dilation, step in zip(problem.kernel, problem.dilation, apart, strict=True)))

    @cached_property
    def size(self) -> tuple[int, int]:
        """Rows and columns of pixels at most."""
        (down, across), (dilation_down, dilation_across) = self.scaled
        rows, columns = self.tiling.problem.kernel
        return ((self.tiling.rows - 1) * down + (rows - 1) * dilation_down + 1,
                (self.tiling.columns - 1) * across + (columns - 1) * dilation_across + 1)

    @cached_property
    def pitch(self) -> int:
        """Words from pixel to pixel."""
        return pitch_without_conflicts(self.blocks, self.scaled[0][1], self.config.accelerator.core.m, self.group)

    @cached_property
    def row_pitch(self) -> int:
        """Words from row to row."""
        (down, across), _ = self.scaled
        least = self.size[1] * self.pitch
        return next((pitch for pitch in range(least, least + self.group)
                     if (down * pitch - self.tiling.columns * across * self.pitch) % self.group == 0), least)

    @cached_property
    def words(self) -> int:
        """Words of the tile, those read beside it where positions make up whole groups included."""
        m, (_, across), (rows, columns) = self.config.accelerator.core.m, self.scaled[0], self.size
        beside = 0 if self.tiling.wraps else (-self.tiling.columns % m) * across
        return (rows - 1) * self.row_pitch + (columns + beside) * self.pitch

    def offset(self, phase: Phase) -> int:
        """Bytes from the tile's beginning to what a phase needs first."""
        return phase.k.first * self.config.memory.word_bytes if self.tiling.whole else 0

    def walk(self, phase: Phase) -> dict[str, int]:
        """Fields of A but for base and addressing mode."""
        (down, across), (dilation_down, dilation_across) = self.scaled
        rows, columns = self.tiling.problem.kernel
        band, m, word = phase.m, self.config.accelerator.core.m, self.config.memory.word_bytes
        loops = merged([(phase.k.blocks, word), (columns, dilation_across * self.pitch * word), (rows, dilation_down * self.row_pitch * word)])
        loops += filters_loop(self.tiling, phase, word)
        lane = across * self.pitch * word
        if self.tiling.wraps:
            wrap = down * self.row_pitch * word - band.columns * lane
            return nest_fields(self.config, lane, [*loops, (band.tiles, m * lane)], band, (band.columns, wrap))
        return nest_fields(self.config, lane, [*loops, (-(-band.columns // m), m * lane), (band.rows, down * self.row_pitch * word)])


@dataclass(frozen=True)
class PatchTile:
    """A patch for every position of a band, each dense; so the copies do what A's loops do elsewhere.

    Attributes
    ----------
    tiling : ConvTiling
    group : int
    """

    tiling: ConvTiling
    group: int

    @property
    def config(self) -> ClusterConfig:
        return self.tiling.config

    @cached_property
    def pitch(self) -> int:
        """Words from patch to patch."""
        return pitch_without_conflicts(self.tiling.tile_steps, 1, self.config.accelerator.core.m, self.group)

    @cached_property
    def words(self) -> int:
        """Words of the tile, the last group of positions made whole."""
        m = self.config.accelerator.core.m
        return -(-self.tiling.rows * self.tiling.columns // m) * m * self.pitch

    def offset(self, _: Phase) -> int:
        """Patches are whole in every phase."""
        return 0

    def walk(self, phase: Phase) -> dict[str, int]:
        """Fields of A but for base and addressing mode."""
        m, word = self.config.accelerator.core.m, self.config.memory.word_bytes
        lane = self.pitch * word
        loops = [*merged([(phase.k.tiles, word)]), *filters_loop(self.tiling, phase, word), (phase.m.tiles, m * lane)]
        return nest_fields(self.config, lane, loops)


Tile = PixelTile | PatchTile


def filters_loop(tiling: ConvTiling, phase: Phase, word: int) -> Loops:
    """The loop over tiles of filters, along which their windows of channels may move."""
    step = tiling.windows.step(phase.n) if tiling.gathering == "pixels" else 0
    return [(phase.n.tiles, step * word)] if phase.n.tiles > 1 else []


def nest_fields(config: ClusterConfig, lane: int, loops: Loops, band: Band | None = None, row: tuple[int, int] | None = None) -> dict[str, int]:
    """Fields of A's loops; with ``row``, its positions and what its end adds, the last loop walks rows.

    Raises
    ------
    MappingError
        If A has too few loops, or registers too narrow for their bounds.
    """
    settings = config.streamers["A"]
    if len(loops) > settings.temporal_dimensions or any(count >= 1 << settings.bound_width for count, _ in loops):
        raise MappingError(f"streamer A needs {len(loops)} temporal_dimensions for bounds of up to {max(count for count, _ in loops)},"
                           f" not {settings.temporal_dimensions} of {settings.bound_width} bits")
    fields = {"spatial_stride_0": lane}
    for d in range(settings.temporal_dimensions):
        count, stride = loops[d] if d < len(loops) else (1, 0)
        fields |= {f"temporal_bound_{d}": count, f"temporal_stride_{d}": stride}
    if row is not None:
        last, m = len(loops) - 1, config.accelerator.core.m
        fields |= {"row_length": row[0], "row_loop": last, "row_wrap": row[1]}
        if left := band.rows * band.columns % m:
            fields |= {"tail_loops_0": 1 << last, "tail_lanes_0": left}
    return fields
