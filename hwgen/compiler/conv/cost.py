# SPDX-License-Identifier: Apache-2.0
"""Cycles that a tiling of a convolution is expected to take: core, copies and bus, block by block."""

import math
from functools import cache

from ...errors import MappingError
from ..tiled.cost import BUS_WEIGHT, PIPELINE, ExternalTiming, bus_beats
from ..tiled.tiling import Phase
from .buffers import ConvBuffers
from .gathering import PatchTile, extents
from .loads import gathered_pixels
from .schedule import schedule
from .tiling import ConvTiling

INTERLEAVED = 1.15
"""Cycles per step where both operands share all banks: they meet now and then."""
PHASE_CYCLES = 1
"""Lost from one phase to the next."""
SUMS_DISTURB, RESULTS_DISTURB, SHORT_DISTURB = 0.6, 0.12, 1.0
"""Cycles that A loses for a tile of sums written or read, for a tile of results, and for one of a few steps, in its half of the banks; as measured."""


def quick_estimate(tiling: ConvTiling, buffers: ConvBuffers, timing: ExternalTiming) -> float:
    """Cycles of a tiling if everything overlaps that can, without looking at phases one by one."""
    config, problem, core = tiling.config, tiling.problem, tiling.config.accelerator.core
    beat, tiles = config.dma.data_bytes, sum(band.tiles for band in tiling.bands) * len(tiling.windows.firsts)
    blocks = max(block.tiles for block in tiling.blocks)
    weights = len(tiling.windows.firsts) * tiling.tile_steps * core.k * core.n / beat
    disturbed, first = 0.0, tiling.bands[0]
    down, across = extents(tiling, first)
    lines = first.rows * first.columns * problem.kernel[0] if tiling.gathering == "patches" else down.present * across.present * problem.channels / beat
    if buffers.kind == "quarters":
        disturbed += weights
    images, many = lines * len(tiling.bands), len(tiling.bands) > 1 or (len(tiling.chunks) > 1 and not tiling.whole)
    if tiling.outer == "m":
        weights *= len(tiling.bands) if buffers.kind != "quarters" and len(tiling.blocks) * len(tiling.chunks) > 2 else 1
        images *= len(tiling.blocks) if len(tiling.chunks) > len(buffers.pools["a"]) and not tiling.whole else 1
    else:
        images *= len(tiling.blocks) if many else 1
    if buffers.beside:
        disturbed += tiles * (2 * SUMS_DISTURB * (len(tiling.chunks) - 1) + results_disturb(tiling))
    if many and len(buffers.pools["a"]) == 1:
        disturbed += images
    if len(tiling.blocks) * len(tiling.chunks) > 1 and len(buffers.pools["b"]) == 1:
        disturbed += weights
    ends = lines + blocks * tiling.chunks[0].tiles * core.k * core.n / beat + first.rows * first.columns * blocks * core.n / beat
    return max(tiling.steps + disturbed + tiling.phase_count * PHASE_CYCLES, images + weights, tiling.phase_count * timing.issue) + ends


def results_disturb(tiling: ConvTiling) -> float:
    """Cycles that A loses for a tile of results; with groups it stays in the same banks for long."""
    return RESULTS_DISTURB if tiling.problem.groups == 1 else SHORT_DISTURB


def expected_cycles(tiling: ConvTiling, buffers: ConvBuffers, timing: ExternalTiming, best: float | None = None) -> float | None:
    """Cycles from the first job to the last byte.

    Copies in are carried out one after the other, each as soon as its buffer is free; the core takes phases in order, each as
    soon as its blocks are there; results go out behind.

    Parameters
    ----------
    tiling, buffers, timing
    best : float, optional
        More than that is of no interest.

    Returns
    -------
    float or None
        None if it would be more than ``best``, or a walk does not fit its streamer.
    """
    phases = list(tiling.phases())
    if not _fits(tiling, buffers, phases):
        return None
    plan = schedule(tiling, {role: len(pool) for role, pool in buffers.pools.items()})
    model = _Blocks(tiling, buffers)
    rate = tiling.config.dma.data_bytes / timing.bandwidth
    slower = INTERLEAVED if buffers.kind == "interleaved" else 1.0
    arrivals = [0.0] * len(phases)
    ends: list[float] = []
    stores = bus = moved = 0.0
    core = tiling.config.accelerator.core
    loads = len(tiling.windows.firsts) * tiling.tile_steps * core.k * core.n / tiling.config.dma.data_bytes if buffers.kind == "quarters" else 0.0
    fetches = iter(plan.fetches)
    fetch = next(fetches, None)
    for number, phase in enumerate(phases):
        while fetch is not None and fetch.needed == number:
            work = model.load(fetch.role, phase)
            if fetch.role == "b" and buffers.kind == "quarters" and number:
                # All have been loaded beforehand.
                work = None
            if work is not None:
                steps, beats = work
                moved += beats
                begin = max(loads, ends[fetch.free] if fetch.free >= 0 else 0.0)
                loads = max(begin + steps, bus * (begin < bus) + begin * (begin >= bus) + beats * rate)
                bus = max(bus, begin) + beats * rate
                arrivals[number] = loads + timing.latency * (number == 0) + PIPELINE
            fetch = next(fetches, None)
        begin = max(ends[-1] if ends else 0.0, arrivals[number], number * timing.issue)
        ends.append(begin + phase.steps * slower + PHASE_CYCLES + phase.tiles * model.disturbance(phase))
        if phase.last:
            steps, beats = model.store(phase)
            stores = max(stores, ends[-1]) + max(steps, beats * rate)
            bus += beats * rate
        if best is not None and ends[-1] >= best:
            return None
    return max(stores, bus) + timing.latency + PIPELINE + BUS_WEIGHT * moved


