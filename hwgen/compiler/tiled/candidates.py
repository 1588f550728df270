# SPDX-License-Identifier: Apache-2.0
"""Tilings to compare: sizes of blocks, depths of chunks, products in a phase."""

import itertools
from collections.abc import Iterator

from ...config import ClusterConfig
from ..problem import GemmProblem
from .blocks import stackable
from .compute import operand_loops
from .layout import BlockLayout
from .tiling import Phase, Tiling

SIZES_TRIED = 14
"""Block sizes tried along M and along N."""
DEPTHS_TRIED = 20
"""Depths of chunks of K tried, the deepest first."""
STRIDE = 1.3
"""Ratio between neighboring sizes tried, beyond the first few."""


def even_sizes(tiles: int, most: int) -> list[int]:
    """Sizes up to ``most`` of the largest block where tiles are divided evenly, the smallest first."""
    return sorted({-(-tiles // -(-tiles // size)) for size in range(1, min(tiles, most) + 1)})


def block_sizes(tiles: int, most: int) -> list[int]:
    """Sizes to try: every even division into blocks, thinned out where there are many."""
    sizes = even_sizes(tiles, most)
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
    depths = sorted({depth for size in even_sizes(tiles["k"], limit) for depth in (size, min(tiles["k"], -(-size // beat) * beat)) if depth <= limit}, reverse=True)
    # The results of a phase are in the scratchpad together, of a byte each at least.
    most = memory.size // (tiles["m"] * tiles["n"] * core.m * core.n)
    together = block_sizes(problem.products, most) if stackable(problem, config) else [1]
    for stationary in "ab":
        for k in _thinned(depths)[:DEPTHS_TRIED]:
            for m in block_sizes(tiles["m"], memory.size // (a_tile * k)):
                for n in block_sizes(tiles["n"], (memory.size - m * k * a_tile) // (b_tile * k)):
                    once = Tiling(problem, config, stationary, m, n, k)
                    # Sums that leave must have arrived before they are needed again: not in the very next phase.
                    if once.chunks == 1 or once.counts[1] > 1:
                        yield once
                    if (m, n, k) == (tiles["m"], tiles["n"], tiles["k"]):
                        yield from (Tiling(problem, config, stationary, m, n, k, products=products) for products in together if products > 1)
                    if once.chunks > 1:
                        yield Tiling(problem, config, stationary, m, n, k, keeps_sums=True)


def loops_fit(tiling: Tiling, shapes: dict[str, BlockLayout]) -> bool:
    """Whether every streamer has the loops that its walk needs, and registers wide enough for their bounds."""
    config, core = tiling.config, tiling.config.accelerator.core
    kinds = [[span for span, _ in tiling.spans[name].kinds()] for name in ("m", "n", "k", "batch")]
    walks = {role.upper(): [operand_loops(tiling, shapes[role], role, Phase(m, n, k, 0, True, True, batch))
                            for m, n, k, batch in itertools.product(*kinds)] for role in "ab"}
    # Strides that no neighbor continues, the most loops there can be.
    walks |= {name: [[(tiling.n, 1), (tiling.products * tiling.m, 1 << 20)]] for name in ("C", "D", "E", "P") if name in config.streamers}
    for name, loops in walks.items():
        settings = config.streamers[name]
        if any(len(walk) > settings.temporal_dimensions or any(count >= 1 << settings.bound_width for count, _ in walk) for walk in loops):
            return False
    return tiling.products * tiling.m * tiling.n < 1 << core.tile_width
