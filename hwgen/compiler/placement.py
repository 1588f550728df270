# SPDX-License-Identifier: Apache-2.0
"""Where operands lie: a place in the banks for each, chosen by what its accesses would collide with."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..config import ClusterConfig, MemoryConfig


@dataclass(frozen=True)
class Place:
    """A stretch of scratchpad in one addressing mode.

    Attributes
    ----------
    group : int
        Banks interleaved.
    base : int
        Byte address in that mode.
    size : int
        Bytes.
    """

    group: int
    base: int
    size: int


class Banks:
    """Rows already given away, bank by bank."""

    def __init__(self, memory: MemoryConfig, used: np.ndarray | None = None):
        self.memory = memory
        self.used = np.zeros(memory.banks, np.int64) if used is None else used

    def allocate(self, group: int, first: int, size: int) -> tuple["Banks", Place] | None:
        """``size`` bytes in groups of ``group`` banks, from group number ``first``; None if they do not fit.

        Stretches that pass the end of a group go on in the next, which must be unused.
        """
        memory = self.memory
        words = -(-size // memory.word_bytes)
        rows = -(-words // group)
        used = self.used.copy()
        start = int(used[first * group:(first + 1) * group].max())
        base = (first * memory.bank_depth + start) * group * memory.word_bytes
        at, row = first, start
        while rows:
            if at * group >= memory.banks or (at > first and used[at * group:(at + 1) * group].any()):
                return None
            here = min(rows, memory.bank_depth - row)
            used[at * group:(at + 1) * group] = row + here
            rows -= here
            at, row = at + 1, 0
        return Banks(memory, used), Place(group, base, size)


def candidates(config: ClusterConfig, streamer: str, *others: str) -> Iterator[tuple[int, int]]:
    """Group sizes and first groups that a streamer's tiles can use, and the tiles of ``others`` as well."""
    users = [config.streamers[name] for name in (streamer, *others)]
    reach = max(1 if user.reach == "all" else user.reach for user in users)
    reached = [group for group in users[0].groups if group >= reach and all(group in user.groups for user in users)]
    # Tiles in narrow groups lose cycles to themselves, so these are for streamers that have no others.
    wide = [group for group in reached if group >= min(8, config.memory.banks)]
    for group in wide or reached:
        for first in range(config.memory.banks // group):
            yield group, first


WINDOW = 8
"""Steps over which an operand's accesses can be moved by prefetch and buffers."""


def loads(config: ClusterConfig, place: Place, starts: np.ndarray, words: int, windows: int) -> np.ndarray:
    """Accesses to each bank in each window of steps.

    Parameters
    ----------
    starts : array of int
        Byte offset of each access of ``words`` consecutive words, evenly spread over the windows.
    windows : int

    Returns
    -------
    array of shape (windows, banks)
    """
    memory = config.memory
    count = np.zeros((windows, memory.banks))
    first = (place.base + starts) // memory.word_bytes
    every = (first[:, None] + np.arange(words)[None, :]).reshape(-1)
    which, inside = np.divmod(every, place.group * memory.bank_depth)
    bank = which * place.group + inside % place.group
    window = np.repeat(np.arange(len(starts)) * windows // len(starts), words)
    np.add.at(count, (window, np.minimum(bank, memory.banks - 1)), 1)
    return count


