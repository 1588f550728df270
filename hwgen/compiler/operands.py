# SPDX-License-Identifier: Apache-2.0
"""Every operand of a matrix multiplication: its streamer, size, strides and extensions."""

from dataclasses import replace

from ..config import ClusterConfig
from ..errors import MappingError
from .passes import bias_strides, has_extension, replaces
from .problem import GemmProblem
from .streamer_fields import Operand, tile_pitch


def operands(problem: GemmProblem, config: ClusterConfig) -> dict[str, Operand]:
    """Sizes, tile strides and extensions of every operand.

    Raises
    ------
    MappingError
        If the cluster lacks an extension that the problem needs.
    """
    core, memory, streamers = config.accelerator.core, config.memory, config.streamers
    m, n, k = problem.tiles(config)

    def matrix(role, rows, columns, row_name, column_name, transposed, stored_rows):
        name = role.upper()
        channels = streamers[name].channels
        # Passes read through A and write through E whichever operand it is.
        others = ("A", "E") if transposed and replaces(config, name, "transposer") else ()
        tile, extensions = tile_pitch(config, channels, name, *others), frozenset()
        if transposed and not replaces(config, name, "transposer"):
            need_transposer(config, name, f"transpose_{role}", stored_rows, getattr(core, f"{role}_width"))
            extensions = frozenset({"transposer"})
        return Operand(name, rows * columns * tile, channels, {row_name: columns * tile, column_name: tile}, extensions=extensions, others=others)

    result = {
        "a": matrix("a", m, k, "m", "k", problem.transpose_a, core.k),
        # B lies column of tiles by column of tiles, so that its innermost loops merge.
        "b": matrix("b", n, k, "n", "k", problem.transpose_b, core.n),
    }
    wide = tile_pitch(config, streamers["C"].channels, "C")
    if problem.c == "full":
        result["c"] = Operand("C", m * n * wide, streamers["C"].channels, {"m": n * wide, "n": wide}, per_tile=True)
    elif problem.c == "bias":
        row = core.n * core.accumulator_width
        if row % memory.bank_width:
            raise MappingError(f"c bias needs rows of a multiple of the bank word's {memory.bank_width} bits,"
                               f" not {core.n} elements of {core.accumulator_width} bits")
        words = streamers["C"].channels // core.m
        pitch = tile_pitch(config, words, "C")
        row = Operand("C", n * pitch, words, {"n": pitch}, per_tile=True)
        if replaces(config, "C", "broadcaster"):
            bias_strides(config)
            wide = tile_pitch(config, streamers["C"].channels, "C", "D")
            result["bias"] = replace(row, source=True)
            result["c"] = Operand("C", n * wide, streamers["C"].channels, {"n": wide}, per_tile=True, others=("D",))
        else:
            need_extension(config, "C", "broadcaster", "c bias")
            factor = next(e.factor for e in streamers["C"].extensions if e.label == "broadcaster")
            if factor != core.m:
                raise MappingError(f"c bias needs a broadcaster on streamer C whose factor is the core's {core.m} rows, not {factor}")
            result["c"] = replace(row, extensions=frozenset({"broadcaster"}))
    if problem.streams_parameters(config):
        words = streamers["P"].channels
        pitch = tile_pitch(config, words, "P")
        result["p"] = Operand("P", n * pitch, words, {"n": pitch}, per_tile=True)
    out = "E" if problem.quantizes else "D"
    tile = tile_pitch(config, streamers[out].channels, out)
    result["out"] = Operand(out, m * n * tile, streamers[out].channels, {"m": n * tile, "n": tile}, per_tile=True)
    return result


def need_extension(config: ClusterConfig, streamer: str, label: str, what: str) -> None:
    """Raises MappingError unless the streamer has an extension."""
    if not has_extension(config, streamer, label):
        raise MappingError(f"{what} needs a {label} on streamer {streamer}, which {config.name} does not have")


def need_transposer(config: ClusterConfig, streamer: str, what: str, rows: int, width: int) -> None:
    """Raises MappingError unless the streamer transposes tiles stored as so many rows of elements of ``width`` bits."""
    need_extension(config, streamer, "transposer", what)
    settings = config.streamers[streamer]
    transposer = next(extension for extension in settings.extensions if extension.label == "transposer")
    found = transposer.rows_of(settings.channels), transposer.element_width
    if found != (rows, width):
        raise MappingError(f"{what} needs a transposer on streamer {streamer} of {rows} rows of {width}-bit elements,"
                           f" not {found[0]} rows of {found[1]} bits")
