# SPDX-License-Identifier: Apache-2.0
"""Filters as the core takes them, arranged once, beforehand: they are constants."""

import numpy as np

from .tiling import ConvTiling


def arranged_weights(tiling: ConvTiling, filters: np.ndarray) -> np.ndarray:
    """Tiles of K x N weights in the order in which the core takes them, block by block.

    For each tile of filters: chunks of channels; in each, taps row by row, and for each tap the chunk's blocks of
    channels. Where patches are gathered, the elements of a patch without a break. What is no weight is the zero point,
    so that whatever it is multiplied by adds nothing.

    Parameters
    ----------
    tiling : ConvTiling
    filters : array of 8-bit integers, shape (filters, rows, columns, channels of a group)

    Returns
    -------
    array of uint8, shape (tiles of filters, bytes)
    """
    problem, core = tiling.problem, tiling.config.accelerator.core
    rows, columns = problem.kernel
    tiles = -(-problem.filters // core.n)
    raw = np.ascontiguousarray(filters).view(np.uint8)
    zero = problem.b_zero_point & 0xFF
    made = np.empty((tiles, tiling.tile_steps, core.k, core.n), np.uint8)
    for tile in range(tiles):
        mine = range(tile * core.n, min((tile + 1) * core.n, problem.filters))
        if tiling.gathering == "patches":
            flat = np.full((core.n, tiling.tile_steps * core.k), zero, np.uint8)
            flat[:len(mine), :problem.taps] = raw[mine.start:mine.stop].reshape(len(mine), -1)
            made[tile] = flat.reshape(core.n, -1, core.k).transpose(1, 2, 0)
            continue
        windowed = _windowed(tiling, raw, tile, mine, zero).reshape(core.n, rows, columns, -1, core.k)
        at = 0
        for chunk in tiling.chunks:
            steps = rows * columns * chunk.blocks
            part = windowed[:, :, :, chunk.first:chunk.first + chunk.blocks]
            made[tile, at:at + steps] = part.reshape(core.n, steps, core.k).transpose(1, 2, 0)
            at += steps
    return made.reshape(tiles, -1)


def _windowed(tiling: ConvTiling, raw: np.ndarray, tile: int, mine: range, zero: int) -> np.ndarray:
    """A tile's filters over all channels of its window, shape (N, rows, columns, channels)."""
    problem, windows, core = tiling.problem, tiling.windows, tiling.config.accelerator.core
    inputs, outputs = problem.channels // problem.groups, problem.filters // problem.groups
    made = np.full((core.n, *problem.kernel, windows.count * core.k), zero, np.uint8)
    for lane, filter_ in enumerate(mine):
        first = filter_ // outputs * inputs - windows.firsts[tile] * core.k
        made[lane, :, :, first:first + inputs] = raw[filter_]
    return made


def weight_bytes(tiling: ConvTiling) -> int:
    """Bytes of one tile of filters."""
    core = tiling.config.accelerator.core
    return tiling.tile_steps * core.k * core.n