def _fits(tiling: ConvTiling, buffers: ConvBuffers, phases: list[Phase]) -> bool:
    """Whether every streamer has the loops that its walk needs, and registers wide enough."""
    config = tiling.config
    core = config.accelerator.core
    kinds = {(phase.m.rows, phase.m.columns, phase.n.tiles, phase.k.tiles): phase for phase in phases}
    try:
        for phase in kinds.values():
            buffers.tile.walk(phase)
    except MappingError:
        return False
    most = max(band.tiles for band in tiling.bands) * max(block.tiles for block in tiling.blocks)
    depth = max(chunk.tiles for chunk in tiling.chunks)
    widths = [config.streamers[name].bound_width for name in ("B", "C", "D", "E")]
    return most < 1 << core.tile_width and depth < 1 << core.step_width and max(most, depth * max(b.tiles for b in tiling.blocks)) < 1 << min(widths)


class _Blocks:
    """Cycles of the copy engine's streamer and beats of the bus for each block."""

    def __init__(self, tiling: ConvTiling, buffers: ConvBuffers):
        self.tiling, self.buffers = tiling, buffers
        self.beat = tiling.config.dma.data_bytes
        self.images = cache(self._images)

    def load(self, role: str, phase: Phase) -> tuple[float, float] | None:
        core = self.tiling.config.accelerator.core
        if role == "a":
            band = phase.m
            return self.images(self._shape(band), self.tiling.channel_range(phase))
        if role == "b":
            size = phase.n.tiles * phase.k.tiles * core.k * core.n
            return size / self.beat, size / self.beat + 1
        if role in ("bias", "p"):
            return phase.n.tiles, phase.n.tiles
        return None

    def _shape(self, band) -> tuple:
        down, across = extents(self.tiling, band)
        return down.present, across.present, down.step, across.step, band.rows, band.columns

    def _images(self, shape: tuple, channels: tuple[int, int]) -> tuple[float, float]:
        """Of a tile of the images; padding is nearly always filled once only."""
        problem, word = self.tiling.problem, self.tiling.config.memory.word_bytes
        rows, columns, _, column_step, out_rows, out_columns = shape
        if not rows or not columns:
            return 0, 0
        if isinstance(self.buffers.tile, PatchTile):
            run, count = problem.kernel[1] * problem.channels, out_rows * out_columns * problem.kernel[0]
            return count * math.ceil((run + word - 1) / self.beat), count * (1 + (run - 1) / self.beat)
        run = min(channels[1] * word, problem.channels) - channels[0] * word
        pitch = self.buffers.tile.pitch * word
        if pitch == run or gathered_pixels(self.tiling.config, run, pitch):
            steps = rows * math.ceil(columns * run / self.beat)
        else:
            steps = rows * columns * math.ceil(run / self.beat)
        if run == problem.channels and column_step == 1:
            return steps, rows * bus_beats(1, columns * run, columns * run, 8, self.beat)
        return steps, rows * bus_beats(columns, run, column_step * problem.channels, 8, self.beat)

    def disturbance(self, phase: Phase) -> float:
        """Cycles that A loses for each tile of the result."""
        lost = 0.0
        if self.buffers.beside:
            wide = not self.tiling.problem.quantizes
            lost = SUMS_DISTURB * ((not phase.first) + (not phase.last or wide)) + results_disturb(self.tiling) * (phase.last and not wide)
        return lost

    def store(self, phase: Phase) -> tuple[float, float]:
        core, problem, band = self.tiling.config.accelerator.core, self.tiling.problem, phase.m
        size = 1 if problem.quantizes else core.accumulator_width // 8
        run, pixels = phase.n.elements * size, band.rows * band.columns
        return pixels * math.ceil(run / self.beat), bus_beats(pixels, run, problem.filters * size, 8, self.beat)
