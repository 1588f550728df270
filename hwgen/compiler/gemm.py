# SPDX-License-Identifier: Apache-2.0
"""From a matrix multiplication to one job: loop order, places in the banks, register fields."""

import itertools
from dataclasses import dataclass

import numpy as np

from ..config import ClusterConfig
from ..config.streamer_unit import enable_name
from ..errors import MappingError
from .jobs import Entry, Job
from .loops import Loop, offsets, operand_loops, orders
from .placement import WINDOW, Banks, Place, candidates, loads
from .problem import GemmProblem

SAMPLED_STEPS = 512
"""Steps from the start over which the conflict model compares plans."""


@dataclass(frozen=True)
class Operand:
    """How one streamer moves one operand.

    Attributes
    ----------
    streamer : str
    size : int
        Bytes in the scratchpad, padding included.
    words : int
        Bank words accessed in each of its steps.
    strides : dict
        Bytes between neighboring tiles along m, n and k.
    per_tile : bool
        Moved once per output tile, not once per step.
    extensions : frozenset of str
        Extensions that act.
    """

    streamer: str
    size: int
    words: int
    strides: dict[str, int]
    per_tile: bool = False
    extensions: frozenset[str] = frozenset()

    def loops(self, nest: tuple[Loop, ...]) -> list[tuple[int, int]]:
        return operand_loops(nest, **self.strides, per_tile=self.per_tile)


