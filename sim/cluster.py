# SPDX-License-Identifier: Apache-2.0
"""A simulated cluster that is given memory contents and jobs over its bus, and asked for results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from ..compiler.descriptors import DescriptorWriter
from ..compiler.image import MemoryImage
from ..compiler.jobs import BusWriter, Job
from ..config import ClusterConfig
from ..config.counters import cycle_causes
from ..config.error_causes import MEANINGS, ErrorCause
from ..config.register_map import RegisterMap
from ..errors import ToolError
from .build import BuiltSimulator
from .host_config import add_completion, add_descriptors, add_jobs, check_host_config
from .program import Program
from .recorder import Recorder
from .results import Results
from .session import Session
from .timeline import Timeline

RESUME, FLUSH, CLEAR_COUNTERS, RESET = 1, 2, 4, 8
"""Bits of the control register."""

MAXIMUM_JOB_CYCLES = 1 << 26
FIRST_ACCESS = 2
"""Cycles from a reset's end to the first access of a program that follows it."""


@dataclass(frozen=True)
class LatchedError:
    """What the error registers hold.

    Attributes
    ----------
    cause : ErrorCause
    unit : int
        Its index among the units; beyond them for the descriptor queue.
    name : str
        Of the unit, or ``descriptors``.
    channel, address, job : int
    """

    cause: ErrorCause
    unit: int
    name: str
    channel: int
    address: int
    job: int


