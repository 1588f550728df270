# SPDX-License-Identifier: Apache-2.0
"""Entries of a program by unit, in the order in which each unit carries them out."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from ...config import ClusterConfig
from ...config.units import units
from ..jobs import Entry
from .program import Program, resets


@dataclass(frozen=True)
class Numbered:
    """An entry and its place in the program.

    Attributes
    ----------
    unit : str
    number : int
        Entries the unit has completed once it has completed this one, counted from the program's start.
    job : int
        Index of its job.
    label : str
        Of its job.
    entry : Entry
    fields : mapping of int
        All of the unit's, those left out by their reset values.
    """

    unit: str
    number: int
    job: int
    label: str
    entry: Entry
    fields: Mapping[str, int]

    def __str__(self) -> str:
        return f"{job_name(self.job, self.label)} {self.unit}"


Entries = dict[str, list[Numbered]]
"""By unit; entry number n at index n - 1."""


def job_name(job: int, label: str) -> str:
    """How messages call a job."""
    return f"jobs[{job}]" + (f" ({label})" if label else "")


def numbered(program: Program, config: ClusterConfig) -> Entries:
    """Every unit's entries; units without any have empty lists."""
    known = resets(config)
    found: Entries = {unit.name: [] for unit in units(config)}
    for index, job in enumerate(program.jobs):
        for unit, entry in job.entries.items():
            mine = found[unit]
            mine.append(Numbered(unit, len(mine) + 1, index, job.label, entry, known[unit] | entry.fields))
    return found


def steps(config: ClusterConfig, entry: Numbered) -> int:
    """Temporal steps of a streamer's entry, each one word of its stream."""
    return prod(entry.fields[f"temporal_bound_{d}"] for d in range(config.all_streamers[entry.unit].temporal_dimensions))


def external_bytes(config: ClusterConfig, entry: Numbered) -> int:
    """Bytes that an entry of a copy engine moves."""
    return entry.fields["run_bytes"] * prod(entry.fields[f"external_bound_{d}"] for d in range(config.dma.dimensions))
