# SPDX-License-Identifier: Apache-2.0
"""Run programs of jobs on the emitted Verilog and hold them to the interpreter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..compiler.interpreter.run import Memories, carry_out, filled
from ..compiler.program import Program
from ..compiler.program.resolve import Registers, indirect, resolved
from ..config import ClusterConfig
from ..config.counters import cycle_causes
from ..errors import ToolError
from .cluster import MAXIMUM_JOB_CYCLES, SimulatedCluster
from .external_memory import PAGE_BYTES, ExternalMemory
from .external_traffic import Traffic
from .host_config import RING_BYTES, has_queue

GUARD_BYTES = PAGE_BYTES
"""Behind the last buffer, random and compared as well."""


@dataclass(frozen=True)
class ProgramRun:
    """Outcome of one program.

    Attributes
    ----------
    program : Program
    config : ClusterConfig
    contents : dict of array, by buffer
        Of all buffers, as the hardware left them; none of the cycle model.
    differences : tuple of str
        Where that is not what the interpreter has; none if all is right.
    counters : dict of int
        As `SimulatedCluster.counters` gives them.
    simulated_cycles, seconds : int, float
        Of everything, loading and reading memory included; simulation proper, without building.
    host_config : str
    external : ExternalMemory or None
        What the cluster's port was connected to, if it has one.
    traffic : Traffic or None
        What that has seen.
    engine : {"rtl", "model"}
        The cycle model has no data: nothing is said of contents.
    """

    program: Program
    config: ClusterConfig
    contents: dict[str, np.ndarray]
    differences: tuple[str, ...]
    counters: dict[str, int]
    simulated_cycles: int
    seconds: float
    host_config: str
    external: ExternalMemory | None = None
    traffic: Traffic | None = None
    engine: Literal["rtl", "model"] = "rtl"

    @property
    def stalls(self) -> dict[str, int]:
        """Cycles by named cause; with the steps they add up to ``total_cycles``."""
        return {cause: self.counters[cause] for cause in cycle_causes(self.config) if cause != "steps"}

    @property
    def accounted(self) -> bool:
        """Every cycle is charged exactly once."""
        return self.counters["steps"] + sum(self.stalls.values()) == self.counters["total_cycles"]

    @property
    def passed(self) -> bool:
        return not self.differences and self.accounted


def program_memory_size(program: Program) -> int:
    """Bytes of external memory, whole pages, that hold all buffers, a guard behind them, and descriptors."""
    return -(-(program.external_size + GUARD_BYTES) // PAGE_BYTES) * PAGE_BYTES + RING_BYTES


def check_registers(program: Program, config: ClusterConfig, host_config: str) -> None:
    """Refuse to hand over what is only known at run time in a way that does not allow that.

    Raises
    ------
    ToolError
    """
    found = next(indirect(program), None)
    if found is not None and not (host_config == "queue" and has_queue(config)):
        raise ToolError(f"host_config must be queue, since jobs[{found[0]}].entries.{found[1]}.fields.{found[2]} comes from a run-time register,"
                        f" not {host_config!r}")


def run_program(cluster: SimulatedCluster, program: Program, contents: Mapping[str, np.ndarray], *, seed: int = 0,
                registers: Registers | None = None, host_config: str = "shadow", from_reset: bool = False) -> ProgramRun:
    """Carry out a program that has been checked.

    Scratchpad and external memory are filled with random bytes wherever ``contents`` says nothing; afterwards all of both
    is compared with what the interpreter makes of the same.

    Parameters
    ----------
    cluster : SimulatedCluster
    program : Program
    contents : mapping of array, by buffer
    seed : int
        Of the random bytes.
    registers : mapping of int, optional
        What run-time registers hold, by number.
    host_config, from_reset
        As in `SimulatedCluster.run`; there is no reset where registers hold anything.

    Raises
    ------
    MappingError
        If the contents are not those of the buffers, or the program cannot be interpreted.
    ToolError
        If external memory is too small, values are not known before they run and ``host_config`` is not ``queue``, or the cluster hangs.
    """
    config, session = cluster.config, cluster.session
    check_registers(program, config, host_config)
    memories = filled(program, config, contents, seed=seed, beyond=GUARD_BYTES if config.dma is not None else 0)
    used = len(memories.external)
    if config.dma is not None and used > len(session.memory):
        raise ToolError(f"the simulated external memory must hold {used} bytes for this program, not {len(session.memory)}")
    expected = memories.copy()
    carry_out(program, expected, registers=registers)
    work = resolved(program, config, registers, memories.external)
    before_cycles, before_seconds = session.cycles, session.seconds
    cluster.load(memories.image())
    if config.dma is not None:
        session.memory[:used] = memories.external
    for number, value in (registers or {}).items():
        if host_config == "queue":
            cluster.write(f"cluster.runtime_{number}", value)
    handed = program if host_config == "queue" else work
    # A reset would take the run-time registers with it.
    from_reset = from_reset and not registers
    jobs = handed.rebased({} if from_reset else cluster.completed(), config.jobs.count_width)
    results = cluster.run(jobs, host_config=host_config, reserved=used, limit=_limit(work), finish="completion", from_reset=from_reset)
    counters = cluster.counters()
    scratchpad = cluster.dump().bytes.reshape(memories.scratchpad.shape)
    found = Memories(config, scratchpad, np.array(session.memory[:used]) if config.dma is not None else memories.external)
    return ProgramRun(
        program=program, config=config, contents={buffer.name: found.load(buffer) for buffer in program.buffers},
        differences=tuple(_differences(program, found, expected)), counters=counters,
        simulated_cycles=session.cycles - before_cycles, seconds=session.seconds - before_seconds, host_config=host_config,
        external=session.external if config.dma is not None else None, traffic=results.traffic)


def _limit(program: Program) -> int:
    """Cycles after which the cluster counts as hanging: many more than any of the jobs can take one after the other."""
    steps = 0
    for job in program.jobs:
        for entry in job.entries.values():
            count = entry.fields.get("tiles", 1) * entry.fields.get("steps", 1) + entry.fields.get("run_bytes", 0)
            for name, value in entry.fields.items():
                if name.startswith(("temporal_bound_", "external_bound_")):
                    count *= max(1, value)
            steps += count
    return min(max(1 << 20, 100 * steps + 10_000 * len(program.jobs)), MAXIMUM_JOB_CYCLES * 64)


def _differences(program: Program, found: Memories, expected: Memories) -> Iterator[str]:
    """What is wrong: outputs by element, then any byte of either memory."""
    for buffer in program.buffers:
        if buffer.role != "output":
            continue
        here, there = found.load(buffer), expected.load(buffer)
        wrong = np.argwhere(here != there)
        if len(wrong):
            at = tuple(map(int, wrong[0]))
            yield (f"buffer {buffer.name!r} differs in {len(wrong)} of {here.size} elements, first in {at}:"
                   f" {here[at]} instead of {there[at]}")
    for name, here, there in (("scratchpad", found.scratchpad.reshape(-1), expected.scratchpad.reshape(-1)),
                              ("external memory", found.external, expected.external)):
        wrong = np.flatnonzero(here != there)
        if len(wrong):
            yield f"{name} differs in {len(wrong)} bytes, first in byte {wrong[0]}: {here[wrong[0]]} instead of {there[wrong[0]]}"
