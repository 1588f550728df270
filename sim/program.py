# SPDX-License-Identifier: Apache-2.0
"""What the bus player is told to do: AXI4-Lite accesses, waits and pauses, in order."""

from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

WORD_BYTES = 4
ALL_BYTES = 0b1111
WORD = 1 << 32
OPERATION_WORDS = 4

WATCHDOG_CYCLES = 100_000_000


class Opcode(IntEnum):
    """Operations of ``bus_player.v``, which lists the same numbers."""

    END = 0
    BEGIN = 1
    WRITE = 2
    READ = 3
    POLL = 4
    WAIT_IRQ = 5
    IDLE = 6
    FENCE = 7
    LIMIT = 8
    RESET = 9


class Program:
    """A sequence of operations, built up by calling them.

    Operations take effect in order. Writes overlap with writes and reads with reads; every other
    operation, and a change from writes to reads or back, first waits until all are answered.

    ``read`` and ``poll`` return where their result will stand in ``Results.reads`` and ``Results.polls``.
    """

    def __init__(self) -> None:
        self._chunks: list[NDArray[np.uint32]] = []
        self._recent: list[tuple[int, int, int, int]] = []
        self._limit: int | None = None
        self.writes = 0
        self.reads = 0
        self.polls = 0

    def __len__(self) -> int:
        return sum(len(chunk) for chunk in self._chunks) + len(self._recent)

    def write(self, address: int, data: int, strobe: int = ALL_BYTES) -> None:
        """Write one word; ``strobe`` names the bytes that change."""
        if not 0 <= strobe <= ALL_BYTES:
            raise ValueError(f"strobe must be within 0..{ALL_BYTES}, not {strobe!r}")
        self._add(Opcode.WRITE | strobe << 8, address, data)
        self.writes += 1

    def write_block(self, address: int, words: ArrayLike) -> None:
        """Write consecutive words, one operation each.

        Raises
        ------
        ValueError
            If the words are not one-dimensional integers of 32 bits.
        """
        words = np.asarray(words)
        if words.ndim != 1 or words.dtype.kind not in "iu" or words.dtype.itemsize > WORD_BYTES:
            raise ValueError(f"words must be a flat array of 32-bit integers, not {words.dtype} of shape {words.shape}")
        operations = self._block(Opcode.WRITE | ALL_BYTES << 8, address, len(words))
        operations[:, 2] = words.astype(np.int64) & (WORD - 1)
        self.writes += len(words)

    def read(self, address: int) -> int:
        """Read one word; its place in ``Results.reads``."""
        self._add(Opcode.READ, address)
        self.reads += 1
        return self.reads - 1

    def read_block(self, address: int, count: int) -> slice:
        """Read consecutive words; their place in ``Results.reads``."""
        self._block(Opcode.READ, address, count)
        self.reads += count
        return slice(self.reads - count, self.reads)

    def poll(self, address: int, mask: int, value: int, limit: int = WATCHDOG_CYCLES) -> int:
        """Read until ``data & mask == value``, for ``limit`` cycles; place of the last word in ``Results.polls``."""
        if value & ~mask:
            raise ValueError(f"value must lie within the mask {mask:#x} to be met, not {value:#x}")
        self._set_limit(limit)
        self._add(Opcode.POLL, address, value, mask)
        self.polls += 1
        return self.polls - 1

    def wait_irq(self, limit: int = WATCHDOG_CYCLES) -> None:
        """Wait until the interrupt is high, for ``limit`` cycles."""
        self._set_limit(limit)
        self._add(Opcode.WAIT_IRQ)

    def idle(self, cycles: int) -> None:
        """Do nothing for so many cycles once all is answered."""
        self._add(Opcode.IDLE, 0, cycles)

    def fence(self) -> None:
        """Wait until all is answered."""
        self._add(Opcode.FENCE)

    def reset(self, cycles: int) -> None:
        """Hold the design in reset for so many cycles, forgetting whatever is outstanding."""
        self._add(Opcode.RESET, 0, cycles)

    def operations(self) -> NDArray[np.uint32]:
        """All operations in order, a row of opcode, address, data and mask each."""
        self._flush()
        return np.concatenate(self._chunks) if self._chunks else np.zeros((0, OPERATION_WORDS), np.uint32)

    def save(self, path: Path, *, seed: int, idle: int, watchdog: int) -> None:
        """Write the file the player reads, with how it is to be played.

        Parameters
        ----------
        path : Path
        seed : int
            Of the random pauses, 32 bits.
        idle : int
            Average share of paused cycles in 1/256.
        watchdog : int
            Cycles after which the program is ended wherever it is.
        """
        self._flush()
        begin = [[Opcode.BEGIN | idle << 16, seed, watchdog >> 32, watchdog & (WORD - 1)]]
        with path.open("wb") as file:
            for chunk in [np.array(begin, np.uint32), *self._chunks, np.array([[Opcode.END, 0, 0, 0]], np.uint32)]:
                chunk.astype(">u4").tofile(file)

    def _set_limit(self, limit: int) -> None:
        if limit != self._limit:
            self._add(Opcode.LIMIT, 0, limit)
            self._limit = limit

    def _add(self, code: int, address: int = 0, data: int = 0, mask: int = 0) -> None:
        for name, value in (("address", address), ("data", data), ("mask", mask)):
            if not 0 <= value < WORD:
                raise ValueError(f"{name} must be within 32 bits, not {value!r}")
        self._recent.append((code, address, data, mask))

    def _block(self, code: int, address: int, count: int) -> NDArray[np.uint32]:
        """Append operations on consecutive words and return them for filling in."""
        if not 0 <= address <= WORD - WORD_BYTES * count:
            raise ValueError(f"address must leave room for {count} words below 2**32, not {address!r}")
        self._flush()
        operations = np.zeros((count, OPERATION_WORDS), np.uint32)
        operations[:, 0] = code
        operations[:, 1] = address + WORD_BYTES * np.arange(count, dtype=np.uint32)
        self._chunks.append(operations)
        return operations

    def _flush(self) -> None:
        if self._recent:
            self._chunks.append(np.array(self._recent, np.uint32))
            self._recent = []
