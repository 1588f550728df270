# SPDX-License-Identifier: Apache-2.0
"""Copies that bring a tile of the images, padding included, into the scratchpad."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import prod

from ...config import ClusterConfig
from ...config.dma import LOAD_STREAMER
from ...errors import MappingError
from ..tiled.compute import dense_strides, merged
from ..tiled.copies import Copy, external_fields
from ..tiled.external import Tensor
from .gathering import Loops, PatchTile, PixelTile, Tile, extents
from .tiling import Band, ConvTiling


@dataclass(frozen=True)
class Target:
    """Where a tile goes: its buffer's base address and banks in a group."""

    base: int
    group: int


def tile_copies(tile: Tile, target: Target, band: Band, channels: tuple[int, int], images: Tensor) -> list[Copy]:
    """What the images hold of a tile.

    Parameters
    ----------
    tile : PixelTile or PatchTile
    target : Target
    band : Band
    channels : (int, int)
        First block of channels, and the one behind the last.
    images : Tensor
    """
    if isinstance(tile, PatchTile):
        return list(_patches(tile, target, band, images))
    return _pixels(tile, target, band, channels, images)


def tile_fills(tile: Tile, target: Target, band: Band, *, again: bool) -> list[Copy]:
    """Padding of a tile; ``again`` if columns at the sides have been filled before and nothing was copied over them."""
    return list(_patch_fills(tile, target, band, again) if isinstance(tile, PatchTile) else _pixel_fills(tile, target, band, again))


