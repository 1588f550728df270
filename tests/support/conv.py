# SPDX-License-Identifier: Apache-2.0
"""Mappings of random convolutions, one of every kind, and which pixels they need by definition."""

import math
import random
from collections import defaultdict
from functools import cache

import numpy as np

from hwgen.compiler.conv.buffers import ConvBuffers
from hwgen.compiler.conv.candidates import candidates
from hwgen.compiler.conv.cost import expected_cycles
from hwgen.compiler.conv.plan import ConvPlan
from hwgen.compiler.conv.random_layers import random_layer
from hwgen.compiler.conv.tiling import Band, ConvTiling, normal
from hwgen.compiler.interpreter.walks import left_out, row_offsets, step_addresses
from hwgen.compiler.loops import offsets
from hwgen.compiler.tiled.plan import default_timing
from hwgen.compiler.tiled.tiling import Phase
from hwgen.config import ClusterConfig, preset

CONFIGS = {name: preset(name) for name in ("datamaestro", "small", "tiny")}
LAYERS = 10
"""Random layers whose mappings are looked at."""
MOST_STEPS = 3000
"""Of the core, in a mapping that is looked at."""
MOST_PHASES = 8
"""Of one mapping that are looked at one by one."""


def kind(tiling: ConvTiling, buffers: ConvBuffers) -> tuple:
    """What tells mappings that go different ways through the compiler."""
    problem = tiling.problem
    return (tiling.gathering, tiling.outer, buffers.kind, len(tiling.chunks) > 1, tiling.whole, len(tiling.bands) > 2,
            tiling.columns < problem.out_size[1], any(problem.padding), problem.groups > 1)


@cache
def mappings(name: str) -> list[tuple[ConvPlan, int]]:
    """One of each kind, none chosen for its speed, each with the seed of its layer."""
    config, found = CONFIGS[name], defaultdict(list)
    for seed in range(LAYERS):
        problem = random_layer(config, seed)
        for divided in (True, False):
            for tiling, buffers in candidates(normal(problem), config, divided=divided):
                if tiling.steps <= MOST_STEPS:
                    found[kind(tiling, buffers)].append((seed, problem, tiling, buffers))
    rng, timing, made = random.Random(name), default_timing(config), []
    for choices in found.values():
        rng.shuffle(choices)
        fitting = ((ConvPlan(problem, config, tiling, buffers, timing, 0), seed) for seed, problem, tiling, buffers in choices
                   if expected_cycles(tiling, buffers, timing) is not None)
        made += [one for one, _ in zip(fitting, range(1), strict=False)]
    return made


def some_phases(tiling: ConvTiling) -> list[Phase]:
    """First and last phase, and a few between them."""
    phases = list(tiling.phases())
    return phases if len(phases) <= MOST_PHASES else [phases[i * (len(phases) - 1) // (MOST_PHASES - 1)] for i in range(MOST_PHASES)]


def kept_apart(problem) -> tuple[int, int]:
    """From one row to the next that any tap sees, and from one column to the next."""
    return tuple(stride if taps == 1 else math.gcd(stride, dilation)
                 for taps, stride, dilation in zip(problem.kernel, problem.stride, problem.dilation, strict=True))


def kept(problem, d: int, first: int, count: int) -> np.ndarray:
    """Rows (``d`` 0) or columns (1) of the image that lie in a tile for positions from ``first`` on, padding included."""
    apart = kept_apart(problem)[d]
    begin = first * problem.stride[d] - problem.padding[2 * d]
    end = begin + (count - 1) * problem.stride[d] + (problem.kernel[d] - 1) * problem.dilation[d]
    return np.arange(begin, end + 1, apart)


def tile_pixels(problem, band: Band) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the image that lie in a band's tile."""
    return kept(problem, 0, band.row, band.rows), kept(problem, 1, band.column, band.columns)


def lanes_read(config: ClusterConfig, fields: dict[str, int]) -> np.ndarray:
    """Byte address of every lane of A in every step, shape (steps, lanes); -1 where a mask leaves it out."""
    streamer = config.streamers["A"]
    lanes = offsets([(streamer.spatial_bounds[0], fields["spatial_stride_0"])])
    every = step_addresses(config, streamer, fields)[:, None] + lanes + row_offsets(streamer, fields)
    out = left_out(streamer, fields)
    return every if out is None else np.where(out, -1, every)
