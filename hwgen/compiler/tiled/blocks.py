# SPDX-License-Identifier: Apache-2.0
"""Blocks of every operand: their layouts, and what part of which tensor they hold in a phase."""

from dataclasses import dataclass

from ...config import ClusterConfig
from ...errors import MappingError
from ..operands import need_extension, need_transposer
from ..problem import GemmProblem
from .copies import Outside, Part
from .external import Tensor, parameter_words, row_bytes
from .layout import BlockLayout, block_layout
from .tiling import ALONE, Phase, Span, Tiling


@dataclass(frozen=True)
class Axis:
    """Which dimension a block's rows or columns run along, and a tile's elements along it."""

    name: str
    tile: int


def operand_axes(problem: GemmProblem, config: ClusterConfig, role: str) -> tuple[Axis, Axis]:
    """Axes along rows and along columns of ``a`` or ``b`` as it is given."""
    core = config.accelerator.core
    row, column = ("m", "k") if role == "a" else ("k", "n")
    if getattr(problem, f"transpose_{role}"):
        row, column = column, row
    return Axis(row, getattr(core, row)), Axis(column, getattr(core, column))


def check_features(problem: GemmProblem, config: ClusterConfig) -> None:
    """Refuse problems for which streamers lack an extension.

    Raises
    ------
    MappingError
    """
    core = config.accelerator.core
    for role in "ab":
        if getattr(problem, f"transpose_{role}"):
            rows, _ = operand_axes(problem, config, role)
            need_transposer(config, role.upper(), f"transpose_{role}", rows.tile, getattr(core, f"{role}_width"))
    if problem.c == "bias":
        need_extension(config, "C", "broadcaster", "c bias")
        factor = next(e.factor for e in config.streamers["C"].extensions if e.label == "broadcaster")
        if factor != core.m:
            raise MappingError(f"c bias needs a broadcaster on streamer C whose factor is the core's {core.m} rows, not {factor}")
    if config.streamers["C"].spatial_bounds != config.streamers["D"].spatial_bounds or config.streamers["C"].reach != config.streamers["D"].reach:
        raise MappingError("sums that come back need streamers C and D of the same spatial_bounds and reach, not"
                           f" {config.streamers['C'].spatial_bounds} and {config.streamers['D'].spatial_bounds}")


def layouts(tiling: Tiling) -> dict[str, BlockLayout]:
    """Layout of each block by role: ``a``, ``b``, and as needed ``sums``, ``result``, ``bias``, ``p``.

    Raises
    ------
    MappingError
        If rows of tiles are not whole bank words.
    """
    problem, config = tiling.problem, tiling.config
    core = config.accelerator.core
    made = {}
    for role in "ab":
        rows, columns = operand_axes(problem, config, role)
        made[role] = block_layout(config, role.upper(), tiling.stacked(role) * getattr(tiling, rows.name), getattr(tiling, columns.name), rows.tile,
                                  columns.tile * getattr(core, f"{role}_width"), role.upper())
    down = tiling.products * tiling.m
    if tiling.needs_sums:
        made["sums"] = block_layout(config, "D", down, tiling.n, core.m, core.n * core.accumulator_width, "sums")
    if problem.quantizes:
        made["result"] = block_layout(config, "E", down, tiling.n, core.m, core.n * 8, "the result")
    for role, streamer, row_bits in (("bias", "C", core.n * core.accumulator_width), ("p", "P", None)):
        if tiling.needs_bias if role == "bias" else tiling.needs_parameters:
            bits = row_bits or parameter_words(config) * config.memory.bank_width
            whole = block_layout(config, streamer, 1, tiling.n, 1, bits, role)
            made[role] = BlockLayout(streamer, 1, tiling.n, 1, whole.row_words, whole.word_bytes, (whole.row_words,), whole.reach)
    return made


def span_bytes(problem: GemmProblem, config: ClusterConfig, role: str, span: Span, what: str) -> tuple[int, int]:
    """First byte and bytes of a span of columns of ``a``, ``b`` or the sums or results."""
    core = config.accelerator.core
    width = {"a": core.a_width, "b": core.b_width, "result": 8}.get(role, core.accumulator_width)
    tile = getattr(core, what) * width
    return span.first * tile // 8, row_bytes(span.elements, width, role.upper() if role in "ab" else f"the {role}")


def region(tiling: Tiling, role: str, phase: Phase, tensor: Tensor) -> tuple[Part, Outside]:
    """What part of the block a phase uses, and where it lies in external memory."""
    problem, config = tiling.problem, tiling.config
    if role in ("bias", "p"):
        if role == "p":
            size = parameter_words(config) * config.memory.word_bytes
            first, count = phase.n.first * size, phase.n.tiles * size
        else:
            first, count = span_bytes(problem, config, role, phase.n, "n")
        return Part(0, 1, 0, count), Outside(tensor.address + first, tensor.size)
    batch = phase.batch
    if role in ("a", "b"):
        rows, columns = operand_axes(problem, config, role)
        if tiling.shared(role):
            batch = ALONE
    else:
        core = config.accelerator.core
        rows, columns = Axis("m", core.m), Axis("n", core.n)
    down, across = getattr(phase, rows.name), getattr(phase, columns.name)
    first, count = span_bytes(problem, config, role, across, columns.name)
    above = batch.first * getattr(problem, rows.name) + down.first * rows.tile
    return Part(0, batch.tiles * down.elements, 0, count), Outside(tensor.address + above * tensor.pitch + first, tensor.pitch)


def stackable(problem: GemmProblem, config: ClusterConfig) -> bool:
    """Whether matrices of a batch fill whole rows of tiles, so that those of several products are one taller matrix."""
    if problem.products == 1:
        return False
    axes = [Axis("m", config.accelerator.core.m), *(operand_axes(problem, config, role)[0] for role in "ab" if not getattr(problem, f"{role}_shared"))]
    return all(getattr(problem, axis.name) % axis.tile == 0 for axis in axes)


def padding(tiling: Tiling, phase: Phase) -> Part | None:
    """Elements of A beyond the end of K that must be its zero point."""
    problem, config = tiling.problem, tiling.config
    core = config.accelerator.core
    missing = phase.k.tiles * core.k - phase.k.elements
    if not missing:
        return None
    rows, _ = operand_axes(problem, config, "a")
    if rows.name == "k":
        return Part(phase.k.elements, missing, 0, phase.m.tiles * core.m * core.a_width // 8)
    held = phase.k.elements * core.a_width // 8
    return Part(0, tiling.stacked("a") * phase.m.elements, held, missing * core.a_width // 8)


def fill_pattern(problem: GemmProblem, config: ClusterConfig) -> int:
    """A's zero point repeated to four bytes."""
    width = config.accelerator.core.a_width
    return sum((problem.a_zero_point & (1 << width) - 1) << at for at in range(0, 32, width))
