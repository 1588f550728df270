# SPDX-License-Identifier: Apache-2.0
"""How a block of a matrix lies in the scratchpad, so that a streamer finds each tile where it can reach it."""

from dataclasses import dataclass
from functools import cached_property
from math import prod

from ...config import ClusterConfig, StreamerConfig
from ...errors import MappingError


@dataclass(frozen=True)
class BlockLayout:
    """Tiles of a block, cut into lines; lines of the same number in their tiles lie together, in a plane.

    A tile has `tile_rows` rows of `row_words` bank words. The channels of the streamer's lower spatial
    dimensions take one *line* of it, `line_rows` rows, in one go, so a line is dense. The word ``w`` of row
    ``r`` of the tile in tile row ``t`` and tile column ``u`` lies at word ::

        (r // line_rows) * line_pitch + t * tile_pitch + u * column_pitch + (r % line_rows) * row_words + w

    Where a line is one word, rows of the block are contiguous and `line_pitch` is odd, so that the channels of
    a step, each in its own plane, are served by different banks whatever the length of a row.

    Attributes
    ----------
    streamer : str
        That moves tiles between the block and the accelerator.
    rows, columns : int
        Tiles at most.
    tile_rows, row_words : int
    word_bytes : int
    bounds : tuple of int
        The streamer's spatial bounds.
    reach : int
        Channel c reaches banks equal to c modulo it.
    """

    streamer: str
    rows: int
    columns: int
    tile_rows: int
    row_words: int
    word_bytes: int
    bounds: tuple[int, ...]
    reach: int = 1

    @cached_property
    def line_words(self) -> int:
        """Words that the lower spatial dimensions take one after the other, a whole number of rows."""
        for dimensions in range(len(self.bounds) + 1):
            if (words := prod(self.bounds[:dimensions])) % self.row_words == 0:
                return words
        return self.tile_rows * self.row_words

    @cached_property
    def line_rows(self) -> int:
        return max(1, min(self.line_words // self.row_words, self.tile_rows))

    @property
    def lines(self) -> int:
        """Lines of a tile."""
        return -(-self.tile_rows // self.line_rows)

    @cached_property
    def column_pitch(self) -> int:
        """Words from one tile to its right neighbor."""
        return -(-self.line_words // self.reach) * self.reach

    @property
    def tile_pitch(self) -> int:
        """Words from one tile to the one below it."""
        return self.columns * self.column_pitch

    @cached_property
    def line_pitch(self) -> int:
        """Words from one line of a tile to the next: the plane's size, an odd number of lines."""
        pitch = self.rows * self.tile_pitch
        if self.line_words % self.reach == 0 and pitch // self.column_pitch % 2 == 0:
            pitch += self.column_pitch
        return pitch + self.line_words % self.reach

    @property
    def words(self) -> int:
        """Words from the block's first to its last."""
        return (self.lines - 1) * self.line_pitch + self.rows * self.tile_pitch

    @property
    def contiguous(self) -> bool:
        """Rows of the block are."""
        return self.column_pitch == self.row_words

    def spatial_strides(self) -> tuple[int, ...]:
        """Bytes between the streamer's channels along each spatial dimension."""
        strides = []
        for d in range(len(self.bounds)):
            before = prod(self.bounds[:d])
            words = before if before < self.line_words else before // self.line_words * self.line_pitch
            strides.append(words * self.word_bytes)
        return tuple(strides)

    def row(self, row: int) -> int:
        """Byte at which a row of the block begins, from the block's base."""
        tile, inside = divmod(row, self.tile_rows)
        line, within = divmod(inside, self.line_rows)
        return (line * self.line_pitch + tile * self.tile_pitch + within * self.row_words) * self.word_bytes


def block_layout(config: ClusterConfig, streamer: str, rows: int, columns: int, tile_rows: int, row_bits: int, what: str) -> BlockLayout:
    """Layout of ``rows`` x ``columns`` tiles, whose rows have ``row_bits`` bits.

    Raises
    ------
    MappingError
        If rows of a tile are not whole bank words.
    """
    settings: StreamerConfig = config.streamers[streamer]
    if row_bits % config.memory.bank_width:
        raise MappingError(f"a tile's row of {what} must be a multiple of the bank word's {config.memory.bank_width} bits to be copied"
                           f" from external memory, not {row_bits}")
    return BlockLayout(streamer, rows, columns, tile_rows, row_bits // config.memory.bank_width, config.memory.word_bytes,
                       settings.spatial_bounds, 1 if settings.reach == "all" else settings.reach)
