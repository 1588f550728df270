# SPDX-License-Identifier: Apache-2.0
"""The host's side of a case: memory through the window, pushes, waiting, resuming after errors."""

from collections.abc import Mapping, Sequence

import numpy as np

from ...compiler.jobs import Job
from ..cluster import RESUME, SimulatedCluster
from ..program import Program
from ..results import Ending, Results
from .counters import Mismatch
from .walk import Access

LIMIT = 100_000
"""Cycles after which jobs that have not completed hang."""
ROUNDS, PAUSE = 200, 400
"""Looks at a cluster that stops on errors, and cycles between them."""


class Host:
    """What a host does with a cluster, and what it may expect of it.

    Parameters
    ----------
    cluster : SimulatedCluster
    modes : int
        Modes of the memory window.

    Raises
    ------
    Mismatch
        From every method: if the cluster does not do what it must.
    """

    def __init__(self, cluster: SimulatedCluster, modes: int):
        self.cluster, self.modes, self.map = cluster, modes, cluster.map
        self.count_mask = (1 << cluster.config.jobs.count_width) - 1

    def write_memory(self, contents: bytes) -> None:
        """Write the whole scratchpad through the window's mode 0."""
        program = Program()
        self._window(program, 0)
        program.write_block(self.map.window_base, np.frombuffer(contents, "<u4"))
        self._accepted(self.play(program, "the memory has not been written"))

    def read_memory(self, mode: int) -> bytes:
        """The whole scratchpad as the window shows it in a mode."""
        program = Program()
        self._window(program, mode)
        place = program.read_block(self.map.window_base, self.cluster.config.memory.size // 4)
        return self.play(program, "the memory has not been read").reads[place].tobytes()

    def push(self, jobs: Sequence[Job], *, apart: bool) -> None:
        """Push jobs as fast as the queues take them; ``apart`` for every entry on its own."""
        program = Program()
        program.write(self.map.address("cluster.interrupt_enable"), 2)
        pieces = [Job({name: entry}) for job in jobs for name, entry in job.entries.items()] if apart else jobs
        for piece in pieces:
            *writes, push = self.cluster.writer.writes(piece)
            for address, value in writes:
                program.write(address, value)
            program.poll(self.map.address("cluster.queue_full"), push[1], 0, LIMIT)
            program.write(*push)
        self._accepted(self.play(program, "a queue has had no room"))

    def wait_done(self, counts: Mapping[str, int]) -> None:
        """Return once every unit has completed so many jobs; none may err."""
        program, wanted = Program(), self._wanted(counts)
        for name, count in wanted.items():
            program.poll(self.map.address(f"cluster.completed_{name}"), self.count_mask, count, LIMIT)
        self.play(program, f"completion counts have not become {wanted}")
        if latched := self.cluster.latched_error():
            raise Mismatch("error", f"no access must err, yet the cause latched is {latched.cause.value}")

    def resume_until_done(self, counts: Mapping[str, int], errors: Sequence[tuple[str, int, Access]]) -> None:
        """Resume after every error until all jobs have completed; each error latched must be one of ``errors``."""
        program = Program()
        program.wait_irq(LIMIT)
        self.play(program, "the error interrupt has not come")
        possible = {(access.cause, self.map.unit_index(name), access.channel, access.address, number & self.count_mask)
                    for name, number, access in errors}
        seen = 0
        for _ in range(ROUNDS):
            # Entries that have started may wait for others that an error keeps from starting, so not all units stop.
            program = Program()
            program.idle(PAUSE)
            self.play(program, "the bus hangs")
            if latched := self.cluster.latched_error():
                seen += 1
                found = latched.cause.value, latched.unit, latched.channel, latched.address, latched.job
                if found not in possible:
                    raise Mismatch("error", "the latched error (cause, unit, channel, address, job) must be one of the"
                                            f" suppressed accesses, not {found}")
                self.cluster.write("cluster.control", RESUME)
                self.cluster.write("cluster.interrupt_status", 3)
            elif self.completed() == self._wanted(counts):
                return
        what = f"after {seen} errors completion counts are {self.completed()}, not {self._wanted(counts)}"
        raise Mismatch("hang" if seen else "error", what)

    def check_semaphores(self, jobs: Sequence[Job]) -> None:
        """Every signal of the jobs must have been taken."""
        used = [f"semaphore_{entry.signal.semaphore}" for job in jobs for entry in job.entries.values() if entry.signal]
        left = {name: value for name, value in self.cluster.read(*used).items() if value} if used else {}
        if left:
            raise Mismatch("semaphores", f"semaphores must be zero once all signals are taken, not {left}")

    def completed(self) -> dict[str, int]:
        """Jobs that each unit has completed, modulo its counter."""
        names = [unit.name for unit in self.map.units]
        values = self.cluster.read(*(f"completed_{name}" for name in names))
        return {name: values[f"completed_{name}"] for name in names}

    def play(self, program: Program, what: str) -> Results:
        """Play a program to its end; ``what`` says what it means if that does not come."""
        results = self.cluster.session.play(program)
        if results.ending is not Ending.COMPLETED:
            raise Mismatch("hang", f"{what} for {LIMIT} cycles ({results.ending.name.lower()})")
        return results

    def _wanted(self, counts: Mapping[str, int]) -> dict[str, int]:
        return {unit.name: counts.get(unit.name, 0) & self.count_mask for unit in self.map.units}

    def _window(self, program: Program, mode: int) -> None:
        if self.modes > 1:
            program.write(self.map.address("cluster.window_mode"), mode)

    def _accepted(self, results: Results) -> None:
        if results.errors:
            raise Mismatch("refused", f"{results.errors} bus accesses were refused, the first write being number {results.first_write_error}")
