# SPDX-License-Identifier: Apache-2.0
"""A stand-in for a cluster that carries out a list of bursts at an AXI4 port and logs what passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from hwgen.sim import BuiltSimulator, Program, Results, Session, build

SOURCE = Path(__file__).with_name("axi_traffic.v")
START, IDLE, ASK_IN_RESET = 0, 4, 8
FLAGS = {"partial": 82, "drop": 83, "change": 84, "last_early": 85, "last_missing": 86,
         "data_drop": 89, "data_change": 90, "all_strobes": 91}


class Burst:
    """One entry of the list.

    Parameters
    ----------
    kind : {"read", "write"}
    address : int
    beats : int
    id : int
    seed : int
        Of the bytes written.
    gap, data_gap : int
        Cycles between the burst before and this one's request, or its data.
    size : int, optional
        Base-2 logarithm of a beat's bytes; that of the port's width by default.
    burst, lock : int
    flags
        Names in `FLAGS` of what is to be wrong with it.
    """

    def __init__(self, kind: str, address: int, beats: int = 1, *, id: int = 0, seed: int = 0, gap: int = 0,
                 data_gap: int = 0, size: int | None = None, burst: int = 1, lock: int = 0, **flags: bool):
        assert set(flags) <= set(FLAGS)
        self.write, self.address, self.beats, self.id, self.seed = kind == "write", address, beats, id, seed
        self.partial = bool(flags.get("partial"))
        self.size = size
        self.word = (address | (beats - 1) << 64 | id << 72 | burst << 79 | lock << 81 | self.write << 87 | 1 << 88
                     | seed << 96 | gap << 112 | data_gap << 128
                     | sum(1 << FLAGS[name] for name, value in flags.items() if value))

    def line(self, data_bytes: int) -> str:
        size = data_bytes.bit_length() - 1 if self.size is None else self.size
        return f"{self.word | size << 76:040x}"

    def apply(self, memory: np.ndarray, data_bytes: int) -> None:
        """Write it to an array."""
        start, lane = self.address // data_bytes * data_bytes, np.arange(data_bytes)
        for beat in range(self.beats):
            data = (self.seed + 7 * beat + lane).astype(np.uint8)
            strobes = (self.seed >> ((lane + beat) % 8) & 1).astype(bool) if self.partial else np.ones(data_bytes, bool)
            if beat == 0:
                strobes &= lane >= self.address % data_bytes
            memory[start + beat * data_bytes:][:data_bytes][strobes] = data[strobes]


class Event(NamedTuple):
    """One handover: a line of the log."""

    channel: str
    cycle: int
    id: int
    response: int
    last: int
    data: bytes


@dataclass(frozen=True)
class Outcome:
    """What came of a list of bursts."""

    results: Results
    events: list[Event]

    def of(self, channel: str) -> list[Event]:
        return [event for event in self.events if event.channel == channel]

    def cycles(self, channel: str) -> list[int]:
        return [event.cycle for event in self.of(channel)]


def traffic_source(data_bits: int = 64, address_bits: int = 32, id_bits: int = 2) -> str:
    """The Verilog with these widths."""
    text = SOURCE.read_text()
    for name, width in (("DATA", data_bits), ("STRB", data_bits // 8), ("ADDR", address_bits), ("ID", id_bits)):
        text = text.replace(f"{name}_HIGH", str(width - 1))
    return text


def build_traffic(folder: Path, *, waves: bool = False, **widths: int) -> BuiltSimulator:
    """A simulator of the stand-in."""
    path = folder / "axi_traffic.v"
    path.write_text(traffic_source(**widths))
    return build([path], "axi_traffic", quick=True, waves=waves)


def run_traffic(session: Session, bursts: Sequence[Burst], *, data_bytes: int = 8, idle: int = 0,
                program: Program | None = None) -> Outcome:
    """Carry out bursts, by default until all are answered."""
    (session._folder / "traffic.hex").write_text("\n".join([*(burst.line(data_bytes) for burst in bursts), "0" * 40, ""]))
    logged = len(_log(session))
    if program is None:
        program = Program()
        program.write(IDLE, idle)
        program.write(START, 0)
        program.wait_irq(1_000_000)
    results = session.play(program, watchdog=2_000_000)
    return Outcome(results, [_event(line) for line in _log(session)[logged:]])


def _log(session: Session) -> list[str]:
    return (session._folder / "traffic.log").read_text().splitlines()


def _event(line: str) -> Event:
    channel, cycle, identifier, response, last, data = line.split()
    return Event(channel, int(cycle), int(identifier), int(response), int(last), bytes.fromhex(data.rjust(2, "0"))[::-1])
