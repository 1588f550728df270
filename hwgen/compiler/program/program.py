# SPDX-License-Identifier: Apache-2.0
"""A program: buffers, and jobs in the order in which they are pushed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ...config import ClusterConfig
from ...config.units import units
from ...errors import MappingError
from ..jobs import Entry, Job, Wait
from .buffers import Buffer, check_names

SEMAPHORE = "semaphore_"
"""What the names of wait sources that are semaphores begin with."""


@dataclass(frozen=True)
class Program:
    """What a cluster is told to do.

    Attributes
    ----------
    config_name, config_hash : str
        Of the cluster it was made for.
    buffers : tuple of Buffer
    jobs : tuple of Job
        In the order in which they are pushed. Fields that hold their reset value may be left out. Counts of units that
        entries wait for are those since the program's start, however many: they do not wrap.
    """

    config_name: str
    config_hash: str
    buffers: tuple[Buffer, ...]
    jobs: tuple[Job, ...]

    def __post_init__(self) -> None:
        check_names(self.buffers)

    @classmethod
    def of(cls, config: ClusterConfig, buffers: Sequence[Buffer], jobs: Sequence[Job]) -> "Program":
        """A program from jobs as the hardware takes them, on units that have completed nothing before.

        Fields that hold their reset value are left out, and counts that have wrapped are made whole.
        """
        return cls(config.name, config.config_hash, tuple(buffers), tuple(_plain(config, jobs)))

    def rebased(self, completed: Mapping[str, int], count_width: int) -> list[Job]:
        """Jobs as the hardware takes them, on units that have completed so many entries.

        Parameters
        ----------
        completed : mapping of int, by unit
            Units that are left out have completed none.
        count_width : int
            Bits of the cluster's completion counters.
        """
        def moved(wait: Wait) -> Wait:
            if wait.source.startswith(SEMAPHORE):
                return wait
            return Wait(wait.source, (completed.get(wait.source, 0) + wait.count) % (1 << count_width))

        return [_changed(job, {unit: replace(entry, waits=tuple(map(moved, entry.waits))) for unit, entry in job.entries.items()})
                for job in self.jobs]

    def buffer(self, name: str) -> Buffer:
        """The buffer of that name.

        Raises
        ------
        MappingError
            If there is none.
        """
        for buffer in self.buffers:
            if buffer.name == name:
                return buffer
        raise MappingError(f"a buffer of the program must be one of {', '.join(buffer.name for buffer in self.buffers)}, not {name!r}")

    @cached_property
    def external_size(self) -> int:
        """Bytes of external memory up to the end of the last buffer."""
        return max((buffer.end for buffer in self.buffers if buffer.space == "external"), default=0)

    @property
    def counts(self) -> dict[str, int]:
        """Entries of each unit that has any."""
        found: dict[str, int] = {}
        for job in self.jobs:
            for unit in job.entries:
                found[unit] = found.get(unit, 0) + 1
        return found

    def text(self) -> str:
        """A listing to read; see `listing.lines`."""
        from .listing import lines
        return "\n".join(lines(self))

    def __str__(self) -> str:
        return self.text()


def resets(config: ClusterConfig) -> dict[str, dict[str, int]]:
    """Reset value of every field that an entry may name, by unit."""
    return {unit.name: {field.name: field.reset for field in unit.fields} for unit in units(config)}


def _changed(job: Job, entries: dict[str, Entry]) -> Job:
    return replace(job, entries=entries)


def _plain(config: ClusterConfig, jobs: Sequence[Job]) -> Iterator[Job]:
    known, modulus = resets(config), 1 << config.jobs.count_width
    pushed: dict[str, int] = {}
    for job in jobs:
        for unit in job.entries:
            pushed[unit] = pushed.get(unit, 0) + 1
        entries = {}
        for unit, entry in job.entries.items():
            reset = known.get(unit, {})
            fields = {name: value for name, value in entry.fields.items() if name not in reset or value != reset[name]}
            entries[unit] = replace(entry, fields=fields, waits=tuple(_whole(wait, pushed, modulus) for wait in entry.waits))
        yield _changed(job, entries)


def _whole(wait: Wait, pushed: Mapping[str, int], modulus: int) -> Wait:
    """The wait with the count that is nearest to the entries pushed by then, as the hardware compares them."""
    if wait.source.startswith(SEMAPHORE):
        return wait
    here = pushed.get(wait.source, 0)
    behind = (here - wait.count) % modulus
    return Wait(wait.source, here - behind if behind < modulus // 2 else here - behind + modulus)