@dataclass(frozen=True)
class Plan:
    """A problem mapped onto a cluster: where everything lies and in which order it is visited.

    Attributes
    ----------
    problem, config
    operands : dict of Operand, by role ``a``, ``b``, ``c``, ``out``
    places : dict of Place, by role
    nest : tuple of Loop
    steps : int
        Core steps the mapping issues.
    expected_slowdown : float
        Cycles per step by the conflict model, 1.0 for none lost.
    """

    problem: GemmProblem
    config: ClusterConfig
    operands: dict[str, Operand]
    places: dict[str, Place]
    nest: tuple[Loop, ...]
    steps: int
    expected_slowdown: float

    def job(self, *, interrupt: bool = True) -> Job:
        """The job that computes the problem."""
        problem, entries = self.problem, {}
        m, n, k = problem.tiles(self.config)
        for role, operand in self.operands.items():
            fields = streamer_fields(self.config, operand, self.places[role], operand.loops(self.nest))
            entries[operand.streamer] = Entry(fields, interrupt=interrupt and role == "out")
        quantize = problem.out_type == "int8"
        entries["core"] = Entry({
            "steps": k, "tiles": m * n, "a_zero_point": problem.a_zero_point, "b_zero_point": problem.b_zero_point,
            "add_c": int(problem.c != "none"), "quantize": int(quantize)})
        if quantize:
            rescale = problem.rescale
            fields = {"tiles": m * n, "input_zero_point": rescale.input_zero_point,
                      "output_zero_point": rescale.output_zero_point,
                      "minimum": rescale.minimum, "maximum": rescale.maximum}
            for c in range(self.config.accelerator.quantizer.channels):
                fields |= {f"multiplier_{c}": rescale.multiplier, f"shift_{c}": rescale.shift}
            entries["quantizer"] = Entry(fields)
        return Job(entries)

    def bank_plan(self) -> str:
        """One line for people: which operand lies in which banks."""
        memory, parts = self.config.memory, []
        for role, place in self.places.items():
            words = place.base // memory.word_bytes
            first = words // (place.group * memory.bank_depth)
            last = (words + -(-place.size // memory.word_bytes) - 1) // (place.group * memory.bank_depth)
            parts.append(f"{role.upper() if role != 'out' else 'result'} banks {first * place.group}-{(last + 1) * place.group - 1}"
                         f" by {place.group}")
        return ", ".join(parts)


def streamer_fields(config: ClusterConfig, operand: Operand, place: Place, loops: list[tuple[int, int]]) -> dict[str, int]:
    """Register fields of a streamer that walks tiles of consecutive words."""
    settings = config.streamers[operand.streamer]
    fields = {"base": place.base}
    stride = config.memory.word_bytes
    for d, bound in enumerate(settings.spatial_bounds):
        fields[f"spatial_stride_{d}"] = stride
        stride *= bound
    for d in range(settings.temporal_dimensions):
        count, step = loops[d] if d < len(loops) else (1, 0)
        fields |= {f"temporal_bound_{d}": count, f"temporal_stride_{d}": step}
    if len(settings.groups) > 1:
        fields["addressing_mode"] = settings.groups.index(place.group)
    for extension in settings.extensions:
        fields[enable_name(extension)] = int(extension.kind in operand.extensions)
    return fields


def loops_fit(config: ClusterConfig, streamer: str, loops: list[tuple[int, int]]) -> bool:
    """Whether a streamer has as many loops, and registers wide enough for their bounds."""
    settings = config.streamers[streamer]
    return len(loops) <= settings.temporal_dimensions and all(count < 1 << settings.bound_width for count, _ in loops)


def operands(problem: GemmProblem, config: ClusterConfig) -> dict[str, Operand]:
    """Sizes, tile strides and extensions of every operand.

    Raises
    ------
    MappingError
        If the cluster lacks an extension that the problem needs.
    """
    core, memory, streamers = config.accelerator.core, config.memory, config.streamers
    m, n, k = problem.tiles(config)
    word = memory.word_bytes

    def matrix(role, rows, columns, row_name, column_name, transposed, stored_rows):
        name = role.upper()
        channels = streamers[name].channels
        tile = channels * word
        extensions = frozenset()
        if transposed:
            need_transposer(config, name, f"transpose_{role}", stored_rows)
            extensions = frozenset({"transposer"})
        return Operand(name, rows * columns * tile, channels, {row_name: columns * tile, column_name: tile}, extensions=extensions)

    result = {
        "a": matrix("a", m, k, "m", "k", problem.transpose_a, core.k),
        # B lies column of tiles by column of tiles, so that its innermost loops merge.
        "b": matrix("b", n, k, "n", "k", problem.transpose_b, core.n),
    }
    wide = streamers["C"].channels * word
    if problem.c == "full":
        result["c"] = Operand("C", m * n * wide, streamers["C"].channels, {"m": n * wide, "n": wide}, per_tile=True)
    elif problem.c == "bias":
        need_extension(config, "C", "broadcaster", "c bias")
        factor = next(e.factor for e in streamers["C"].extensions if e.kind == "broadcaster")
        if factor != core.m:
            raise MappingError(f"c bias needs a broadcaster on streamer C whose factor is the core's {core.m} rows, not {factor}")
        reach = streamers["C"].reach
        words = streamers["C"].channels // core.m
        pitch = (words if reach == "all" else -(-words // reach) * reach) * word
        result["c"] = Operand("C", n * pitch, words, {"n": pitch}, per_tile=True, extensions=frozenset({"broadcaster"}))
    out = "D" if problem.out_type == "int32" else "E"
    tile = streamers[out].channels * word
    result["out"] = Operand(out, m * n * tile, streamers[out].channels, {"m": n * tile, "n": tile}, per_tile=True)
    return result


def need_extension(config: ClusterConfig, streamer: str, kind: str, what: str) -> None:
    if kind not in [extension.kind for extension in config.streamers[streamer].extensions]:
        raise MappingError(f"{what} needs a {kind} on streamer {streamer}, which {config.name} does not have")


def need_transposer(config: ClusterConfig, streamer: str, what: str, rows: int) -> None:
    """Refuse a streamer that cannot transpose tiles stored as so many rows of int8 elements."""
    need_extension(config, streamer, "transposer", what)
    settings = config.streamers[streamer]
    transposer = next(extension for extension in settings.extensions if extension.kind == "transposer")
    found = transposer.rows_of(settings.channels), transposer.element_width
    if found != (rows, 8):
        raise MappingError(f"{what} needs a transposer on streamer {streamer} of {rows} rows of 8-bit elements,"
                           f" not {found[0]} rows of {found[1]} bits")


def plan(problem: GemmProblem, config: ClusterConfig) -> Plan:
    """The mapping with the fewest expected bank conflicts.

    All loop orders of `loops.orders` that the streamers' loops allow are tried with all
    placements; the search ends early once a plan loses nothing.

    Raises
    ------
    MappingError
        If the problem does not fit the scratchpad or a register.
    """
    needed = operands(problem, config)
    m, n, k = problem.tiles(config)
    core = config.accelerator.core
    for what, count, width in (("steps of K", k, core.step_width), ("output tiles", m * n, core.tile_width)):
        if count >= 1 << width:
            raise MappingError(f"{what} must be fewer than {1 << width}, not {count}")
    total = sum(operand.size for operand in needed.values())
    if total > config.memory.size:
        raise MappingError(f"operands and result must fit the scratchpad's {config.memory.size} bytes, padding included, not {total}")

    layouts = list(_layouts(config, needed))
    if not layouts:
        raise MappingError(f"no placement of {total} bytes of operands and result in the banks of {config.name} fits")
    steps = m * n * k
    best: tuple[float, Plan] | None = None
    for nest in orders(m, n, k):
        loops = {role: operand.loops(nest) for role, operand in needed.items()}
        if not all(loops_fit(config, o.streamer, loops[role]) for role, o in needed.items()):
            continue
        cost = _ConflictModel(config, needed, loops, steps)
        for places in layouts:
            coarse, fine, shared = cost(places)
            score = coarse + 0.005 * fine + 0.02 * shared
            if best is None or score < best[0] - 1e-9:
                best = score, Plan(problem, config, needed, places, nest, steps, coarse)
        if best and best[0] <= 1.005 + 1e-9:
            break
    if best is None:
        raise MappingError(f"no loop order of {m} x {n} x {k} tiles fits the loops of the streamers of {config.name}")
    return best[1]


def _layouts(config: ClusterConfig, needed: dict[str, Operand]):
    """Every choice of places that does not overlap, largest operands given away first."""
    roles = sorted(needed, key=lambda role: -needed[role].size)

    def extend(banks: Banks, index: int, places: dict[str, Place]):
        if index == len(roles):
            yield {role: places[role] for role in needed}
            return
        role = roles[index]
        for group, first in candidates(config, needed[role].streamer):
            if (found := banks.allocate(group, first, needed[role].size)) is not None:
                yield from extend(found[0], index + 1, places | {role: found[1]})

    return itertools.islice(extend(Banks(config.memory), 0, {}), 20_000)


class _ConflictModel:
    """Expected cycles per step of a placement: in each window of steps, the busiest bank decides."""

    def __init__(self, config, needed, loops, steps):
        self.config, self.needed, self.steps = config, needed, steps
        sampled = min(steps, SAMPLED_STEPS)
        self.windows = {"coarse": -(-sampled // WINDOW), "fine": sampled}
        self.sampled = sampled
        self.starts = {}
        for role, nest in loops.items():
            every = offsets(nest)
            self.starts[role] = every[:max(1, len(every) * sampled // steps)]
        self._loads: dict = {}

    def __call__(self, places: dict[str, Place]) -> tuple[float, float, float]:
        """Cycles per step with and without the help of prefetch, and the share of banks with several users."""
        result = []
        for kind, windows in self.windows.items():
            total = sum(self._load(role, place, kind, windows) for role, place in places.items())
            least = self.sampled / windows
            result.append(float(np.maximum(total.max(axis=1), least).sum()) / self.sampled)
        users = sum(self._load(role, place, "coarse", self.windows["coarse"]).any(axis=0).astype(int)
                    for role, place in places.items())
        return result[0], result[1], float((users > 1).mean())

    def _load(self, role, place, kind, windows):
        # Banks depend on the place's first group and, if it goes on into the next, on its first row.
        memory = self.config.memory
        first, row = divmod(place.base // memory.word_bytes // place.group, memory.bank_depth)
        spans = row * place.group * memory.word_bytes + place.size > place.group * memory.bank_depth * memory.word_bytes
        key = (role, place.group, first, row if spans else 0, kind)
        if key not in self._loads:
            self._loads[key] = loads(self.config, place, self.starts[role], self.needed[role].words, windows)
        return self._loads[key]
