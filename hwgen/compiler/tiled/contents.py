# SPDX-License-Identifier: Apache-2.0
"""What buffers hold, who has written and read it, and hence what the next user must wait for."""

from collections.abc import Hashable, Iterable
from itertools import chain

from .ledger import Event
from .places import Buffer

PARTS = 2
"""Parts of a block of sums that are written and read by entries of their own."""


class Held:
    """A buffer and its present contents.

    Attributes
    ----------
    buffer : Buffer
    key : hashable
        Names the block it holds.
    filled : bool
        Padding has been written.
    """

    def __init__(self, buffer: Buffer):
        self.buffer, self.key, self.filled = buffer, None, False
        self._former: list[Event] = []
        self._writers: list[list[Event]] = [[] for _ in range(PARTS)]
        self._readers: list[list[Event]] = [[] for _ in range(PARTS)]

    def replace(self, key: Hashable) -> None:
        """From now on the buffer holds another block: whoever writes it waits for all users of the former."""
        self.key = key
        self._former = latest([*self._former, *chain(*self._writers, *self._readers)])
        self._writers, self._readers = [[] for _ in range(PARTS)], [[] for _ in range(PARTS)]

    def before_writing(self) -> list[Event]:
        return self._former

    def before_reading(self, parts: Iterable[int] = range(PARTS)) -> list[Event]:
        return list(chain.from_iterable(self._writers[part] for part in parts))

    def written(self, event: Event, parts: Iterable[int] = range(PARTS)) -> None:
        for part in parts:
            self._writers[part] = latest([*self._writers[part], event])

    def was_read(self, event: Event, parts: Iterable[int] = range(PARTS)) -> None:
        for part in parts:
            self._readers[part] = latest([*self._readers[part], event])


def latest(events: list[Event]) -> list[Event]:
    """For each unit its last event."""
    last: dict[str, int] = {}
    for unit, count in events:
        last[unit] = max(count, last.get(unit, 0))
    return list(last.items())


class Pool:
    """Buffers that take turns: a new block replaces the one that has not been asked for longest."""

    def __init__(self, buffers: Iterable[Buffer]):
        self.held = [Held(buffer) for buffer in buffers]

    def ask(self, key: Hashable) -> tuple[Held, bool]:
        """The buffer for a block, and whether it holds it already."""
        found = next((held for held in self.held if held.key == key), None)
        hit = found is not None
        if found is None:
            found = self.held[0]
            found.replace(key)
        self.held.remove(found)
        self.held.append(found)
        return found, hit

    def index(self, held: Held) -> int:
        """Number of a buffer, by its name."""
        return sorted(one.buffer.name for one in self.held).index(held.buffer.name)
