# SPDX-License-Identifier: Apache-2.0
"""Golden models of the streamer: loop nests, addressing modes and extensions in plain integers."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from ..config import MemoryConfig


def wrap(value: int, bits: int = 32) -> int:
    """``value`` modulo ``2**bits``."""
    return value & (1 << bits) - 1


def pointers(base: int, bounds: Sequence[int], strides: Sequence[int]) -> Iterator[int]:
    """Byte address of each temporal step modulo 2**32, dimension 0 innermost."""
    for index in itertools.product(*(range(bound) for bound in reversed(bounds))):
        yield wrap(base + sum(i * s for i, s in zip(reversed(index), strides, strict=True)))


def lane_addresses(pointer: int, bounds: Sequence[int], strides: Sequence[int]) -> list[int]:
    """Byte address of each channel of a step modulo 2**32, spatial dimension 0 innermost."""
    return list(pointers(pointer, bounds, strides))


def remap(word: int, group: int, memory: MemoryConfig) -> tuple[int, int]:
    """Bank and row of a word address where ``group`` banks are interleaved.

    Consecutive words cycle through the banks of one group; once every row of those banks is used,
    addressing continues in the next group.
    """
    words_per_group = group * memory.bank_depth
    which, inside = divmod(word, words_per_group)
    row, bank = divmod(inside, group)
    return which * group + bank, row


def place(address: int, group: int, memory: MemoryConfig, *, reach: int = 1, channel: int = 0) -> tuple[int, int] | str:
    """Bank and row of a byte address, or the name of the error that suppresses the access."""
    if address >= memory.size:
        return "outside_memory"
    if address % memory.word_bytes:
        return "unaligned"
    bank, row = remap(address // memory.word_bytes, group, memory)
    if bank % reach != channel % reach:
        return "beyond_reach"
    return bank, row


def transpose(words: Sequence[int], element_width: int, word_width: int) -> list[int]:
    """Words of one step with row and column of every element exchanged."""
    size = word_width // element_width
    mask = (1 << element_width) - 1
    tile = np.array([[word >> element_width * e & mask for e in range(size)] for word in words], dtype=object)
    return [sum(int(e) << element_width * i for i, e in enumerate(row)) for row in tile.T]


def broadcast(words: Sequence[int], factor: int) -> list[int]:
    """The first ``len(words) / factor`` words, repeated over all channels."""
    return list(words[: len(words) // factor]) * factor
