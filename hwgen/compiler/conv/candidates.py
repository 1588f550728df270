# SPDX-License-Identifier: Apache-2.0
"""Tilings to compare: bands of pixels, blocks of filters, chunks of channels, and where their buffers lie."""

import itertools
from collections.abc import Iterator

from ...config import ClusterConfig
from .buffers import ConvBuffers, place_buffers
from .problem import ConvProblem
from .tiling import ConvTiling
from .windows import channel_windows

SIZES_TRIED = 20
"""Sizes tried of a band's rows, and of blocks of filters."""
PHASES = 100_000
"""Tilings into more phases than that are not looked at."""


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


def candidates(problem: ConvProblem, config: ClusterConfig, *, divided: bool) -> Iterator[tuple[ConvTiling, ConvBuffers]]:
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
