# SPDX-License-Identifier: Apache-2.0
"""Where the buffers of a convolution lie: tiles of images, results and sums in one half of the banks, filters in the other."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...config import ClusterConfig
from ..tiled.external import parameter_words
from ..tiled.layout import BlockLayout, block_layout
from ..tiled.places import Buffer
from .gathering import PatchTile, PixelTile, Tile
from .tiling import ConvTiling

ROLES = ("sums", "result", "bias", "p")
"""What lies beside the operands."""


@dataclass(frozen=True)
class ConvBuffers:
    """Buffers of each role, and what they are made for.

    Attributes
    ----------
    kind : {"halves", "quarters", "interleaved"}
    tile : PixelTile or PatchTile
    layouts : dict of BlockLayout
    pools : dict of tuple of Buffer
    """

    kind: str
    tile: Tile
    layouts: dict[str, BlockLayout]
    pools: dict[str, tuple[Buffer, ...]]

    @property
    def beside(self) -> bool:
        """Results or sums lie in the same half of the banks as images."""
        groups = {pool[0].group for role, pool in self.pools.items() if role in ("result", "sums")}
        return self.kind != "interleaved" and self.pools["a"][0].group in groups


def make_tile(tiling: ConvTiling, group: int) -> Tile:
    """Geometry of the images' tiles in groups of so many banks."""
    if tiling.gathering == "patches":
        return PatchTile(tiling, group)
    firsts = tiling.windows.firsts
    moved = max(firsts[span.first + span.tiles - 1] - firsts[span.first] for span in tiling.blocks)
    return PixelTile(tiling, moved + (tiling.windows.count if tiling.whole else max(chunk.blocks for chunk in tiling.chunks)), group)


def block_layouts(tiling: ConvTiling) -> dict[str, BlockLayout]:
    """Layouts of sums, results, biases and parameters."""
    config, core = tiling.config, tiling.config.accelerator.core
    rows, columns = max(band.tiles for band in tiling.bands), max(span.tiles for span in tiling.blocks)
    made = {}
    if tiling.needs_sums:
        made["sums"] = block_layout(config, "D", rows, columns, core.m, core.n * core.accumulator_width, "sums")
    if tiling.problem.quantizes:
        made["result"] = block_layout(config, "E", rows, columns, core.m, core.n * 8, "the result")
    for role, streamer, bits in (("bias", "C", core.n * core.accumulator_width), ("p", "P", None)):
        if tiling.needs_bias if role == "bias" else tiling.needs_parameters:
            whole = block_layout(config, streamer, 1, columns, 1, bits or parameter_words(config) * config.memory.bank_width, role)
            made[role] = BlockLayout(streamer, 1, columns, 1, whole.row_words, whole.word_bytes, (whole.row_words,), whole.reach)
    return made


def divides(config: ClusterConfig) -> bool:
    """Whether halves and quarters of the banks can be had, each wide enough for an operand."""
    half, quarter = config.memory.banks // 2, config.memory.banks // 4
    return {half, quarter} <= _modes(config) and quarter >= max(config.streamers["A"].channels, config.streamers["B"].channels)


def _modes(config: ClusterConfig) -> set[int]:
    """Addressing modes that all streamers have."""
    return set.intersection(*(set(streamer.groups) for streamer in config.all_streamers.values()))


def place_buffers(tiling: ConvTiling, *, divided: bool) -> Iterator[ConvBuffers]:
    """Buffers of a tiling, two for each operand if they fit; none if not even one does.

    Parameters
    ----------
    tiling : ConvTiling
    divided : bool
        Images in one half of the banks and filters in the other; else all over all banks.
    """
    layouts = block_layouts(tiling)
    for a_count, b_count in ((2, 2), (1, 2), (2, 1), (1, 1)):
        if divided:
            found = [_halves(tiling, layouts, a_count, b_count), *([_quarters(tiling, layouts, a_count)] if b_count == 2 else [])]
        else:
            found = [_interleaved(tiling, layouts, max(_modes(tiling.config)), a_count, b_count)]
        if any(found):
            yield from filter(None, found)
            return


def _counts(tiling: ConvTiling, a_count: int, b_count: int) -> dict[str, int]:
    """Buffers wanted of each role."""
    blocks = len(tiling.bands) * len(tiling.blocks)
    return {"a": min(a_count, len(tiling.bands) * len(tiling.blocks) * (1 if tiling.whole else len(tiling.chunks))), "b": min(b_count, len(tiling.blocks) * len(tiling.chunks)),
            "sums": min(2, blocks), "result": min(2, blocks), "bias": min(2, len(tiling.blocks)), "p": min(2, len(tiling.blocks))}


