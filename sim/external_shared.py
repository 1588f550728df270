# SPDX-License-Identifier: Apache-2.0
"""The files through which a session and the simulator's external memory share bytes, options and counts."""

from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ToolError
from .external_memory import MAXIMUM_RANGES, ONE, ExternalMemory
from .external_traffic import RULES, Traffic, Violation

MEMORY_FILE, SHARED_FILE = "external_memory.bin", "external_shared.bin"
LAYOUT_MARK = 0x0001_6772_6577_6768
ACCESSES = {"read": 1, "write": 2, "both": 3}
NO_ADDRESS = (1 << 63) - 1

_SCALARS = ("seed", "base", "latency", "jitter", "bandwidth", "pause", "reorder", "outstanding")
_RANGE = np.dtype([("start", "<u8"), ("end", "<u8"), ("access", "<u8")])
_OPTIONS = np.dtype([(name, "<u8") for name in ("layout", "generation", *_SCALARS, "ranges")]
                    + [("range", _RANGE, MAXIMUM_RANGES)])
_COUNTERS = np.dtype([(field.name, "<u8") for field in fields(Traffic)])
_VIOLATIONS = np.dtype([("count", "<u8"), ("address", "<u8"), ("cycle", "<u8")])
SHARED = np.dtype([("options", _OPTIONS), ("counters", _COUNTERS), ("violations", _VIOLATIONS, len(RULES))])
"""Layout of the shared file; ``external_shared.h`` describes the same bytes."""

_LEVELS = ("open_reads", "open_writes", "unclaimed_beats")
"""Counters that tell a state and are not cleared."""


class SharedMemory:
    """The session's side of a simulated external memory.

    Parameters
    ----------
    folder : Path
        Working folder of the simulator; two files are made in it.
    size : int
        Bytes of the memory, a multiple of 4096; none is used before it is written.

    Attributes
    ----------
    memory : array of uint8
        What the simulator sees; to be changed between programs only.

    Raises
    ------
    ToolError
        If the files cannot be made.
    """

    def __init__(self, folder: Path, size: int):
        try:
            self.memory: NDArray[np.uint8] = np.memmap(folder / MEMORY_FILE, np.uint8, "w+", shape=(size,))
            self._shared = np.memmap(folder / SHARED_FILE, SHARED, "w+", shape=(1,))[0]
        except OSError as error:
            raise ToolError(f"external memory of {size} bytes cannot be made in {str(folder)!r}: {error.strerror}") from None
        self._shared["options"]["layout"] = LAYOUT_MARK

    def configure(self, external: ExternalMemory) -> None:
        """Have the memory behave so from the next cycle on."""
        options = self._shared["options"]
        fractions = {"bandwidth": round((external.bandwidth or 0) * ONE), "pause": min(round(external.pause * ONE), ONE - 1)}
        for name in _SCALARS:
            options[name] = fractions[name] if name in fractions else int(getattr(external, name))
        options["ranges"] = len(external.errors)
        for place, error in zip(options["range"], external.errors, strict=False):
            place["start"], place["end"], place["access"] = error.start, error.end, ACCESSES[error.access]
        options["generation"] += 1

    def clear(self) -> None:
        """Begin to count anew."""
        counters = self._shared["counters"]
        levels = {name: int(counters[name]) for name in _LEVELS}
        for name in _COUNTERS.names:
            counters[name] = levels.get(name, 0)
        self._shared["violations"][:] = 0

    @property
    def traffic(self) -> Traffic:
        """Counts since they were cleared."""
        counters = self._shared["counters"]
        return Traffic(**{name: int(counters[name]) for name in _COUNTERS.names})

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Rules broken since the counts were cleared."""
        found = zip(RULES, self._shared["violations"].tolist(), strict=True)
        return tuple(Violation(rule, count, None if address == NO_ADDRESS else address, cycle)
                     for rule, (count, address, cycle) in found if count)