def _pixels(tile: PixelTile, target: Target, band: Band, channels: tuple[int, int], images: Tensor) -> list[Copy]:
    """Pixels of a band; one job."""
    config, problem, word = tile.config, tile.tiling.problem, tile.config.memory.word_bytes
    down, across = extents(tile.tiling, band)
    if not down.present or not across.present:
        return []
    first_byte = channels[0] * word
    run = min(channels[1] * word, problem.channels) - first_byte
    row, column = down.origin + down.first * down.step, across.origin + across.first * across.step
    address = images.address + ((band.image * problem.height + row) * problem.width + column) * problem.channels + first_byte
    outside = _joined(run, [(across.present, across.step * problem.channels), (down.present, down.step * problem.width * problem.channels)])
    base = target.base + (down.first * tile.row_pitch + across.first * tile.pitch) * word
    pitch, rows = tile.pitch * word, (down.present, tile.row_pitch * word)
    strides, gathered = _spatial(config, run, pitch)
    if gathered:
        inside = (run * across.present, [(-(-across.present // gathered), gathered * pitch), rows])
    else:
        run, loops = _joined(run, [(across.present, pitch), rows])
        inside = (run, [(-(-run // config.dma.data_bytes), config.dma.data_bytes), *loops])
    return [load_copy(config, Target(base, target.group), *inside, strides, external_fields(config, address, *outside))]


def gathered_pixels(config: ClusterConfig, run: int, pitch: int) -> int:
    """Pixels of ``run`` bytes, ``pitch`` bytes apart, of which one step of L takes a run each; 0 if a step takes words in a row."""
    word = config.memory.word_bytes
    fits = run % word == 0 and run // word in _channels_before(config) and run < config.dma.data_bytes
    return config.dma.data_bytes // run if fits and pitch != run else 0


def _channels_before(config: ClusterConfig) -> list[int]:
    """Channels of L in front of the second of each spatial dimension."""
    bounds = config.dma.load.spatial_bounds
    return [prod(bounds[:d]) for d in range(len(bounds))]


def _spatial(config: ClusterConfig, run: int, pitch: int) -> tuple[tuple[int, ...], int]:
    """Spatial strides of L, and `gathered_pixels`."""
    word, gathered = config.memory.word_bytes, gathered_pixels(config, run, pitch)
    if not gathered:
        return dense_strides(config.dma.load.spatial_bounds, word), 0
    return tuple(count * word if count * word < run else count * word // run * pitch for count in _channels_before(config)), gathered


def _joined(run: int, loops: Loops) -> tuple[int, Loops]:
    """Runs that adjoin are one."""
    loops = merged(loops)
    while loops and loops[0][1] == run:
        run, loops = run * loops[0][0], loops[1:]
    return run, loops


def load_copy(config: ClusterConfig, target: Target, run: int, loops: Loops, strides: tuple[int, ...], engine: dict[str, int]) -> Copy:
    """A job of ``load`` and L: runs of ``run`` bytes, the first of ``loops`` over the steps of one.

    Raises
    ------
    MappingError
        If L has too few loops.
    """
    settings = config.dma.load
    kept = [loops[0], *(loop for loop in loops[1:] if loop[0] > 1)]
    if len(kept) > settings.temporal_dimensions:
        raise MappingError(f"streamer {LOAD_STREAMER} needs {len(kept)} temporal_dimensions to copy tiles of images, not {settings.temporal_dimensions}")
    fields = {"base": target.base, "run_bytes": run} | {f"spatial_stride_{d}": stride for d, stride in enumerate(strides)}
    for d in range(settings.temporal_dimensions):
        count, stride = kept[d] if d < len(kept) else (1, 0)
        fields |= {f"temporal_bound_{d}": count, f"temporal_stride_{d}": stride}
    if len(settings.groups) > 1:
        fields["addressing_mode"] = settings.groups.index(target.group)
    return Copy(engine, fields, prod(count for count, _ in kept))


def filling(problem) -> dict[str, int]:
    """Fields of ``load`` that make it write the images' zero point."""
    return {"fill": 1, "fill_pattern": (problem.a_zero_point & 0xFF) * 0x01010101}


def fill_copy(config: ClusterConfig, problem, target: Target, run: int, loops: Loops) -> Copy:
    """Words filled with the images' zero point: runs of ``run`` bytes from the beginning of a word on."""
    step = config.dma.data_bytes
    strides = dense_strides(config.dma.load.spatial_bounds, config.memory.word_bytes)
    return load_copy(config, target, run, [(-(-run // step), step), *loops], strides,
                     filling(problem) | external_fields(config, 0, run * prod(count for count, _ in loops), []))


def _pixel_fills(tile: PixelTile, target: Target, band: Band, again: bool) -> Iterator[Copy]:
    """Rows above and below, and columns at both sides."""
    config, problem, word = tile.config, tile.tiling.problem, tile.config.memory.word_bytes
    down, across = extents(tile.tiling, band)
    pitch, row_pitch = tile.pitch * word, tile.row_pitch * word
    for first, end in ((0, down.first), (down.end, down.count)):
        if first < end:
            yield fill_copy(config, problem, Target(target.base + first * row_pitch, target.group), across.count * pitch, [(end - first, row_pitch)])
    for first, end in () if again or not down.present else ((0, across.first), (across.end, across.count)):
        if first < end:
            base = target.base + down.first * row_pitch + first * pitch
            yield fill_copy(config, problem, Target(base, target.group), (end - first) * pitch, [(down.present, row_pitch)])


@dataclass(frozen=True)
class _Columns:
    """Neighboring positions of a row whose patches lack the same columns on the left and on the right."""

    first: int
    count: int
    left: int
    right: int


@dataclass(frozen=True)
class _Rows:
    """Neighboring rows of positions whose patches have the same rows of taps."""

    first: int
    count: int
    begin: int
    end: int


def _columns(tiling: ConvTiling, band: Band) -> list[_Columns]:
    problem, taps = tiling.problem, tiling.problem.kernel[1]
    missing = []
    for column in range(band.column, band.column + band.columns):
        x = column * problem.stride[1] - problem.padding[2]
        missing.append((min(taps, max(0, -x)), min(taps, max(0, x + taps - problem.width))))
    return [_Columns(first, count, *key) for first, count, key in _alike(missing)]


def _rows(tiling: ConvTiling, band: Band) -> list[_Rows]:
    problem, taps, step = tiling.problem, tiling.problem.kernel[0], tiling.problem.dilation[0]
    present = []
    for row in range(band.row, band.row + band.rows):
        y = row * problem.stride[0] - problem.padding[0]
        begin = min(taps, max(0, -(y // step)))
        present.append((begin, max(begin, min(taps, (problem.height - 1 - y) // step + 1))))
    return [_Rows(first, count, *key) for first, count, key in _alike(present)]


def _alike(keys: list) -> Iterator[tuple[int, int, tuple]]:
    """First index and length of each stretch of equal keys."""
    first = 0
    for key, members in groupby(keys):
        count = sum(1 for _ in members)
        yield first, count, key
        first += count


def _patches(tile: PatchTile, target: Target, band: Band, images: Tensor) -> Iterator[Copy]:
    """A run for each row of taps of each patch."""
    config, problem = tile.config, tile.tiling.problem
    channels, across = problem.channels, problem.kernel[1]
    line = problem.width * channels
    for rows in _rows(tile.tiling, band):
        for columns in _columns(tile.tiling, band):
            part = _Taps(rows.begin, rows.end - rows.begin, columns.left, across - columns.left - columns.right)
            if part.rows <= 0 or part.columns <= 0:
                continue
            y = (band.row + rows.first) * problem.stride[0] - problem.padding[0] + rows.begin * problem.dilation[0]
            x = (band.column + columns.first) * problem.stride[1] - problem.padding[2] + columns.left
            address = images.address + ((band.image * problem.height + y) * problem.width + x) * channels
            outside = [(columns.count, problem.stride[1] * channels), (part.rows, problem.dilation[0] * line), (rows.count, problem.stride[0] * line)]
            base, run, loops = _patch_loops(tile, target, band, rows, columns, part)
            yield load_copy(config, base, run, loops, dense_strides(config.dma.load.spatial_bounds, config.memory.word_bytes),
                            external_fields(config, address, run, [loop for loop in outside if loop[0] > 1]))


@dataclass(frozen=True)
class _Taps:
    """Part of a patch: rows of taps, and of each some columns."""

    row: int
    rows: int
    column: int
    columns: int


def _patch_loops(tile: PatchTile, target: Target, band: Band, rows: _Rows, columns: _Columns, part: _Taps) -> tuple[Target, int, Loops]:
    """Where a part of neighboring patches begins, the bytes of a run, and the loops over runs."""
    config, problem, word = tile.config, tile.tiling.problem, tile.config.memory.word_bytes
    pitch, tap_bytes = tile.pitch * word, problem.kernel[1] * problem.channels
    base = target.base + (rows.first * band.columns + columns.first) * pitch + part.row * tap_bytes + part.column * problem.channels
    run = part.columns * problem.channels
    begins = [(base + tap * tap_bytes) % word for tap in range(part.rows)]
    steps = -(-(max(begins) + run) // config.dma.data_bytes)
    return Target(base, target.group), run, [(steps, config.dma.data_bytes), (columns.count, pitch), (part.rows, tap_bytes),
                                             (rows.count, band.columns * pitch)]


def _patch_fills(tile: PatchTile, target: Target, band: Band, again: bool) -> Iterator[Copy]:
    """Rows of taps above and below the image, and columns of taps to its left and right."""
    config, problem = tile.config, tile.tiling.problem
    down, across = problem.kernel
    for rows in _rows(tile.tiling, band):
        parts = [(_Columns(0, band.columns, 0, 0), _Taps(first, end - first, 0, across))
                 for first, end in ((0, rows.begin), (rows.end, down)) if first < end]
        for columns in () if again else _columns(tile.tiling, band):
            parts += [(columns, _Taps(rows.begin, rows.end - rows.begin, first, count))
                      for first, count in ((0, columns.left), (across - columns.right, columns.right)) if count and rows.begin < rows.end]
        for columns, part in parts:
            base, run, loops = _patch_loops(tile, target, band, rows, columns, part)
            count = columns.count * part.rows * rows.count
            yield load_copy(config, base, run, loops, dense_strides(config.dma.load.spatial_bounds, config.memory.word_bytes),
                            filling(problem) | external_fields(config, 0, run * count, []))
