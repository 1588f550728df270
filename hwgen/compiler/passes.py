# SPDX-License-Identifier: Apache-2.0
"""What a cluster that lacks a feature does instead: passes of the mover over an operand before the job.

A transposer is replaced by a pass that reads every tile of the operand and writes it back transposed, in
its place; a broadcaster by one that reads each row of the bias once for every row of a tile, and writes
whole tiles.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

from ..config import ClusterConfig
from ..errors import MappingError
from .jobs import Entry, Job, Signal, Wait
from .placement import Place
from .problem import GemmProblem
from .streamer_fields import Operand, streamer_fields

OPERAND_ROUTE, SUM_ROUTE = 0, 1
"""Routes of the mover: A to E, C to D."""
SEMAPHORES = {"E": 0, "D": 1}
"""Semaphore that tells the job of the end of a writer's passes."""


@dataclass(frozen=True)
class Pass:
    """One pass.

    Attributes
    ----------
    role, source : str
        Operand that is made, and the one that is read; the same if it is made in place.
    reader, writer : str
    route : int
    transpose : bool
    words : int
        Words moved, one tile each.
    """

    role: str
    source: str
    reader: str
    writer: str
    route: int
    transpose: bool
    words: int


def has_extension(config: ClusterConfig, streamer: str, label: str) -> bool:
    return label in [extension.label for extension in config.streamers[streamer].extensions]


def replaces(config: ClusterConfig, streamer: str, label: str) -> bool:
    """Whether passes do what an extension would, which the streamer lacks."""
    return config.accelerator.mover and not has_extension(config, streamer, label)


def needed_passes(problem: GemmProblem, config: ClusterConfig) -> tuple[Pass, ...]:
    """Passes before the job, in the order in which they run."""
    m, n, k = problem.tiles(config)
    passes = []
    for role, transposed, tiles in (("a", problem.transpose_a, m * k), ("b", problem.transpose_b, n * k)):
        if transposed and replaces(config, role.upper(), "transposer"):
            passes.append(Pass(role, role, "A", "E", OPERAND_ROUTE, True, tiles))
    if problem.c == "bias" and replaces(config, "C", "broadcaster"):
        passes.append(Pass("c", "bias", "C", "D", SUM_ROUTE, False, n))
    return tuple(passes)


def bias_strides(config: ClusterConfig) -> dict[str, int]:
    """Spatial strides with which C reads one row of words for every row of a tile.

    Raises
    ------
    MappingError
        If no spatial dimension of C begins with a row.
    """
    core, bounds = config.accelerator.core, config.streamers["C"].spatial_bounds
    row = config.streamers["C"].channels // core.m
    for inner in range(len(bounds) + 1):
        if prod(bounds[:inner]) == row:
            return {f"spatial_stride_{d}": config.memory.word_bytes * prod(bounds[:d]) if d < inner else 0 for d in range(len(bounds))}
    raise MappingError(f"c bias without a broadcaster needs spatial dimensions of C that begin with a row of {row} words, not {list(bounds)}")


def pass_jobs(config: ClusterConfig, passes: tuple[Pass, ...], operands: Mapping[str, Operand], places: Mapping[str, Place],
              waiting: int) -> list[Job]:
    """Jobs of the passes; the last of each writer signals its semaphore once for each of ``waiting`` entries."""
    jobs = []
    for index, one in enumerate(passes):
        tile = operands[one.role].pitch
        read = replace(operands[one.source], streamer=one.reader, extensions=frozenset())
        step = operands[one.source].strides["n"] if one.source == "bias" else tile
        fields = streamer_fields(config, read, places[one.source], [(one.words, step)])
        if one.source == "bias":
            fields |= bias_strides(config)
        written = replace(operands[one.role], streamer=one.writer, extensions=frozenset())
        last = all(later.writer != one.writer for later in passes[index + 1:])
        jobs.append(Job({
            one.reader: Entry(fields),
            one.writer: Entry(streamer_fields(config, written, places[one.role], [(one.words, tile)]),
                              signal=Signal(SEMAPHORES[one.writer], waiting) if last else None),
            "mover": Entry({"words": one.words, "route": one.route, "transpose": int(one.transpose)}),
        }, f"pass {one.role}"))
    return jobs


def pass_waits(passes: tuple[Pass, ...]) -> tuple[Wait, ...]:
    """What every entry of the job that uses the results waits for."""
    return tuple(Wait(f"semaphore_{SEMAPHORES[writer]}", 1) for writer in sorted({one.writer for one in passes}))
