# SPDX-License-Identifier: Apache-2.0
"""What became of a program: answers in order, the cycle of each, and how it ended."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ToolError
from .external_traffic import Traffic
from .program import Opcode

RECORD = np.dtype([("kind", "u1"), ("response", "u1"), ("reason", "<u2"), ("data", "<u4"), ("cycle", "<u8")])


class Ending(IntEnum):
    """Why a program ended; ``bus_player.v`` lists the same numbers."""

    COMPLETED = 0
    POLL_LIMIT = 1
    POLL_ERROR = 2
    IRQ_LIMIT = 3
    WATCHDOG = 4
    BAD_PROGRAM = 5


@dataclass(frozen=True)
class Results:
    """Record of one program played.

    Attributes
    ----------
    records : structured array
        Every answer as it came: kind (an opcode), response, data and cycle.
    seconds : float
        Wall time of the simulation itself.
    traffic : Traffic or None
        What external memory has seen, if there is one.
    """

    records: NDArray
    seconds: float
    traffic: Traffic | None = None

    @classmethod
    def load(cls, path: Path, seconds: float, traffic: Traffic | None = None) -> "Results":
        """The file that the player has written.

        Raises
        ------
        ToolError
            If it is not whole.
        """
        records = np.fromfile(path, RECORD)
        if len(records) < 2 or records[0]["kind"] != Opcode.BEGIN or records[-1]["kind"] != Opcode.END:
            raise ToolError("the simulator's results are not whole; the bus player could not read its program")
        return cls(records, seconds, traffic)

    def _of(self, kind: Opcode) -> NDArray:
        return self.records[self.records["kind"] == kind]

    @cached_property
    def reads(self) -> NDArray[np.uint32]:
        """Data of all reads, in order."""
        return self._of(Opcode.READ)["data"]

    @cached_property
    def read_responses(self) -> NDArray[np.uint8]:
        """AXI response of every read, zero for okay."""
        return self._of(Opcode.READ)["response"]

    @cached_property
    def read_cycles(self) -> NDArray[np.uint64]:
        """Cycle in which each read was answered."""
        return self._of(Opcode.READ)["cycle"]

    @cached_property
    def write_responses(self) -> NDArray[np.uint8]:
        """AXI response of every write, zero for okay."""
        return self._of(Opcode.WRITE)["response"]

    @cached_property
    def write_cycles(self) -> NDArray[np.uint64]:
        """Cycle in which each write was answered."""
        return self._of(Opcode.WRITE)["cycle"]

    @cached_property
    def polls(self) -> NDArray[np.uint32]:
        """Last word of every poll."""
        return self._of(Opcode.POLL)["data"]

    @cached_property
    def poll_cycles(self) -> NDArray[np.uint64]:
        """Cycle in which each poll ended."""
        return self._of(Opcode.POLL)["cycle"]

    @cached_property
    def irq_cycles(self) -> NDArray[np.uint64]:
        """Cycle in which each wait for the interrupt ended."""
        return self._of(Opcode.WAIT_IRQ)["cycle"]

    @property
    def errors(self) -> int:
        """How many reads, writes and polls got an error response."""
        return int(np.count_nonzero(self.records["response"]))

    @property
    def first_write_error(self) -> int | None:
        """Index of the first write with an error response."""
        wrong = np.flatnonzero(self.write_responses)
        return int(wrong[0]) if len(wrong) else None

    @property
    def first_cycle(self) -> int:
        """Cycle of the simulation in which the program began."""
        return int(self.records[0]["cycle"])

    @property
    def cycles(self) -> int:
        """Cycles from the beginning to the end of the program."""
        return int(self.records[-1]["cycle"]) - self.first_cycle

    @property
    def cycles_per_second(self) -> float:
        return self.cycles / self.seconds if self.seconds else 0.0

    @property
    def ending(self) -> Ending:
        return Ending(self.records[-1]["reason"])

    @property
    def completed(self) -> bool:
        return self.ending is Ending.COMPLETED

    @property
    def stopped_at(self) -> int | None:
        """Index of the operation at which the program was ended, if it was not completed."""
        return None if self.completed else int(self.records[-1]["data"]) - 1
