# SPDX-License-Identifier: Apache-2.0
"""One simulator process that plays any number of programs, with Python deciding between them."""

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..errors import ToolError
from . import agent
from .build import BuiltSimulator
from .external_link import ExternalLink
from .external_memory import ExternalMemory
from .process import cocotb_environment, log_tail
from .program import WATCHDOG_CYCLES, Program
from .results import Ending, Results
from .testbench import CLOCK_PERIOD_NS, RESET_CYCLES

IDLE_STEPS = 256
START_SECONDS = 120.0
PLAY_SECONDS = 3600.0
CLOSE_SECONDS = 20.0
MEMORY_BYTES = 1 << 28
"""Of external memory, unless told."""


class Session:
    """A simulator running in the background; a context manager that starts and ends it.

    Parameters
    ----------
    built : BuiltSimulator
        Of kind ``player``, or ``free`` if only ``run`` and ``look`` are called.
    seed : int
        Of the random pauses on the bus.
    idle : float
        Average share of cycles, from 0 to below 1, in which each bus channel pauses.
    waves : Path, optional
        VCD file to record; ``built`` must have been built for it.
    record : bool
        Record what the units do; ``built`` must have been built for it.
    external : ExternalMemory, optional
        How external memory behaves, for a design that has a port for it.
    memory_size : int
        Bytes of external memory, a multiple of 4096. What is never written takes no room.

    Attributes
    ----------
    cycles : int
        Simulated so far.
    seconds, cpu_seconds : float
        What they took, by the clock on the wall and of the processor.

    Raises
    ------
    ToolError
        From every method: if the simulator does not answer in time, dies, or has hung before.
    """

    def __init__(self, built: BuiltSimulator, *, seed: int = 1, idle: float = 0.0, waves: Path | None = None,
                 record: bool = False, external: ExternalMemory | None = None, memory_size: int = MEMORY_BYTES):
        if built.kind == "bare":
            raise ValueError("Session needs a simulator of kind 'player' or 'free', not 'bare'")
        if not 0 <= idle < 1:
            raise ValueError(f"idle must be within 0..1, 1 excluded, not {idle!r}")
        if not 0 <= seed < 1 << 32:
            raise ValueError(f"seed must be within 32 bits, not {seed!r}")
        if waves is not None and not built.waves:
            raise ValueError("built must be built with waves=True to record waves")
        if record and not built.records:
            raise ValueError("built must be built with a recorder to record")
        self.built, self.seed, self.idle, self.record = built, seed, idle, record
        self._link = ExternalLink(built, external, memory_size)
        self.waves = None if waves is None else Path(waves).absolute()
        self.cycles = 0
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self.hung = False
        self._number = 0
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="hwgen-session-"))
        self._log = self._folder / "simulator.log"
        try:
            self._link.open(self._folder)
            self._start()
            self._receive(START_SECONDS)
            if self.built.kind == "player":
                self.reset()
        except BaseException:
            self._end(kill=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(kill=error is not None)

    def play(
        self, program: Program, *, watchdog: int = WATCHDOG_CYCLES, idle: float | None = None,
        timeout: float = PLAY_SECONDS,
    ) -> Results:
        """Play one program; the design keeps its state from the one before.

        Parameters
        ----------
        program : Program
        watchdog : int
            Cycles after which the program is ended; ``reset`` is then needed before the next.
        idle : float, optional
            Instead of the session's.
        timeout : float
            Seconds of wall time after which the simulator is given up.

        Raises
        ------
        ToolError
            Also if the design has broken the rules of AXI4 at its port to external memory.
        """
        if self.hung:
            raise ToolError("the bus hangs since the last program; reset the session before the next")
        return self._play(program, watchdog, self.idle if idle is None else idle, timeout)

    def reset(self) -> int:
        """Reset the design and the player; the cycle in which the reset ends."""
        program = Program()
        program.reset(RESET_CYCLES)
        self.hung = False
        results = self._play(program, WATCHDOG_CYCLES, 0.0, PLAY_SECONDS)
        return results.first_cycle + results.cycles

    def run(self, cycles: int, timeout: float = PLAY_SECONDS) -> float:
        """Let the clock tick so many times; seconds of wall time that took."""
        answer = self._ask({"do": "run", "nanoseconds": cycles * CLOCK_PERIOD_NS}, timeout)
        self._count(cycles, answer)
        return answer["seconds"]

    @property
    def external(self) -> ExternalMemory:
        """How external memory behaves; what is set holds from the next program on."""
        return self._link.behavior

    @external.setter
    def external(self, external: ExternalMemory) -> None:
        self._link.behavior = external

    @property
    def memory(self) -> NDArray[np.uint8]:
        """External memory, seen by both sides; to be changed between programs."""
        return self._link.memory

    @property
    def recording(self) -> Path:
        """What was recorded since the counters were last cleared, up to the end of the last program."""
        if not self.record:
            raise ValueError("Session must be made with record=True to have a recording")
        return self._folder / "timeline.bin"

    def look(self, signal_name: str) -> int:
        """Value of an output of a design built with kind ``free``."""
        return self._ask({"do": "look", "signal": signal_name}, START_SECONDS)["value"]

    def _play(self, program: Program, watchdog: int, idle: float, timeout: float) -> Results:
        self._check_running()
        steps = min(round(idle * IDLE_STEPS), IDLE_STEPS - 1)
        seed = (self.seed + self._number) & 0xFFFF_FFFF
        program.save(self._folder / "program.bin", seed=seed, idle=steps, watchdog=watchdog)
        self._link.begin()
        answer = self._ask({"do": "play"}, timeout)
        results = Results.load(self._folder / "results.bin", answer["seconds"], self._link.traffic)
        self.hung = results.ending in (Ending.WATCHDOG, Ending.BAD_PROGRAM)
        self._count(results.cycles, answer)
        self._link.check()
        return results

    def _count(self, cycles: int, answer: dict) -> None:
        self.cycles += cycles
        self.seconds += answer["seconds"]
        self.cpu_seconds += answer["cpu_seconds"]

    def _start(self) -> None:
        from_session, self._requests = os.pipe()
        self._answers, to_session = os.pipe()
        environment = cocotb_environment(self.built.top, agent.__name__) | {
            agent.PIPES: f"{from_session},{to_session}",
            agent.PARENT: str(os.getpid()),
        }
        arguments = [] if self.waves is None else ["--trace", "--trace-file", str(self.waves)]
        if self.record:
            arguments.append("+hwgen_timeline")
        try:
            with self._log.open("w") as log:
                self._process = subprocess.Popen(
                    [self.built.executable, *arguments], stdin=subprocess.DEVNULL, stdout=log,
                    stderr=subprocess.STDOUT, env=environment, cwd=self._folder,
                    pass_fds=(from_session, to_session), start_new_session=True,
                )
        except OSError as error:
            raise ToolError(f"simulator {str(self.built.executable)!r} cannot be run: {error.strerror}") from None
        finally:
            os.close(from_session)
            os.close(to_session)

    def _check_running(self) -> None:
        if self._process is None:
            raise ToolError("the simulation is not running: use the session as a context manager")

    def _ask(self, request: dict, timeout: float) -> dict:
        self._check_running()
        self._number += 1
        try:
            os.write(self._requests, (json.dumps(request | {"number": self._number}) + "\n").encode())
        except BrokenPipeError:
            raise self._died() from None
        answer = self._receive(timeout)
        if answer["number"] != self._number:
            raise ToolError(f"the simulator answered request {answer['number']}, not {self._number}")
        return answer

    def _receive(self, timeout: float) -> dict:
        """The next line from the simulator."""
        line, deadline = b"", time.monotonic() + timeout
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self._end(kill=True)
                raise ToolError(f"the simulator has not answered for {timeout:g} seconds and was ended")
            part = os.read(self._answers, 4096)
            if not part:
                raise self._died()
            line += part
        return json.loads(line)

    def _died(self) -> ToolError:
        """The error to raise, after clearing up; the log is read first."""
        try:
            code = self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        tail = log_tail(self._log)
        self._end(kill=True)
        return ToolError(f"the simulator ended unasked with exit code {code}; its last words:\n{tail}")

    def _end(self, kill: bool) -> None:
        process, self._process = self._process, None
        if process is not None:
            os.close(self._requests)
            try:
                if kill:
                    raise TimeoutError
                process.wait(CLOSE_SECONDS)
            except (TimeoutError, subprocess.TimeoutExpired, KeyboardInterrupt):
                _kill_group(process)
            os.close(self._answers)
        shutil.rmtree(self._folder, ignore_errors=True)


def _kill_group(process: subprocess.Popen) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
