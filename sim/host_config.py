# SPDX-License-Identifier: Apache-2.0
"""How a host hands jobs to a cluster: one at a time, the next one while others run, or all in memory."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..compiler.descriptors import DescriptorWriter
from ..compiler.jobs import BusWriter, Job
from ..config import ClusterConfig
from ..config.descriptor_format import LARGEST_RING
from ..config.register_map import WORD_BYTES, RegisterMap
from ..errors import ToolError
from .external_memory import ExternalMemory
from .program import Program

HOST_CONFIGS = {
    "serial": "each job is written, pushed and waited for before the next is written",
    "shadow": "the next job is written while others run, and pushed as soon as the queues have room",
    "queue": "all jobs lie in external memory as descriptors, which the cluster fetches ahead and pushes by itself",
}
"""Every way, and what it means."""


RING_BYTES = WORD_BYTES << LARGEST_RING
"""Of the largest ring of descriptors."""


def check_host_config(name: str, config: ClusterConfig) -> None:
    """Refuse a way that does not exist, or that the cluster has no part for.

    Raises
    ------
    ToolError
    """
    if name not in HOST_CONFIGS:
        raise ToolError(f"host_config must be one of {', '.join(HOST_CONFIGS)}, not {name!r}")
    if name == "queue" and not has_queue(config):
        raise ToolError(f"host_config must be serial or shadow on {config.name}, which has no dma.descriptors, not {name!r}")


def has_queue(config: ClusterConfig) -> bool:
    """The cluster can take jobs from memory."""
    return config.dma is not None and config.dma.descriptors is not None


def descriptors_fit(jobs: Sequence[Job], config: ClusterConfig) -> bool:
    """Whether the largest ring holds the descriptors of all jobs."""
    writer, words = DescriptorWriter(RegisterMap(config)), 0
    writer.forget()
    for job in jobs:
        words += len(writer.encode(job))
        if words > 1 << LARGEST_RING:
            return False
    return True


def usual_host_config(config: ClusterConfig, external: ExternalMemory | None) -> str:
    """The last of `HOST_CONFIGS` that the cluster can do; operands in the scratchpad come without descriptors."""
    return "queue" if external is not None and has_queue(config) else "shadow"


def add_descriptors(program: Program, jobs: Sequence[Job], writer: DescriptorWriter, memory: NDArray[np.uint8], reserved: int, tail: int) -> int:
    """Put all jobs into a ring at the end of external memory, and add to ``program`` what announces them.

    Parameters
    ----------
    program : Program
    jobs : sequence of Job
    writer : DescriptorWriter
    memory : array of uint8
        External memory.
    reserved : int
        Bytes at its beginning that are used otherwise.
    tail : int
        What queue_tail holds.

    Returns
    -------
    int
        What it will hold.

    Raises
    ------
    ToolError
        If there is no room for all jobs.
    """
    words = np.array([word for job in jobs for word in writer.encode(job)], np.dtype("<u4"))
    size = max(1, len(words) - 1).bit_length()
    if size > LARGEST_RING:
        raise ToolError(f"descriptors of all jobs must be {1 << LARGEST_RING} words at most, not {len(words)}")
    base = len(memory) - (WORD_BYTES << size)
    if base < reserved:
        raise ToolError(f"external memory must have {WORD_BYTES << size} bytes behind the first {reserved} for descriptors, not {len(memory)} in all")
    places = (tail + np.arange(len(words))) % (1 << size)
    memory[base:].view(np.dtype("<u4"))[places] = words
    address = writer.map.address
    program.write(address("cluster.queue_base"), base & 0xFFFF_FFFF)
    if writer.map.config.dma.address_width > 32:
        program.write(address("cluster.queue_base_high"), base >> 32)
    program.write(address("cluster.queue_layout"), writer.map.global_block.register("queue_layout").pack({"queue_size": size}))
    tail = (tail + len(words)) % (1 << 32)
    program.write(address("cluster.queue_tail"), tail)
    return tail


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


def add_completion(program: Program, jobs: Sequence[Job], registers: RegisterMap, completed: Mapping[str, int], limit: int) -> None:
    """Have ``program`` wait until every unit has completed all its entries, each for ``limit`` cycles.

    Parameters
    ----------
    program : Program
    jobs : sequence of Job
    registers : RegisterMap
    completed : mapping of int, by unit
        Entries completed before.
    limit : int
    """
    mask = (1 << registers.config.jobs.count_width) - 1
    for unit in registers.units:
        count = sum(unit.name in job.entries for job in jobs)
        if count:
            program.poll(registers.address(f"cluster.completed_{unit.name}"), mask, completed[unit.name] + count & mask, limit)
