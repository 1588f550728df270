# SPDX-License-Identifier: Apache-2.0
"""Jobs in the order in which they are pushed, with just the waits that their buffers ask for."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ...config import ClusterConfig
from ...config.units import units
from ...errors import MappingError
from ..jobs import Entry, Job, Wait

Event = tuple[str, int]
"""A unit, and how many of its entries have completed by then, counted from the first of this ledger."""


class Ledger:
    """Counts entries by unit, and knows what must have completed when one starts.

    Parameters
    ----------
    config : ClusterConfig
    base : mapping of int, by unit, optional
        Completed entries before the first of this ledger; zeros if left out.

    Attributes
    ----------
    jobs : list of Job
    """

    def __init__(self, config: ClusterConfig, base: Mapping[str, int] | None = None):
        self.config = config
        self.names = [unit.name for unit in units(config)]
        self.base = {name: (base or {}).get(name, 0) for name in self.names}
        self.jobs: list[Job] = []
        # Per unit, for each entry: what has completed once it starts, in the order of `names`.
        self._known: dict[str, list[tuple[int, ...]]] = {name: [] for name in self.names}
        self._index = {name: index for index, name in enumerate(self.names)}

    def count(self, unit: str) -> int:
        """Entries of a unit so far."""
        return len(self._known[unit])

    def push(self, entries: Mapping[str, tuple[dict[str, int], Iterable[Event]]], label: str = "") -> dict[str, Event]:
        """Add a job of entries, each with its fields and what it waits for; their completions.

        Waits that others imply are left out.

        Raises
        ------
        MappingError
            If an entry waits for more things than the cluster's jobs can.
        """
        self.jobs.append(Job({unit: Entry(fields, self._waits(unit, events)) for unit, (fields, events) in entries.items()}, label))
        return {unit: (unit, self.count(unit)) for unit in entries}

    def interrupt(self) -> None:
        """Have the last entry of the last job raise the interrupt."""
        job = self.jobs[-1]
        *others, last = job.entries
        entry = job.entries[last]
        self.jobs[-1] = replace(job, entries={name: job.entries[name] for name in others} | {last: replace(entry, interrupt=True)})

    def _waits(self, unit: str, events: Iterable[Event]) -> tuple[Wait, ...]:
        before = self._known[unit][-1] if self._known[unit] else (0,) * len(self.names)
        needed: dict[str, int] = {}
        for source, count in events:
            if count > before[self._index[source]]:
                needed[source] = max(count, needed.get(source, 0))
        # The latest first, since they imply most.
        kept, known = [], before
        for source, count in sorted(needed.items(), key=lambda item: item[1] - before[self._index[item[0]]]):
            after = self._after(source, count)
            kept = [(name, n) for name, n in kept if n > after[self._index[name]]]
            if count > known[self._index[source]]:
                kept.append((source, count))
            known = tuple(map(max, known, after))
        self._known[unit].append(known)
        limit, half = self.config.jobs.waits, 1 << self.config.jobs.count_width - 1
        if len(kept) > limit:
            raise MappingError(f"an entry of {unit} must wait for {len(kept)} units, more than the {limit} waits of {self.config.name}")
        for source, count in kept:
            if self.count(source) - count >= half:
                raise MappingError(f"an entry of {unit} waits for one of {source} that is {half} entries back; jobs.count_width must be more than"
                                   f" {self.config.jobs.count_width!r}")
        return tuple(Wait(source, (self.base[source] + count) % (1 << self.config.jobs.count_width)) for source, count in kept)

    def _after(self, source: str, count: int) -> tuple[int, ...]:
        """What has completed once a unit has completed so many entries."""
        known = list(self._known[source][count - 1])
        known[self._index[source]] = max(known[self._index[source]], count)
        return tuple(known)
