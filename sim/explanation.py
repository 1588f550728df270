# SPDX-License-Identifier: Apache-2.0
"""Why a run took more cycles than its steps: every cycle under a heading, in words, with what would move it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import DataError

NEEDED = ("total_cycles", "flat_steps", "steps", "stalls", "config", "problem")
"""Keys of a run's JSON without which nothing can be explained."""

CAUSES = {
    "bank_conflict": ("{unit} lost a bank to others{others}", "bank plan; streamers.{unit}.groups, memory.banks, streamers.{unit}.data_buffer_depth"),
    "no_address": ("{unit}'s addresses had not been made: the first steps of a job", "streamers.{unit}.address_buffer_depth; fewer, longer jobs"),
    "no_credit": ("{unit}'s buffers were full of words on their way", "streamers.{unit}.data_buffer_depth"),
    "memory_latency": ("{unit} waited for the scratchpad's answer", "streamers.{unit}.data_buffer_depth; fewer, longer jobs"),
}
"""Why a reader has no word: words, and parameters that would move it."""

OTHERS = {
    "pass": ("passes of the mover over operands", "a feature of the streamer instead of the pass"),
    "output_blocked": ("results could not leave the core", "streamers.D and E: data_buffer_depth; quantizer.lanes; deeper K"),
    "accelerator_busy": ("the accelerator took no word", "the accelerator itself"),
    "dependency": ("a job waited for another: blocks written in the phase before, or buffers still in use", "order of loops; sizes of tiles; jobs.queue_depth"),
    "configuration": ("no unit had been told what to do: the first descriptors, or registers still being written", "host_config; latency of external memory"),
    "fill": ("the first words on their way to the core", "nothing: a few cycles for each time the core starts"),
    "drain": ("the last results on their way to memory", "nothing: a few cycles at the end"),
}


@dataclass(frozen=True)
class Part:
    """Some of a run's cycles.

    Attributes
    ----------
    name : str
        Stable key.
    cycles : int
    words : str
        What happened in them.
    moved_by : str
        Parameters that would change their number.
    """

    name: str
    cycles: int
    words: str
    moved_by: str


@dataclass(frozen=True)
class Explanation:
    """All cycles of a run.

    Attributes
    ----------
    title : str
    total : int
        The sum of all parts.
    parts : tuple of Part
        Steps that any mapping needs first, then the largest.
    """

    title: str
    total: int
    parts: tuple[Part, ...]

    def as_dict(self) -> dict[str, Any]:
        """Stable keys."""
        return {"title": self.title, "total_cycles": self.total,
                "parts": [{"name": part.name, "cycles": part.cycles, "words": part.words, "moved_by": part.moved_by} for part in self.parts]}


def explain(run: Mapping[str, Any]) -> Explanation:
    """Explain a run from its JSON, as ``--json`` of ``hwgen run`` writes it.

    Raises
    ------
    DataError
        If it is not that of a run, or its cycles do not add up.
    """
    if missing := [name for name in NEEDED if name not in run]:
        raise DataError(f"a run's JSON must have {', '.join(NEEDED)}; {missing[0]!r} is not there")
    steps, flat = run["steps"], run["flat_steps"]
    parts = [Part("flat_steps", min(steps, flat), "steps of the core that any mapping of the flattened product needs" if flat <= steps else
                  "steps of the core, fewer than those of the flattened product", "the core: core.m, n and k")]
    rest = [Part("padding", steps - min(steps, flat), "steps for rows, columns or channels that are not there",
                 "sizes that are multiples of the core's; sizes of tiles")]
    rest += [part for cause, cycles in run["stalls"].items() for part in _stall(cause, cycles, run)]
    total = steps + sum(run["stalls"].values())
    if total != run["total_cycles"]:
        raise DataError(f"total_cycles must be the sum of steps and stalls, {total}, not {run['total_cycles']!r}")
    parts += sorted((part for part in rest if part.cycles), key=lambda part: -part.cycles)
    return Explanation(f"{run.get('summary', run['problem'].get('kind', 'run'))} on {run['config']}", total, tuple(parts))


def _stall(cause: str, cycles: int, run: Mapping[str, Any]) -> list[Part]:
    """Parts of one cause."""
    if cause == "dma":
        return _copies(cycles, run)
    if cause in OTHERS:
        return [Part(cause, cycles, *OTHERS[cause])]
    unit, _, why = cause.partition("_")
    if why not in CAUSES:
        return [Part(cause, cycles, cause.replace("_", " "), "")]
    words, moved = CAUSES[why]
    return [Part(cause, cycles, words.format(unit=unit, others=_others(unit, run)), moved.format(unit=unit))]


def _others(unit: str, run: Mapping[str, Any]) -> str:
    """Who kept a streamer from the banks, in shares."""
    lost = {winner: count for winner, count in run.get("conflicts", {}).get(unit, {}).items() if count}
    if not (whole := sum(lost.values())):
        return ""
    shares = sorted(lost.items(), key=lambda item: -item[1])[:4]
    return ": " + ", ".join(f"{'its own channels' if winner == unit else winner} {count / whole:.0%}" for winner, count in shares) + " of the words refused"


def _copies(cycles: int, run: Mapping[str, Any]) -> list[Part]:
    """Waiting for copies: before the first step, after the last, and between."""
    first, last = (min(cycles, run.get(name, 0)) for name in ("dma_before_first_step", "dma_after_last_step"))
    last = min(last, cycles - first)
    between = cycles - first - last
    return [
        Part("dma_first_tile", first, "the first tile on its way in", "latency of external memory; smaller first tiles; dma.data_width"),
        Part("dma_last_tile", last, "the last tile on its way out, and its answers", "latency of external memory; smaller last tiles; dma.data_width"),
        Part("dma_between", between, "tiles that came later than they were needed", "bandwidth of external memory, dma.data_width; larger tiles, two of each operand"),
    ]
