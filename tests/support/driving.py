# SPDX-License-Identifier: Apache-2.0
"""Small programs for a simulated cluster: push jobs, load and compare the scratchpad."""

import numpy as np
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.program import Program
from hwgen.sim.results import Results

from hwgen.compiler.image import MemoryImage
from hwgen.compiler.jobs import Job


def noise(cluster: SimulatedCluster, seed: int) -> MemoryImage:
    """Random contents for the whole scratchpad."""
    memory = cluster.config.memory
    return MemoryImage(memory, np.random.default_rng(seed).integers(0, 256, memory.size, dtype=np.uint8))


def add_push(cluster: SimulatedCluster, program: Program, job: Job) -> None:
    """Prepare and push a job, without regard to room in the queues."""
    for address, value in cluster.writer.writes(job):
        program.write(address, value)


def push(cluster: SimulatedCluster, *jobs: Job, **options) -> Results:
    """Prepare and push jobs; none may be refused."""
    program = Program()
    for job in jobs:
        add_push(cluster, program, job)
    results = cluster.play(program, **options)
    assert not results.errors
    return results


def add_status_poll(cluster: SimulatedCluster, program: Program, *, limit: int = 20_000) -> None:
    """Poll until no unit is running."""
    running = (1 << len(cluster.map.units)) - 1
    program.poll(cluster.map.address("cluster.status"), running, 0, limit)


def wait_idle(cluster: SimulatedCluster, *, limit: int = 20_000) -> None:
    """Return once no unit is running; whoever still waits in a queue stays there."""
    program = Program()
    add_status_poll(cluster, program, limit=limit)
    cluster.play(program)


def wait_completed(cluster: SimulatedCluster, unit: str, count: int, *, limit: int = 20_000) -> None:
    """Return once a unit has completed so many jobs since reset."""
    program = Program()
    program.poll(cluster.map.address(f"cluster.completed_{unit}"), 0xFFFF_FFFF, count, limit)
    cluster.play(program)


def completed(cluster: SimulatedCluster) -> dict[str, int]:
    """Jobs each unit has completed since reset."""
    names = [unit.name for unit in cluster.map.units]
    values = cluster.read(*(f"completed_{name}" for name in names))
    return {name: values[f"completed_{name}"] for name in names}


def differences(one: MemoryImage, other: MemoryImage) -> list[tuple[int, int]]:
    """Bank and row of every word that differs."""
    rows, banks, _ = np.nonzero(one.bytes != other.bytes)
    return sorted({(int(b), int(r)) for b, r in zip(banks, rows, strict=True)})
