# SPDX-License-Identifier: Apache-2.0
"""What every unit did in every cycle of a run, and who kept whom from the banks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..config.register_map import RegisterMap
from ..errors import DataError
from .recorder import STATES, Recorder
from .recording import BUCKET_CYCLES, read_recording

FORMAT = "hwgen timeline"
VERSION = 1


@dataclass(frozen=True)
class Track:
    """One thing over time.

    Attributes
    ----------
    name : str
    kind : str
        ``causes``, or that of the unit.
    states : tuple of str
        What the codes mean.
    starts, codes : array
        First cycle of each segment and its state; neighbors differ.
    end : int
        Cycle after the last segment.
    """

    name: str
    kind: str
    states: tuple[str, ...]
    starts: NDArray[np.int64]
    codes: NDArray[np.int64]
    end: int

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Cycle after each segment."""
        return np.append(self.starts[1:], self.end) if len(self.starts) else self.starts

    def segments(self) -> list[list]:
        """Lists of start, end and state."""
        return [[start, end, self.states[code]]
                for start, end, code in zip(self.starts.tolist(), self.ends.tolist(), self.codes.tolist(), strict=True)]

    def totals(self) -> dict[str, int]:
        """Cycles in each state, those that did not occur included."""
        cycles = np.bincount(self.codes, self.ends - self.starts, minlength=len(self.states))
        return {state: int(count) for state, count in zip(self.states, cycles, strict=True)}


def make_track(name: str, kind: str, states: tuple[str, ...], lengths: NDArray, codes: NDArray) -> Track:
    """Track from runs, of which neighbors may be equal."""
    ends = np.cumsum(lengths)
    first = np.ones(len(codes), bool)
    first[1:] = codes[1:] != codes[:-1]
    return Track(name, kind, states, (ends - lengths)[first], codes[first], int(ends[-1]) if len(ends) else 0)


@dataclass(frozen=True)
class Conflicts:
    """Requests for a bank that were refused because another was served.

    Attributes
    ----------
    requesters : tuple of str
        The streamers and the memory window.
    bucket_cycles : int
        Cycles for which refusals are added up.
    buckets : array, n by 4
        First cycle of the bucket, loser, winner (numbers of requesters), and how many requests were
        refused, counted anew in every cycle in which one is. Loser and winner are the same where two
        channels of one streamer ask for one bank.
    """

    requesters: tuple[str, ...]
    bucket_cycles: int
    buckets: NDArray[np.int64]

    def total(self) -> NDArray[np.int64]:
        """Matrix of losers by winners."""
        matrix = np.zeros((len(self.requesters), len(self.requesters)), np.int64)
        np.add.at(matrix, (self.buckets[:, 1], self.buckets[:, 2]), self.buckets[:, 3])
        return matrix


@dataclass(frozen=True)
class Timeline:
    """A run, from the first write to a job register to the last completion.

    Attributes
    ----------
    config, config_hash : str
    causes : Track
        What each cycle was charged to.
    units : tuple of Track
        What each unit was doing, see `STATES`.
    conflicts : Conflicts
    """

    config: str
    config_hash: str
    causes: Track
    units: tuple[Track, ...]
    conflicts: Conflicts

    @property
    def total_cycles(self) -> int:
        return self.causes.end

    @classmethod
    def from_recording(cls, path: Path, recorder: Recorder) -> Self:
        """Timeline of what the recorder has written.

        Cycles after the last in which some unit had a job are left out, as from the counters.

        Raises
        ------
        ToolError
            If the file cannot be read.
        """
        recording, config = read_recording(path, recorder), recorder.config
        busy = np.flatnonzero(recording.units.any(axis=1))
        kept = int(busy[-1]) + 1 if len(busy) else 0
        lengths = recording.lengths[:kept]
        units = tuple(make_track(unit.name, unit.kind, STATES, lengths, recording.units[:kept, index])
                      for index, unit in enumerate(RegisterMap(config).units))
        causes = make_track("causes", "causes", recorder.causes, lengths, recording.causes[:kept])
        buckets = recording.refusals * [BUCKET_CYCLES, 1, 1, 1]
        conflicts = Conflicts(recorder.requesters, BUCKET_CYCLES, _added(buckets[buckets[:, 0] < causes.end]))
        return cls(config.name, config.config_hash, causes, units, conflicts)

    def disagreements(self, counters: Mapping[str, int]) -> list[str]:
        """How the hardware's counters differ from this, a sentence each; none if all is right.

        ``counters`` holds ``total_cycles`` and every cause, as `SimulatedCluster.counters` gives them.
        """
        seen = self.causes.totals() | {"total_cycles": self.total_cycles}
        return [f"{name}: the timeline has {cycles} cycles, the counter {counters[name]}"
                for name, cycles in seen.items() if cycles != counters[name]]

    def largest(self, count: int) -> list[tuple[str, int]]:
        """``steps``, then the causes of most cycles and their cycles, no more than ``count`` in all."""
        totals = self.causes.totals()
        stalls = sorted(((name, cycles) for name, cycles in totals.items() if cycles and name != "steps"), key=lambda row: -row[1])
        return [("steps", totals["steps"]), *stalls][:count]

    def to_json(self) -> dict:
        """Everything under stable keys, see docs/measures.md."""
        conflicts = self.conflicts
        names = conflicts.requesters
        return {
            "format": FORMAT,
            "version": VERSION,
            "config": self.config,
            "config_hash": self.config_hash,
            "total_cycles": self.total_cycles,
            "causes": {"states": list(self.causes.states), "totals": self.causes.totals(), "segments": self.causes.segments()},
            "units": {unit.name: {"kind": unit.kind, "states": list(unit.states), "totals": unit.totals(),
                                  "segments": unit.segments()} for unit in self.units},
            "conflicts": {
                "requesters": list(names),
                "bucket_cycles": conflicts.bucket_cycles,
                "total": conflicts.total().tolist(),
                "buckets": [[start, names[loser], names[winner], count]
                            for start, loser, winner, count in conflicts.buckets.tolist()],
            },
        }

    @classmethod
    def from_json(cls, content: dict) -> Self:
        """The timeline that `to_json` gave this for.

        Raises
        ------
        DataError
            If it is something else or of another version.
        """
        found = (content.get("format"), content.get("version")) if isinstance(content, dict) else content
        if found != (FORMAT, VERSION):
            raise DataError(f"timeline must be of format {FORMAT!r}, version {VERSION}, not {found!r}")
        try:
            conflicts = content["conflicts"]
            number = {name: index for index, name in enumerate(conflicts["requesters"])}
            rows = [[start, number[loser], number[winner], count] for start, loser, winner, count in conflicts["buckets"]]
            return cls(
                content["config"], content["config_hash"], _track("causes", content["causes"] | {"kind": "causes"}),
                tuple(_track(name, unit) for name, unit in content["units"].items()),
                Conflicts(tuple(number), conflicts["bucket_cycles"], np.array(rows, np.int64).reshape(-1, 4)))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"timeline must have all keys in their form, not {error!r}") from None


def _track(name: str, content: dict) -> Track:
    states, segments = tuple(content["states"]), content["segments"]
    codes = np.array([states.index(state) for _, _, state in segments], np.int64)
    return make_track(name, content["kind"], states, np.array([end - start for start, end, _ in segments], np.int64), codes)


def _added(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows in order, those of one bucket and pair added up."""
    keys, inverse = np.unique(rows[:, :3], axis=0, return_inverse=True)
    counts = np.bincount(inverse.ravel(), rows[:, 3], minlength=len(keys)).astype(np.int64)
    return np.column_stack([keys, counts])
