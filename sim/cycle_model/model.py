# SPDX-License-Identifier: Apache-2.0
"""A cluster that only counts cycles."""

import ctypes
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...compiler.descriptors import DescriptorWriter
from ...compiler.jobs import BusWriter, Job
from ...config import ClusterConfig
from ...config.counters import cycle_causes
from ...config.error_causes import MEANINGS, ErrorCause
from ...config.register_map import WORD_BYTES, RegisterMap
from ...errors import ToolError
from ..cluster import CLEAR_COUNTERS, MAXIMUM_JOB_CYCLES
from ..external_memory import PAGE_BYTES, ExternalMemory
from ..host_config import add_completion, add_descriptors, add_jobs, check_host_config
from ..program import Program
from ..session import MEMORY_BYTES
from .library import Bytes, Words, library
from .tables import LAYOUT, config_table, entry_tables, memory_table, program_table, ring_table

RESULT_HEAD = 8
"""Numbers before the counters of causes in what the library returns."""


class Ending(IntEnum):
    """How a run ended; ``tables.h`` lists the same numbers."""

    COMPLETED = 0
    STUCK = 1
    LIMIT = 2
    BAD_ACCESS = 3
    REFUSED = 4
    WRONG_LENGTH = 5


@dataclass(frozen=True)
class ModelRun:
    """What a run took.

    Attributes
    ----------
    counters : dict of int
        Every performance counter, as `SimulatedCluster.counters` gives them.
    simulated_cycles : int
        From the first access on the bus to the end.
    seconds : float
        Of wall time that they took.
    record : array of uint8
        A row for each counted cycle, as many as were asked for: cause, then what each unit did, an index into
        `hwgen.sim.recorder.STATES`.
    """

    counters: dict[str, int]
    simulated_cycles: int
    seconds: float
    record: NDArray[np.uint8]