class SimulatedCluster:
    """The emitted Verilog in a simulator, seen through its register map.

    Parameters
    ----------
    config : ClusterConfig
    built : BuiltSimulator
    **options
        Those of `Session`. What the units do is recorded whenever ``built`` can.
    """

    def __init__(self, config: ClusterConfig, built: BuiltSimulator, **options):
        self.config, self.map = config, RegisterMap(config)
        self.session = Session(built, record=built.records, **options)
        self.writer = BusWriter(self.map)

    def __enter__(self) -> Self:
        self.session.__enter__()
        self._check_identity()
        return self

    def __exit__(self, *details) -> None:
        self.session.__exit__(*details)

    def _check_identity(self) -> None:
        """The simulator must be that of the config."""
        values = self.read("config_hash_low", "config_hash_high")
        found = f"{values['config_hash_high']:08x}{values['config_hash_low']:08x}"
        if found != self.config.config_hash:
            raise ToolError(f"the simulator was built for config hash {found}, not {self.config.config_hash}")

    def play(self, program: Program, **options) -> Results:
        """Play a program to its end.

        Raises
        ------
        ToolError
            If it does not end: the design hangs.
        """
        results = self.session.play(program, **options)
        if not results.completed:
            raise ToolError(f"the simulated cluster hangs: operation {results.stopped_at} did not end ({results.ending.name.lower()})")
        return results

    def reset(self) -> int:
        """Reset the design; memory contents stay. The cycle in which the reset ends."""
        cycle = self.session.reset()
        self.writer = BusWriter(self.map)
        return cycle

    def add_soft_reset(self, program: Program) -> None:
        """Have ``program`` reset the design by register, and wait until bursts under way have ended."""
        program.write(self.map.address("cluster.control"), RESET)
        program.poll(self.map.address("cluster.status"), 1 << len(self.map.units) + 2, 0)
        self.writer = BusWriter(self.map)

    def load(self, image: MemoryImage) -> None:
        """Write the whole scratchpad through the memory window."""
        program = Program()
        self._plain_window(program)
        program.write_block(self.map.window_base, image.words32())
        self._accepted(self.play(program))

    def dump(self) -> MemoryImage:
        """Read the whole scratchpad through the memory window."""
        program = Program()
        self._plain_window(program)
        place = program.read_block(self.map.window_base, self.config.memory.size // 4)
        words = self.play(program).reads[place]
        return MemoryImage(self.config.memory, np.ascontiguousarray(words).view(np.uint8))

    def _plain_window(self, program: Program) -> None:
        """Have the window interleave over all banks, or as many as it can."""
        if "window_mode" in [word.name for word in self.map.global_block.registers]:
            program.write(self.map.address("cluster.window_mode"), 0)

    def read(self, *names: str) -> dict[str, int]:
        """Values of global registers."""
        program = Program()
        places = [program.read(self.map.address(f"cluster.{name}")) for name in names]
        reads = self.play(program).reads
        return {name: int(reads[place]) for name, place in zip(names, places, strict=True)}

    def write(self, name: str, value: int) -> int:
        """Write a register by its path; its AXI response."""
        program = Program()
        program.write(self.map.address(name), value)
        return int(self.play(program).write_responses[0])

    def run(self, jobs: Sequence[Job], *, host_config: str = "shadow", between: Callable[[Program, int], None] | None = None,
            limit: int = MAXIMUM_JOB_CYCLES, reserved: int = 0, finish: Literal["interrupt", "completion"] = "interrupt",
            from_reset: bool = False, **options) -> Results:
        """Carry out jobs and wait for their end. Counters are cleared first.

        Parameters
        ----------
        jobs : sequence of Job
        host_config : str
            One of `HOST_CONFIGS`.
        between : callable, optional
            May add operations to the program before each job, whose number it is given.
        limit : int
            Cycles after which the cluster counts as hanging.
        reserved : int
            Bytes at the beginning of external memory that descriptors must not be put into.
        finish : {"interrupt", "completion"}
            What is waited for: the interrupt, which the last job must ask for, and no other; or that every unit has completed
            all its entries.
        from_reset : bool
            Reset the design `FIRST_ACCESS` cycles before the first access, so that the turns of the banks are always the same.

        Raises
        ------
        ToolError
            If there is no such ``host_config``, if the cluster reports an error, or as `play` does.
        """
        address = self.map.address
        check_host_config(host_config, self.config)
        completed, tail = {}, 0
        if from_reset:
            self.reset()
            completed = {unit.name: 0 for unit in self.map.units}
        elif host_config == "serial" or finish == "completion":
            completed = self.completed()
        program = Program()
        program.write(address("cluster.control"), CLEAR_COUNTERS)
        program.write(address("cluster.interrupt_enable"), 3)
        if host_config == "queue":
            # Entries that came over the bus are not known to the queue, nor the other way round.
            writer = DescriptorWriter(self.map)
            writer.forget()
            self.writer.forget()
            if not from_reset:
                tail = self.read("queue_tail")["queue_tail"]
            tail = add_descriptors(program, jobs, writer, self.session.memory, reserved, tail)
            if finish == "completion":
                # Counts of completion say nothing before all entries have been pushed.
                program.poll(address("cluster.queue_head"), 0xFFFF_FFFF, tail, limit)
        else:
            add_jobs(program, jobs, self.writer, host_config, completed, between)
        if finish == "interrupt":
            program.wait_irq(limit)
        else:
            add_completion(program, jobs, self.map, completed, limit)
        program.write(address("cluster.interrupt_status"), 3)
        results = self.play(program, watchdog=limit, **options)
        self._accepted(results)
        if error := self.latched_error():
            raise ToolError(f"the cluster reports an error of {error.name} at {error.address:#x}: {MEANINGS[error.cause]}")
        return results

    def latched_error(self) -> LatchedError | None:
        """The first error since the last resume, if there is one."""
        values = self.read("error_info", "error_address", "error_job")
        fields = self.map.global_block.register("error_info").unpack(values["error_info"])
        cause, number = ErrorCause(fields["error_cause"]), fields["error_unit"]
        if cause is ErrorCause.NONE:
            return None
        name = self.map.units[number].name if number < len(self.map.units) else "descriptors"
        return LatchedError(cause, number, name, fields["error_channel"], values["error_address"], values["error_job"])

    def completed(self) -> dict[str, int]:
        """Entries that each unit has completed."""
        names = [unit.name for unit in self.map.units]
        values = self.read(*(f"completed_{name}" for name in names))
        return {name: values[f"completed_{name}"] for name in names}

    def _accepted(self, results: Results) -> None:
        if results.errors:
            raise ToolError(f"the cluster refused {results.errors} of the bus accesses, the first write being number {results.first_write_error}")

    def counters(self) -> dict[str, int]:
        """Every performance counter by its register's name, ``count_`` left out."""
        causes = [f"count_{cause}" for cause in cycle_causes(self.config)]
        accesses = [f"accesses_{name}" for name in self.config.all_streamers]
        values = self.read("total_cycles", "cycles", *causes, *accesses)
        return {name.removeprefix("count_"): value for name, value in values.items()}

    def timeline(self) -> Timeline:
        """What the units did since the counters were last cleared: in the last `run`.

        Raises
        ------
        ToolError
            If the recording cannot be read.
        """
        return Timeline.from_recording(self.session.recording, Recorder(self.config))
