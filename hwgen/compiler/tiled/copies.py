# SPDX-License-Identifier: Apache-2.0
"""Copies between a matrix in external memory and a block in the scratchpad, as register fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from ...config import ClusterConfig
from ...config.dma import LOAD_STREAMER, STORE_STREAMER
from ...errors import MappingError
from .layout import BlockLayout

Loops = list[tuple[int, int]]
"""Bound and stride in bytes of each loop, innermost first."""


@dataclass(frozen=True)
class Part:
    """Rows of a block and the bytes of each that are copied.

    Attributes
    ----------
    first_row, rows : int
    first_byte, row_bytes : int
        Of each row, counted in elements as they lie in external memory.
    """

    first_row: int
    rows: int
    first_byte: int
    row_bytes: int


@dataclass(frozen=True)
class Outside:
    """A part of a matrix in external memory: its first byte and the bytes from row to row."""

    address: int
    pitch: int


@dataclass(frozen=True)
class Copy:
    """One job of a copy engine and of the streamer that goes with it, without waits.

    Attributes
    ----------
    engine, streamer : dict
        Register fields.
    steps : int
        Of the streamer.
    """

    engine: dict[str, int]
    streamer: dict[str, int]
    steps: int


def copies(config: ClusterConfig, layout: BlockLayout, base: int, group: int, part: Part, outside: Outside | None, *,
           store: bool = False, fill: int = 0) -> list[Copy]:
    """Jobs that together copy a part of a block.

    Parameters
    ----------
    config : ClusterConfig
    layout : BlockLayout
    base : int
        Byte address of the block in groups of ``group`` banks.
    group : int
    part : Part
    outside : Outside, optional
        Where the part's first byte lies in external memory; if left out, the part is filled.
    store : bool
        From the scratchpad to external memory.
    fill : int
        Four bytes to fill with, the lowest first.
    """
    made = []
    for columns in _column_parts(config, layout, part, store):
        for first, nest in _row_boxes(layout, columns.first_row, columns.rows):
            made += _boxed(config, layout, base, group, part, Part(first, prod(count for count, _ in nest), columns.first_byte, columns.row_bytes),
                           nest, outside, store, fill)
    return made


def _column_parts(config: ClusterConfig, layout: BlockLayout, part: Part, store: bool) -> Iterator[Part]:
    """A row's bytes, divided where one run of steps cannot hold them all."""
    tile_bytes = layout.row_words * layout.word_bytes
    whole = part.row_bytes // tile_bytes * tile_bytes
    if layout.contiguous or gathers(config, layout, store) or whole in (0, part.row_bytes):
        yield part
    else:
        yield Part(part.first_row, part.rows, part.first_byte, whole)
        yield Part(part.first_row, part.rows, part.first_byte + whole, part.row_bytes - whole)


def _row_boxes(layout: BlockLayout, first: int, rows: int) -> Iterator[tuple[int, Loops]]:
    """First row and loops of each set of rows that one loop nest walks in order: whole tiles, whole lines, the rest."""
    size, line = layout.tile_rows, layout.line_rows
    word = layout.word_bytes
    inner = [(line, layout.row_words * word)]
    while rows:
        if first % size == 0 and rows >= size:
            tiles = rows // size
            yield first, [*inner, (layout.lines, layout.line_pitch * word), (tiles, layout.tile_pitch * word)]
            done = tiles * size
        elif first % line == 0 and rows >= line:
            lines = min(rows, size - first % size) // line
            yield first, [*inner, (lines, layout.line_pitch * word)]
            done = lines * line
        else:
            done = min(rows, line - first % line)
            yield first, [(done, layout.row_words * word)]
        first, rows = first + done, rows - done


def gathers(config: ClusterConfig, layout: BlockLayout, store: bool) -> int:
    """Neighboring tiles of whose rows one step takes a piece each; 0 if the spatial dimensions do not allow that."""
    streamer = config.dma.store if store else config.dma.load
    for dimensions in range(streamer.spatial_dimensions + 1):
        if prod(streamer.spatial_bounds[:dimensions]) == layout.row_words:
            return streamer.channels // layout.row_words
    return 0


