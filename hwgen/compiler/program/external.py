# SPDX-License-Identifier: Apache-2.0
"""Accesses to the same bytes of external memory that nothing orders."""

from collections.abc import Mapping
from math import prod

import numpy as np

from ...config import ClusterConfig
from ...config.dma import LOAD, NOTIFY, STORE
from ...config.register_map import WORD_BYTES
from ...errors import MappingError
from ..loops import offsets
from .clocks import Clocks
from .entries import Entries, Numbered
from .hazards import refuse

OPPOSED = {LOAD: (STORE, NOTIFY), STORE: (LOAD, NOTIFY), NOTIFY: (LOAD, STORE)}
"""Units whose accesses must be ordered by waits. Loads do not disturb each other; what one unit writes stays in order."""

MOST = 1 << 24
"""Runs of an entry that are looked at: far more than one job of any use has."""
Runs = tuple[np.ndarray, np.ndarray]
"""First bytes in ascending order, and the bytes behind the last ones; in the same order, none shorter than a byte."""


class ExternalRuns:
    """Bytes of external memory that entries touch, as runs.

    Parameters
    ----------
    config : ClusterConfig
    """

    def __init__(self, config: ClusterConfig):
        self.dimensions = config.dma.dimensions
        self._kept: dict[tuple, np.ndarray] = {}

    def of(self, one: Numbered) -> Runs:
        """Runs of an entry of `load`, `store` or `notify`; none if it touches nothing.

        Raises
        ------
        MappingError
            If there are too many.
        """
        fields = one.fields
        if one.unit == NOTIFY:
            start = np.array([_address(fields, "address")])
            return start, start + WORD_BYTES
        loops = tuple((fields[f"external_bound_{d}"], fields[f"external_stride_{d}"]) for d in range(self.dimensions))
        if loops not in self._kept:
            if (count := prod(bound for bound, _ in loops)) > MOST:
                raise MappingError(f"{one} must have {MOST} runs at most, not {count}")
            self._kept[loops] = np.sort(offsets(list(loops)))
        starts = _address(fields, "external_base") + self._kept[loops]
        if not fields["run_bytes"] or fields.get("fill", 0):
            starts = starts[:0]
        return starts, starts + fields["run_bytes"]


def _address(fields: Mapping[str, int], name: str) -> int:
    return fields[name] | fields.get(f"{name}_high", 0) << 32


def common(one: Runs, other: Runs) -> int | None:
    """The first byte of a run of ``other`` that is in a run of ``one`` as well."""
    if not len(one[0]) or not len(other[0]):
        return None
    ends = np.maximum.accumulate(one[1])
    before = np.searchsorted(one[0], other[1], "left")
    hit = np.flatnonzero((before > 0) & (ends[before - 1] > other[0]))
    if not len(hit):
        return None
    start, end = int(other[0][hit[0]]), int(other[1][hit[0]])
    inside = (one[0] < end) & (one[1] > start)
    return max(start, int(one[0][inside].min()))


class ExternalHazards:
    """Goes through a program's accesses to external memory in an order in which they can happen.

    Parameters
    ----------
    entries : dict of list of Numbered, by unit
    clocks : Clocks
    runs : ExternalRuns
    """

    def __init__(self, entries: Entries, clocks: Clocks, runs: ExternalRuns):
        self.clocks, self.runs, self.entries = clocks, runs, entries
        # First and last byte of each entry so far, by number; such that those that touch nothing meet nobody.
        self._bounds = {unit: np.zeros((len(entries[unit]) + 1, 2), np.int64) for unit in OPPOSED}
        self._latest = dict.fromkeys(OPPOSED, 0)

    def add(self, one: Numbered) -> None:
        """The next entry of `load`, `store` or `notify`.

        Raises
        ------
        MappingError
            If nothing orders one of its accesses and one of an entry before.
        """
        runs, clock = self.runs.of(one), self.clocks.access(one)
        self._latest[one.unit] = one.number
        if not len(runs[0]):
            return
        low, high = int(runs[0][0]), int(runs[1].max())
        self._bounds[one.unit][one.number] = low, high
        for unit in OPPOSED[one.unit]:
            known, latest = clock[self.clocks.index[unit]], self._latest[unit]
            if latest <= known:
                continue
            bounds = self._bounds[unit][known + 1:latest + 1]
            for at in np.flatnonzero((bounds[:, 0] < high) & (bounds[:, 1] > low)):
                other = self.entries[unit][known + int(at)]
                if (byte := common(self.runs.of(other), runs)) is not None:
                    refuse(other, one, (unit != LOAD, one.unit != LOAD), f"external byte {byte}")
