# SPDX-License-Identifier: Apache-2.0
"""The scratchpad's contents as an array, seen through any addressing mode."""

import numpy as np

from ..config import MemoryConfig


def bank_places(words: np.ndarray, group: int, memory: MemoryConfig) -> tuple[np.ndarray, np.ndarray]:
    """Rows and banks of word addresses in groups of ``group`` banks, as `hwgen.streamer.model.remap` has them one by one."""
    which, inside = np.divmod(words, group * memory.bank_depth)
    row, bank = np.divmod(inside, group)
    return row, which * group + bank


class MemoryImage:
    """Bytes of the scratchpad, indexed by row, bank and byte.

    Parameters
    ----------
    memory : MemoryConfig
    contents : array of uint8, optional
        ``size`` bytes in the order of all-bank interleaving; zeros if left out.
    """

    def __init__(self, memory: MemoryConfig, contents: np.ndarray | None = None):
        self.memory = memory
        shape = (memory.bank_depth, memory.banks, memory.word_bytes)
        self.bytes = np.zeros(shape, np.uint8) if contents is None else contents.reshape(shape).copy()

    def places(self, base: int, count: int, group: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows and banks of ``count`` words from byte address ``base`` in groups of ``group`` banks."""
        return bank_places(base // self.memory.word_bytes + np.arange(count), group, self.memory)

    def write(self, base: int, group: int, data: np.ndarray) -> None:
        """Store bytes (a whole number of words) at byte address ``base``."""
        words = data.reshape(-1, self.memory.word_bytes)
        self.bytes[self.places(base, len(words), group)] = words

    def read(self, base: int, group: int, count: int) -> np.ndarray:
        """``count`` bytes (a whole number of words) from byte address ``base``."""
        return self.bytes[self.places(base, count // self.memory.word_bytes, group)].reshape(-1)

    def words32(self) -> np.ndarray:
        """The contents as little-endian 32-bit words in the order of all-bank interleaving."""
        return self.bytes.reshape(-1).view("<u4")
