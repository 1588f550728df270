# SPDX-License-Identifier: Apache-2.0
"""Where the buffers of a convolution lie: tiles of images, results and sums in one half of the banks, filters in the other."""

from dataclasses import dataclass

from ...config import ClusterConfig
from ..tiled.layout import BlockLayout, block_layout
from ..tiled.external import parameter_words
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
    kind : {"halves", "interleaved"}
    tile : PixelTile or PatchTile
    layouts : dict of BlockLayout
    pools : dict of tuple of Buffer
    """

    kind: str
    tile: Tile
    layouts: dict[str, BlockLayout]
    pools: dict[str, tuple[Buffer, ...]]


def make_tile(tiling: ConvTiling, group: int) -> Tile:
    """Geometry of the images' tiles in groups of so many banks."""
    if tiling.gathering == "patches":
        return PatchTile(tiling, group)
    firsts = tiling.windows.firsts
    moved = max(firsts[span.first + span.tiles - 1] - firsts[span.first] for span in tiling.blocks)
    return PixelTile(tiling, moved + max(chunk.blocks for chunk in tiling.chunks), group)


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


def place_buffers(tiling: ConvTiling) -> ConvBuffers | None:
    """Buffers of a tiling, two for each operand if they fit; None if not even one does."""
    config = tiling.config
    memory, layouts = config.memory, block_layouts(tiling)
    half, quarter = memory.banks // 2, memory.banks // 4
    modes = set.intersection(*(set(streamer.groups) for streamer in config.all_streamers.values()))
    divided = {half, quarter} <= modes and quarter >= max(config.streamers["A"].channels, config.streamers["B"].channels)
    for a_count, b_count in ((2, 2), (1, 2), (2, 1), (1, 1)):
        found = _halves(tiling, layouts, half, quarter, a_count, b_count) if divided else None
        found = found or _interleaved(tiling, layouts, max(modes), a_count, b_count)
        if found is not None:
            return found
    return None


def _counts(tiling: ConvTiling, a_count: int, b_count: int) -> dict[str, int]:
    """Buffers wanted of each role."""
    blocks = len(tiling.bands) * len(tiling.blocks)
    return {"a": min(a_count, len(tiling.bands) * len(tiling.blocks) * len(tiling.chunks)), "b": min(b_count, len(tiling.blocks) * len(tiling.chunks)),
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


def _halves(tiling: ConvTiling, layouts: dict, half: int, quarter: int, a_count: int, b_count: int) -> ConvBuffers | None:
    """Images in the lower half of the banks, where A leaves every second bank free in each cycle; filters in quarters by turns."""
    config, counts = tiling.config, _counts(tiling, a_count, b_count)
    depth = config.memory.bank_depth
    slack = config.dma.data_width // config.memory.bank_width
    tile, weights = make_tile(tiling, half), weight_words(tiling)
    if weights > quarter * depth - slack:
        return None
    images = _Region(config, half, 0, half * depth)
    a = images.pool("a", tile.words, counts["a"])
    quarters = [_Region(config, quarter, number * quarter * depth, (number + 1) * quarter * depth - slack * (number == 3)) for number in (2, 3)]
    b = tuple(quarters[number].take(f"b{number}", weights) for number in range(counts["b"]))
    if a is None or None in b:
        return None
    for region in ([quarters[1]] if counts["b"] == 1 else []) + [images]:
        beside = _beside(tiling, layouts, counts, region)
        if beside is not None:
            return ConvBuffers("halves", tile, layouts, {"a": a, "b": b} | beside)
    return None


def _interleaved(tiling: ConvTiling, layouts: dict, group: int, a_count: int, b_count: int) -> ConvBuffers | None:
    """One buffer after the other over as many banks as one mode interleaves."""
    config, counts, tile = tiling.config, _counts(tiling, a_count, b_count), make_tile(tiling, group)
    region = _Region(config, group, 0, config.memory.words - config.dma.data_width // config.memory.bank_width)
    a, b = region.pool("a", tile.words, counts["a"]), region.pool("b", weight_words(tiling), counts["b"])
    beside = _beside(tiling, layouts, counts, region)
    return None if a is None or b is None or beside is None else ConvBuffers("interleaved", tile, layouts, {"a": a, "b": b} | beside)