def weight_words(tiling: ConvTiling) -> int:
    """Words of a block of filters, one chunk of it."""
    core = tiling.config.accelerator.core
    return max(span.tiles for span in tiling.blocks) * max(chunk.tiles for chunk in tiling.chunks) * core.k * core.n // tiling.config.memory.word_bytes


class _Region:
    """Buffers one after the other, each from a row of the group's banks on."""

    def __init__(self, config: ClusterConfig, group: int, first: int, limit: int):
        self.word, self.group, self.at, self.limit = config.memory.word_bytes, group, first, limit

    def take(self, name: str, words: int) -> Buffer | None:
        words = -(-words // self.group) * self.group
        if self.at + words > self.limit:
            return None
        made = Buffer(name, self.at * self.word, self.group, words * self.word)
        self.at += words
        return made

    def pool(self, name: str, words: int, count: int) -> tuple[Buffer, ...] | None:
        made = tuple(self.take(f"{name}{index}", words) for index in range(count))
        return None if None in made else made


def _beside(tiling: ConvTiling, layouts: dict[str, BlockLayout], counts: dict[str, int], region: _Region) -> dict | None:
    """Buffers of everything but operands; a step of a copy engine's slack behind each lets the last run end anywhere."""
    slack = tiling.config.dma.data_width // tiling.config.memory.bank_width
    pools = {}
    for role in ROLES:
        if role in layouts:
            made = region.pool(role, layouts[role].words + slack + layouts[role].column_pitch, counts[role])
            if made is None:
                return None
            pools[role] = made
    return pools


def _images(tiling: ConvTiling, count: int) -> tuple[Tile, tuple[Buffer, ...] | None, _Region]:
    """Images in the lower half of the banks, of which A leaves every second free in each cycle."""
    half = tiling.config.memory.banks // 2
    tile, region = make_tile(tiling, half), _Region(tiling.config, half, 0, half * tiling.config.memory.bank_depth)
    return tile, region.pool("a", tile.words, count), region


def _quarter(config: ClusterConfig, number: int) -> _Region:
    """A quarter of the banks; a step of a copy engine is left free at the end of the memory."""
    quarter = config.memory.banks // 4
    each, slack = quarter * config.memory.bank_depth, config.dma.data_width // config.memory.bank_width
    return _Region(config, quarter, number * each, (number + 1) * each - slack * (number == 3))


def _halves(tiling: ConvTiling, layouts: dict, a_count: int, b_count: int) -> ConvBuffers | None:
    """Filters in the third and fourth quarter by turns, everything else beside the images."""
    config, counts = tiling.config, _counts(tiling, a_count, b_count)
    tile, a, region = _images(tiling, counts["a"])
    b = tuple(_quarter(config, 2 + number).take(f"b{number}", weight_words(tiling)) for number in range(counts["b"]))
    if a is None or None in b or counts["b"] == 1:
        return None
    beside = _beside(tiling, layouts, counts, region)
    return None if beside is None else ConvBuffers("halves", tile, layouts, {"a": a, "b": b} | beside)


def _quarters(tiling: ConvTiling, layouts: dict, a_count: int) -> ConvBuffers | None:
    """All filters in the third quarter, everything else in the fourth, out of the way of the images."""
    config, counts = tiling.config, _counts(tiling, a_count, 1)
    tile, a, region = _images(tiling, counts["a"])
    # B takes every bank of its quarter in every cycle: later on, further filters would hardly get in.
    b = _quarter(config, 2).pool("b", weight_words(tiling), len(tiling.blocks) * len(tiling.chunks))
    if a is None or b is None:
        return None
    for place in (_quarter(config, 3), region):
        beside = _beside(tiling, layouts, counts, place)
        if beside is not None:
            return ConvBuffers("quarters", tile, layouts, {"a": a, "b": b} | beside)
    return None


def _interleaved(tiling: ConvTiling, layouts: dict, group: int, a_count: int, b_count: int) -> ConvBuffers | None:
    """One buffer after the other over as many banks as one mode interleaves."""
    config, counts, tile = tiling.config, _counts(tiling, a_count, b_count), make_tile(tiling, group)
    region = _Region(config, group, 0, config.memory.words - config.dma.data_width // config.memory.bank_width)
    a, b = region.pool("a", tile.words, counts["a"]), region.pool("b", weight_words(tiling), counts["b"])
    beside = _beside(tiling, layouts, counts, region)
    return None if a is None or b is None or beside is None else ConvBuffers("interleaved", tile, layouts, {"a": a, "b": b} | beside)
