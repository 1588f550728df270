# SPDX-License-Identifier: Apache-2.0
"""A session's external memory: there while the session is, cleared and checked with each program."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ToolError
from .build import BuiltSimulator
from .external_memory import PAGE_BYTES, ExternalMemory
from .external_shared import SharedMemory
from .external_traffic import Traffic


class ExternalLink:
    """What a session has of external memory, which is nothing if the design has no port for it.

    Parameters
    ----------
    built : BuiltSimulator
    behavior : ExternalMemory, optional
    size : int
        Bytes, a multiple of 4096.

    Raises
    ------
    ValueError
        If the size is none, or a behavior is asked for without a port.
    """

    def __init__(self, built: BuiltSimulator, behavior: ExternalMemory | None, size: int):
        if isinstance(size, bool) or not isinstance(size, int) or size <= 0 or size % PAGE_BYTES:
            raise ValueError(f"memory_size must be a positive multiple of {PAGE_BYTES}, not {size!r}")
        self._present, self._size = built.external, size
        self._behavior = behavior or ExternalMemory()
        self._shared: SharedMemory | None = None
        if behavior is not None:
            self._check_present()

    def open(self, folder: Path) -> None:
        """Make the files that the simulator finds in its working folder."""
        if self._present:
            self._shared = SharedMemory(folder, self._size)
            self._shared.configure(self._behavior)

    @property
    def behavior(self) -> ExternalMemory:
        """Setting it takes effect from the next cycle on."""
        self._check_present()
        return self._behavior

    @behavior.setter
    def behavior(self, behavior: ExternalMemory) -> None:
        self._check_present()
        self._behavior = behavior
        if self._shared is not None:
            self._shared.configure(behavior)

    @property
    def memory(self) -> NDArray[np.uint8]:
        """The bytes.

        Raises
        ------
        ToolError
            If they have not been opened.
        """
        self._check_present()
        if self._shared is None:
            raise ToolError("the simulation is not running: use the session as a context manager")
        return self._shared.memory

    def begin(self) -> None:
        """Count anew, before a program."""
        if self._shared is not None:
            self._shared.clear()

    @property
    def traffic(self) -> Traffic | None:
        """Counts of the last program, if there is a memory."""
        return None if self._shared is None else self._shared.traffic

    def check(self) -> None:
        """Make sure that the last program has broken no rule of AXI4.

        Raises
        ------
        ToolError
        """
        violations = () if self._shared is None else self._shared.violations
        if violations:
            raise ToolError("\n".join(["the design breaks the rules of AXI4 at its port m_axi:", *map(str, violations)]))

    def _check_present(self) -> None:
        if not self._present:
            raise ValueError("built must be of a design with a port m_axi to have external memory")
