# SPDX-License-Identifier: Apache-2.0
"""How a host hands jobs to a cluster: one at a time, or the next one while others run."""

from collections.abc import Callable, Mapping, Sequence

from ..compiler.jobs import BusWriter, Job
from ..errors import ToolError
from .program import Program

HOST_CONFIGS = {
    "serial": "each job is written, pushed and waited for before the next is written",
    "shadow": "the next job is written while others run, and pushed as soon as the queues have room",
}
"""Every way, and what it means."""


def add_jobs(program: Program, jobs: Sequence[Job], writer: BusWriter, host_config: str, completed: Mapping[str, int],
             between: Callable[[Program, int], None] | None = None) -> None:
    """Add to ``program`` what hands over all jobs.

    Parameters
    ----------
    program : Program
    jobs : sequence of Job
    writer : BusWriter
    host_config : str
    completed : mapping of int, by unit
        Entries completed before; only for ``serial``, in which each job must be able to end before the next begins.
    between : callable, optional
        Called before each job with the program and the job's number.
    """
    if host_config not in HOST_CONFIGS:
        raise ToolError(f"host_config must be one of {', '.join(HOST_CONFIGS)}, not {host_config!r}")
    address, config = writer.map.address, writer.map.config
    counts = dict(completed)
    for index, job in enumerate(jobs):
        if between is not None:
            between(program, index)
        writes = list(writer.writes(job))
        for target, value in writes[:-1]:
            program.write(target, value)
        if host_config == "shadow" and index >= config.jobs.queue_depth:
            # The first jobs find their queues empty.
            program.poll(address("cluster.queue_full"), sum(1 << writer.map.unit_index(name) for name in job.entries), 0)
        program.write(*writes[-1])
        if host_config == "serial":
            for name in job.entries:
                counts[name] = (counts[name] + 1) % (1 << config.jobs.count_width)
                program.poll(address(f"cluster.completed_{name}"), (1 << config.jobs.count_width) - 1, counts[name])
