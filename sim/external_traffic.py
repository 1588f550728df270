# SPDX-License-Identifier: Apache-2.0
"""What external memory has seen in the course of a program."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Traffic:
    """Counts of one program at a design's AXI4 port.

    Attributes
    ----------
    bytes_read, bytes_written : int
        Full beats read; bytes written whose strobes were set.
    read_beats, write_beats : int
    read_bursts, write_bursts : int
        Requests accepted.
    read_errors, write_errors : int
        Beats read, and bursts written, that were answered with an error.
    busy_cycles : int
        Cycles in which a beat passed, either way.
    first_cycle, last_cycle : int
        Those of the first and the last beat, numbered as in `Results`; zero if there was none.
    most_reads, most_writes : int
        Bursts of each direction that were under way at once.
    open_reads, open_writes : int
        Bursts that were still under way at the program's end.
    unclaimed_beats : int
        Beats that were written without a request for them up to the program's end.
    """

    bytes_read: int
    bytes_written: int
    read_beats: int
    write_beats: int
    read_bursts: int
    write_bursts: int
    read_errors: int
    write_errors: int
    busy_cycles: int
    first_cycle: int
    last_cycle: int
    most_reads: int
    most_writes: int
    open_reads: int
    open_writes: int
    unclaimed_beats: int

    @property
    def cycles(self) -> int:
        """From the first beat to the last, both included."""
        return self.last_cycle - self.first_cycle + 1 if self.last_cycle else 0

    @property
    def bytes_per_cycle(self) -> float:
        """Bytes both ways over the cycles from the first beat to the last."""
        return (self.bytes_read + self.bytes_written) / self.cycles if self.cycles else 0.0

    @property
    def finished(self) -> bool:
        """Whether nothing was under way at the program's end."""
        return not (self.open_reads or self.open_writes or self.unclaimed_beats)


@dataclass(frozen=True)
class Violation:
    """A rule of AXI4 that the design broke in the course of a program.

    Attributes
    ----------
    rule : str
        One of `RULES`.
    count : int
        How often.
    address : int or None
        Of the burst or beat that broke it first, where there was one.
    cycle : int
        In which it was first broken, numbered as in `Results`.
    """

    rule: str
    count: int
    address: int | None
    cycle: int

    def __str__(self) -> str:
        times = "once" if self.count == 1 else f"{self.count} times"
        place = "" if self.address is None else f"at address {self.address:#x} "
        return f"{self.rule} ({RULES[self.rule]}) {times}, first {place}in cycle {self.cycle}"


def _request_rules(name: str, channel: str) -> dict[str, str]:
    return {
        f"{name}_request_dropped": f"{channel}VALID must hold until {channel}READY",
        f"{name}_request_changed": f"{channel} must be stable until {channel}READY",
        f"{name}_request_in_reset": f"{channel}VALID must be low in reset",
        f"{name}_request_crosses_4k": "no burst may cross a multiple of 4096 bytes",
        f"{name}_request_not_incr": f"{channel}BURST must be INCR",
        f"{name}_request_narrow": f"{channel}SIZE must be the data's full width",
        f"{name}_request_exclusive": f"{channel}LOCK must be low",
    }


RULES = {
    **_request_rules("write", "AW"),
    **_request_rules("read", "AR"),
    "write_data_dropped": "WVALID must hold until WREADY",
    "write_data_changed": "W must be stable until WREADY",
    "write_data_in_reset": "WVALID must be low in reset",
    "write_data_last_early": "WLAST must be low before the beat that AWLEN makes the last",
    "write_data_last_missing": "WLAST must be high on the beat that AWLEN makes the last",
    "write_data_strobe_outside": "WSTRB must be low for bytes before an unaligned burst's address",
}
"""Rules that are checked, in the order of ``external_shared.h``, and what they demand."""