class CycleModel:
    """Runs jobs on a cluster cycle by cycle, but for its data.

    Parameters
    ----------
    config : ClusterConfig
        Of a cluster whose accelerator is the GeMM core without a mover.

    Raises
    ------
    ToolError
        If the model does not know such a cluster, or cannot be compiled.
    """

    def __init__(self, config: ClusterConfig):
        self.config, self.map = config, RegisterMap(config)
        self._table = config_table(config)
        self._library = library()
        if (found := self._library.hwgen_cycles_layout()) != LAYOUT:
            raise ToolError(f"the cycle model must have tables of layout {LAYOUT}, not {found}")

    def run(self, jobs: Sequence[Job], *, host_config: str = "shadow", external: ExternalMemory | None = None,
            completed: Mapping[str, int] | None = None, limit: int = MAXIMUM_JOB_CYCLES, reserved: int = 0,
            memory_size: int = MEMORY_BYTES, since_reset: int = 0, record: int = 0,
            finish: Literal["interrupt", "completion"] = "interrupt") -> ModelRun:
        """Cycles of jobs that a host hands over, as `SimulatedCluster.run` does.

        All registers hold their reset values before.

        Parameters
        ----------
        jobs : sequence of Job
            The last must ask for an interrupt, and no other, unless completion is waited for.
        host_config : str
            One of `HOST_CONFIGS`.
        external : ExternalMemory, optional
            Without pauses, jitter, errors and reordering.
        completed : mapping of int, by unit
            Entries completed before; none by default.
        limit : int
            Cycles after which the cluster counts as hanging.
        reserved, memory_size : int
            Bytes at the beginning of external memory that descriptors must not be put into, and of all of it.
        since_reset : int
            Cycles from the cluster's reset to the first access; whose turn it is at the banks depends on it.
        record : int
            Counted cycles of which to keep what every unit did.
        finish : {"interrupt", "completion"}
            What is waited for.

        Raises
        ------
        MappingError
            If a job is not one of the cluster's.
        ToolError
            If the cluster hangs, an access is suppressed, or the two sides of a copy differ in length; or if the
            cluster has no such ``host_config``, or the model no such memory.
        """
        check_host_config(host_config, self.config)
        for name, value in (("limit", limit), ("since_reset", since_reset), ("record", record)):
            if value < 0:
                raise ToolError(f"{name} must be 0 or more, not {value!r}")
        if external is not None and self.config.dma is None:
            raise ToolError(f"external must be left out on {self.config.name}, which has no dma, not {external!r}")
        if memory_size <= 0 or memory_size % PAGE_BYTES:
            raise ToolError(f"memory_size must be a positive multiple of {PAGE_BYTES}, not {memory_size!r}")
        names = [unit.name for unit in self.map.units]
        if unknown := sorted(set(completed or {}) - set(names)):
            raise ToolError(f"completed must name units of {', '.join(names)}, not {unknown[0]!r}")
        entries, places = entry_tables(self.map, jobs)
        before = dict.fromkeys(names, 0) | dict(completed or {})
        program, address = Program(), self.map.address
        program.write(address("cluster.control"), CLEAR_COUNTERS)
        program.write(address("cluster.interrupt_enable"), 3)
        ring = None
        if host_config == "queue":
            ring = self._add_descriptors(program, jobs, memory_size, reserved)
        else:
            add_jobs(program, jobs, BusWriter(self.map), host_config, before)
        if finish == "interrupt":
            program.wait_irq(limit)
        else:
            add_completion(program, jobs, self.map, before, limit)
        counts = np.array([before[name] for name in names], np.int64) % (1 << self.config.jobs.count_width)
        rows = np.zeros((record, 1 + len(self.map.units)), np.uint8)
        causes, streamers = cycle_causes(self.config), list(self.config.all_streamers)
        results = np.zeros(RESULT_HEAD + len(causes) + len(streamers) + 4 * len(self.map.units), np.int64)
        memory, operations = memory_table(external or ExternalMemory()), program_table(self.map, program)
        started = time.perf_counter()
        self._library.hwgen_cycles_run(
            _words(self._table), _words(memory), _words(entries), _words(places), len(jobs), _words(operations),
            ring if ring is None else _words(ring), _words(counts), since_reset, limit, rows.ctypes.data_as(Bytes), record,
            _words(results))
        seconds = time.perf_counter() - started
        self._check(results, limit)
        registers = ["total_cycles", "cycles", *causes, *(f"accesses_{name}" for name in streamers)]
        counters = dict(zip(registers, results[RESULT_HEAD - 2:].tolist(), strict=False))
        return ModelRun(counters, int(results[RESULT_HEAD - 3]), seconds, rows[:counters["total_cycles"]])

    def _add_descriptors(self, program: Program, jobs: Sequence[Job], memory_size: int, reserved: int) -> NDArray[np.int64]:
        """Have the program announce jobs in memory; the ring that holds them."""
        # Of so much memory only the pages that hold descriptors are ever touched.
        memory, writer = np.zeros(memory_size, np.uint8), DescriptorWriter(self.map)
        writer.forget()
        tail = add_descriptors(program, jobs, writer, memory, reserved, 0)
        size = max(1, tail - 1).bit_length()
        base = memory_size - (WORD_BYTES << size)
        return ring_table(self.map, base, size, memory[base:].view(np.dtype("<u4"))[:tail])

    def _check(self, results: NDArray[np.int64], limit: int) -> None:
        """Raise what the simulator would if the run has not come to its end."""
        ending, unit, cause, channel, place = (int(value) for value in results[:5])
        name = self.map.units[unit].name
        match Ending(ending):
            case Ending.STUCK:
                raise ToolError(f"the simulated cluster hangs: {self._heads(results)}")
            case Ending.LIMIT:
                raise ToolError(f"the simulated cluster hangs after {limit} cycles: {self._heads(results)}")
            case Ending.BAD_ACCESS:
                meaning = MEANINGS[ErrorCause(cause)]
                raise ToolError(f"the cluster reports an error of {name} at {place & 0xFFFF_FFFF:#x}: {meaning} (channel {channel})")
            case Ending.REFUSED:
                raise ToolError(f"the cluster refused the push of job {place}: the queue of {name} is full")
            case Ending.WRONG_LENGTH:
                raise ToolError(f"the cluster reports an error of {name}: {MEANINGS[ErrorCause.COPY_LENGTH]}")

    def _heads(self, results: NDArray[np.int64]) -> str:
        """What every unit is at."""
        names = [*(unit.name for unit in self.map.units), *(f"semaphore_{s}" for s in range(self.config.jobs.semaphores))]
        parts = []
        heads = results[-4 * len(self.map.units):].reshape(-1, 4).tolist()
        for unit, (job, source, count, running) in zip(self.map.units, heads, strict=True):
            if source >= 0:
                parts.append(f"{unit.name} holds job {job} until {names[source]} has reached {count}")
            elif job >= 0:
                parts.append(f"{unit.name} {'is running, then comes' if running else 'does not start'} job {job}")
            elif running:
                parts.append(f"{unit.name} is running")
        return "; ".join(parts) or "no unit has a job, and the interrupt has not come"


def _words(array: NDArray[np.int64]) -> "ctypes._Pointer":
    """Where the library finds a table."""
    return array.ctypes.data_as(Words)
