# SPDX-License-Identifier: Apache-2.0
"""How external memory behaves in simulation: how late, how fast, in which order, and where it fails."""

from dataclasses import dataclass
from numbers import Real
from typing import Literal, NamedTuple

PAGE_BYTES = 4096
"""Granularity of where the memory may begin and end; no burst crosses a multiple of it."""
MAXIMUM_RANGES = 64
ADDRESS_BITS = 64
CYCLES = 1 << 32
"""Bound of latencies and of other counts."""
ONE = 65536
"""Fixed-point one of bandwidth and pauses."""


class ErrorRange(NamedTuple):
    """Addresses at which external memory answers with SLVERR.

    Attributes
    ----------
    start, end : int
        Byte addresses, the end excluded.
    access : {"both", "read", "write"}
        Which accesses fail.
    """

    start: int
    end: int
    access: Literal["both", "read", "write"] = "both"


@dataclass(frozen=True)
class ExternalMemory:
    """Behavior of the memory behind a design's AXI4 port.

    Parameters
    ----------
    latency : int
        Cycles from the one in which a read request is handed over to that of its first beat, and from the one in
        which a write burst's last beat (or its request, if later) is handed over to that of its answer. One or more.
    bandwidth : float, optional
        Bytes a cycle, for reads and writes together; one beat a cycle by default. A beat counts in full, whatever
        its strobes.
    pause : float
        Share of cycles, from 0 to below 1, in which each channel pauses at random.
    jitter : int
        Most cycles of random latency, drawn for each burst, on top of ``latency``.
    reorder : bool
        Bursts of different identifiers are answered in random order, and beats of theirs interleave. Those of one
        identifier stay in order.
    outstanding : int
        Bursts of each direction that are accepted before the first of them is finished.
    errors : sequence of ErrorRange
        Or tuples ``(start, end)`` and ``(start, end, access)``. A beat read that touches one is answered with
        SLVERR and zeros; a write burst with a strobe set in one is answered with SLVERR and changes nothing.
    base : int
        Address of the memory's first byte; accesses outside of the memory are answered with DECERR.
    seed : int
        Of all that is random; 32 bits.

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong kind or out of bounds.
    """

    latency: int = 100
    bandwidth: float | None = None
    pause: float = 0.0
    jitter: int = 0
    reorder: bool = False
    outstanding: int = 512
    errors: tuple[ErrorRange, ...] = ()
    base: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        _whole("latency", self.latency, 1)
        _whole("jitter", self.jitter, 0)
        _whole("outstanding", self.outstanding, 1)
        _whole("seed", self.seed, 0)
        if not isinstance(self.reorder, bool):
            raise TypeError(f"reorder must be True or False, not {self.reorder!r}")
        if self.bandwidth is not None and not (isinstance(self.bandwidth, Real) and 1 <= self.bandwidth <= PAGE_BYTES):
            raise ValueError(f"bandwidth must be within 1..{PAGE_BYTES} bytes a cycle, not {self.bandwidth!r}")
        if not isinstance(self.pause, Real) or not 0 <= self.pause < 1:
            raise ValueError(f"pause must be within 0..1, 1 excluded, not {self.pause!r}")
        _whole("base", self.base, 0, 1 << ADDRESS_BITS)
        if self.base % PAGE_BYTES:
            raise ValueError(f"base must be a multiple of {PAGE_BYTES}, not {self.base:#x}")
        object.__setattr__(self, "errors", tuple(_error_range(error) for error in self.errors))
        if len(self.errors) > MAXIMUM_RANGES:
            raise ValueError(f"errors must be {MAXIMUM_RANGES} ranges or fewer, not {len(self.errors)}")


def _whole(name: str, value: object, least: int, bound: int = CYCLES) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if not least <= value < bound:
        raise ValueError(f"{name} must be within {least}..{bound - 1}, not {value!r}")


def _error_range(value: object) -> ErrorRange:
    if not isinstance(value, tuple) or len(value) not in (2, 3):
        raise TypeError(f"errors must hold tuples (start, end) or (start, end, access), not {value!r}")
    found = ErrorRange(*value)
    _whole("start of an error range", found.start, 0, 1 << ADDRESS_BITS)
    _whole("end of an error range", found.end, found.start + 1, 1 << ADDRESS_BITS)
    if found.access not in ("both", "read", "write"):
        raise ValueError(f"access of an error range must be 'both', 'read' or 'write', not {found.access!r}")
    return found
