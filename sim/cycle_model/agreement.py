# SPDX-License-Identifier: Apache-2.0
"""Runs of the cycle model beside those of the Verilog."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...compiler.jobs import Job
from ..cluster import SimulatedCluster
from ..program import Program
from ..timeline import Timeline
from .model import CycleModel, ModelRun


@dataclass(frozen=True)
class Agreement:
    """The same jobs on both.

    Attributes
    ----------
    simulated, modeled : dict of int
        Counters.
    first_difference : str or None
        The first counted cycle in which the recordings differ, and how.
    since_reset : int
        Cycles between the reset and the first access.
    run : ModelRun
    """

    simulated: Mapping[str, int]
    modeled: Mapping[str, int]
    first_difference: str | None
    since_reset: int
    run: ModelRun

    @property
    def equal(self) -> bool:
        """All counters are."""
        return self.simulated == self.modeled

    @property
    def error(self) -> float:
        """Of ``total_cycles``, relative to the Verilog's."""
        return abs(self.modeled["total_cycles"] / self.simulated["total_cycles"] - 1)

    def differences(self) -> dict[str, tuple[int, int]]:
        """Counters that differ, the Verilog's first."""
        return {name: (value, self.modeled[name]) for name, value in self.simulated.items() if value != self.modeled[name]}


def compare(cluster: SimulatedCluster, model: CycleModel, jobs: Sequence[Job], **options) -> Agreement:
    """Run jobs on a cluster, from its reset on, and on the model of it.

    Contents of memories are left as they are, since no cycle depends on them. ``options`` are those of both ``run``.

    Raises
    ------
    ToolError
        If either run fails.
    """
    released = cluster.reset()
    results = cluster.run(jobs, **options)
    _wait_idle(cluster, jobs)
    simulated = cluster.counters()
    external = cluster.session.external if cluster.config.dma else None
    since_reset = results.first_cycle - released
    run = model.run(jobs, external=external, since_reset=since_reset,
                    record=simulated["total_cycles"], **options)
    timeline = cluster.timeline() if cluster.session.record else None
    return Agreement(simulated, run.counters, timeline and first_difference(timeline, run), since_reset, run)


def _wait_idle(cluster: SimulatedCluster, jobs: Sequence[Job]) -> None:
    """Let units end that go on after the interrupt."""
    entries = Counter(name for job in jobs for name in job.entries)
    program, mask = Program(), (1 << cluster.config.jobs.count_width) - 1
    for name, count in entries.items():
        program.poll(cluster.map.address(f"cluster.completed_{name}"), mask, count & mask)
    cluster.play(program)


def first_difference(timeline: Timeline, run: ModelRun) -> str | None:
    """Where a recording of the Verilog and one of the model part, as a sentence."""
    tracks = [timeline.causes, *timeline.units]
    seen = np.stack([np.repeat(track.codes, track.ends - track.starts) for track in tracks], axis=1)
    length = min(len(seen), len(run.record))
    wrong = np.flatnonzero((seen[:length] != run.record[:length]).any(axis=1))
    if not len(wrong):
        return None if len(seen) == len(run.record) else f"cycles: {len(seen)} and {len(run.record)}"
    cycle = int(wrong[0])
    parts = [f"{track.name} {track.states[a]} and {track.states[b]}"
             for track, a, b in zip(tracks, seen[cycle], run.record[cycle], strict=True) if a != b]
    return f"cycle {cycle}: {', '.join(parts)}"