def _run(config: ClusterConfig, layout: BlockLayout, part: Part, store: bool) -> tuple[Loops, int, tuple[int, ...]]:
    """Loop over the steps of a run and loop over the runs of a row, bytes of a run, and the spatial strides."""
    streamer = config.dma.store if store else config.dma.load
    word, row_bytes = layout.word_bytes, part.row_bytes
    skipped = part.first_byte % word
    before = [prod(streamer.spatial_bounds[:d]) for d in range(streamer.spatial_dimensions)]
    dense = tuple(count * word for count in before)
    step_bytes, tile_bytes = streamer.channels * word, layout.row_words * word
    tiles = -(-row_bytes // tile_bytes)
    if layout.contiguous:
        return [(-(-(skipped + row_bytes) // step_bytes), step_bytes)], row_bytes, dense
    if gathered := gathers(config, layout, store):
        strides = tuple(count * word if count < layout.row_words else count // layout.row_words * layout.column_pitch * word for count in before)
        return [(-(-tiles // gathered), gathered * layout.column_pitch * word)], row_bytes, strides
    run = min(row_bytes, tile_bytes)
    return [(-(-(skipped + run) // step_bytes), step_bytes), (tiles, layout.column_pitch * word)], run, dense


def _boxed(config, layout, base, group, whole, part, nest, outside, store, fill) -> list[Copy]:
    """Copies of rows that a loop nest walks; several if the streamer has too few loops."""
    name = STORE_STREAMER if store else LOAD_STREAMER
    settings = config.all_streamers[name]
    (run, *rest), run_bytes, spatial = _run(config, layout, part, store)
    loops = [run, *(loop for loop in (*rest, *nest) if loop[0] > 1)]
    if len(loops) > settings.temporal_dimensions:
        # One iteration of the outermost loop over rows at a time.
        if not nest:
            raise MappingError(f"streamer {name} needs {len(loops)} temporal_dimensions to copy rows of tiles, not {settings.temporal_dimensions}")
        count, _ = nest[-1]
        made, rows = [], part.rows // count
        for i in range(count):
            piece = Part(part.first_row + i * rows, rows, part.first_byte, part.row_bytes)
            made += _boxed(config, layout, base, group, whole, piece, nest[:-1], outside, store, fill)
        return made
    fields = {"base": base + layout.row(part.first_row) + part_offset(layout, part.first_byte), "run_bytes": run_bytes}
    if len(settings.groups) > 1:
        fields["addressing_mode"] = settings.groups.index(group)
    fields |= {f"spatial_stride_{d}": stride for d, stride in enumerate(spatial)}
    for d in range(settings.temporal_dimensions):
        count, stride = loops[d] if d < len(loops) else (1, 0)
        fields |= {f"temporal_bound_{d}": count, f"temporal_stride_{d}": stride}
    if outside is None:
        engine = {"fill": 1, "fill_pattern": fill} | external_fields(config, 0, part.row_bytes * part.rows, [])
    else:
        address = outside.address + (part.first_row - whole.first_row) * outside.pitch + part.first_byte - whole.first_byte
        adjoin = outside.pitch == part.row_bytes or part.rows == 1
        engine = (external_fields(config, address, part.row_bytes * part.rows, []) if adjoin else
                  external_fields(config, address, part.row_bytes, [(part.rows, outside.pitch)]))
    return [Copy(engine, fields, prod(count for count, _ in loops))]


def part_offset(layout: BlockLayout, first_byte: int) -> int:
    """Bytes from a row's beginning in the block to one of its bytes."""
    tile, inside = divmod(first_byte, layout.row_words * layout.word_bytes)
    return tile * layout.column_pitch * layout.word_bytes + inside


def external_fields(config: ClusterConfig, address: int, run: int, loops: Loops) -> dict[str, int]:
    """Fields of the external side: runs of ``run`` bytes along loops."""
    fields = {"external_base": address & 0xFFFF_FFFF, "run_bytes": run}
    if config.dma.address_width > 32:
        fields["external_base_high"] = address >> 32
    for d in range(config.dma.dimensions):
        count, stride = loops[d] if d < len(loops) else (1, 0)
        fields |= {f"external_bound_{d}": count, f"external_stride_{d}": stride}
    return fields
