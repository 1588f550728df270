# SPDX-License-Identifier: Apache-2.0
"""Which signals of a cluster's waveform to look at, unit by unit."""

import re
from dataclasses import dataclass
from pathlib import Path

from ..config import ClusterConfig
from ..config.register_map import RegisterMap
from ..errors import ToolError
from .testbench import CHANNELS, TOP

SCOPE = re.compile(r"\s*\$scope\s+\w+\s+(?P<name>\S+)")
DECLARATION = re.compile(r"\s*\$var\s+\w+\s+\d+\s+(?P<code>\S+)\s+(?P<name>\S+)\s+(?P<bits>\[\S+\])?\s*\$end")
HANDSHAKE = r"\w*(valid|ready)"
JOB = ("entry__valid", "entry__ready", "job__entry__valid", "job__entry__ready", "job__done")
QUEUE = ("queued", "running", "job__entry__valid", "job__entry__ready", "job__done", "space", "started", "completed")


@dataclass(frozen=True)
class Wave:
    """A signal of a waveform file.

    Attributes
    ----------
    path : str
        Name with all scopes, dots between them.
    bits : str
        As declared, such as ``[7:0]``.
    code : str
        By which the file calls it; names of one signal share it.
    """

    path: str
    bits: str
    code: str


@dataclass(frozen=True)
class WaveGroup:
    """Signals that belong together, in the order in which to show them."""

    name: str
    waves: tuple[Wave, ...]


def read_waves(vcd: Path) -> list[Wave]:
    """All signals of a VCD file as Verilator writes it, one declaration a line, in its order.

    Raises
    ------
    ToolError
        If it cannot be read.
    """
    scopes, waves = [], []
    try:
        with vcd.open(encoding="ascii", errors="replace") as file:
            for line in file:
                if match := DECLARATION.match(line):
                    waves.append(Wave(".".join([*scopes, match["name"]]), match["bits"] or "", match["code"]))
                elif match := SCOPE.match(line):
                    scopes.append(match["name"])
                elif line.lstrip().startswith("$upscope"):
                    scopes.pop()
                elif line.lstrip().startswith("$enddefinitions"):
                    return waves
    except OSError as error:
        raise ToolError(f"waveform file {str(vcd)!r} cannot be read: {error.strerror}") from None
    raise ToolError(f"waveform file must be a VCD file with definitions, not {str(vcd)!r}")


def group_waves(waves: list[Wave], config: ClusterConfig) -> list[WaveGroup]:
    """Groups for the bus, job control, each unit, the interconnect and the banks.

    What the design's emission has given another name is left out, and so is a group without signals.
    """
    scopes: dict[str, dict[str, Wave]] = {}
    for wave in waves:
        scope, _, name = wave.path.rpartition(".")
        scopes.setdefault(scope.removeprefix(f"{TOP}.dut").lstrip("."), {})[name] = wave

    def pick(scope: str, *patterns: str) -> list[Wave]:
        """Signals of a scope, pattern by pattern."""
        found = scopes.get(scope, {})
        return [found[name] for pattern in patterns for name in found if re.fullmatch(pattern, name)]

    bus = [f"{channel}{signal}" for channel, signals in CHANNELS.items() for signal in signals]
    groups = {
        "bus": pick(TOP, "clk", "rst", "irq", *bus),
        "cycles": pick("control.counters", "probe_counting", "probe_cause", "probe_needs", "probe_waiting"),
        "job control": pick("control", "probe_running", "probe_queued"),
    }
    units = RegisterMap(config).units
    for unit in units:
        groups[f"jobs of {unit.name}"] = pick(f"control.queue_{unit.name}", *QUEUE)
    for unit in units:
        if unit.name in config.all_streamers:
            scope = f"streamer_{unit.name}"
            groups[f"streamer {unit.name}"] = [
                *pick(scope, *JOB, r"[oi]__valid", r"[oi]__ready", r"[oi]__payload", "waiting"),
                *pick("", *(f"probe_{what}_{unit.name}" for what in ("blocked", "request", "grant"))),
            ]
        elif unit in config.engines():
            groups[unit.name] = pick(unit.name, *JOB, HANDSHAKE)
        else:
            groups[unit.name] = pick(f"accelerator.inner.{unit.name}", *JOB, "active", "step", "blocked", r"needs_\w+", HANDSHAKE)
    if config.dma:
        groups["external memory"] = pick("external", HANDSHAKE)
    groups["accelerator"] = pick("accelerator", r"job_\w+__(entry__valid|entry__ready|done)", HANDSHAKE, "status")
    groups["interconnect"] = pick("interconnect", r"probe_(asked|granted)_\w+")
    for bank in range(config.memory.banks):
        groups.setdefault("banks", []).extend(pick(f"scratchpad.bank_{bank}", "en", "we", "addr"))
    return [WaveGroup(name, _each_once(found)) for name, found in groups.items() if found]


def _each_once(waves: list[Wave]) -> tuple[Wave, ...]:
    """Without further names of the same signal."""
    kept: dict[str, Wave] = {}
    for wave in waves:
        kept.setdefault(wave.code, wave)
    return tuple(kept.values())
