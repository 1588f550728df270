# SPDX-License-Identifier: Apache-2.0
"""The jobs of one phase: operands through the core, sums or results back into the scratchpad."""

from collections.abc import Iterable

from ...config.streamer_unit import enable_name
from ..rescaling_fields import rescaling_fields
from .blocks import operand_axes
from .contents import PARTS, Held
from .layout import BlockLayout
from .ledger import Event, Ledger
from .tiling import Phase, Tiling

Loops = list[tuple[int, int]]
WHOLE = tuple(range(PARTS))


class PhaseJobs:
    """Pushes phases.

    Divided blocks of sums are read and written by two entries each, so that the next phase reads the first part
    while the last part of the one before is on its way.

    Parameters
    ----------
    tiling : Tiling
    layouts : dict of BlockLayout, by role
    ledger : Ledger
    divided : bool
    """

    def __init__(self, tiling: Tiling, layouts: dict[str, BlockLayout], ledger: Ledger, *, divided: bool):
        self.tiling, self.layouts, self.ledger, self.divided = tiling, layouts, ledger, divided
        self.problem, self.config = tiling.problem, tiling.config

    def push(self, phase: Phase, held: dict[str, Held], together: Iterable[Event] = ()) -> None:
        """One job, or two if sums are divided and the block has more than one tile.

        ``together`` is what every unit waits for, so that none runs long before it has anything to do.
        """
        problem = self.problem
        writes_result = phase.last and problem.quantizes
        initial = "bias" if phase.first and self.tiling.needs_bias else "sums"
        reads_c = not phase.first or problem.c != "none"
        parts = _parts(phase) if self.divided else [(WHOLE, rows_of(phase), columns_of(phase))]
        for number, (which, rows, columns) in enumerate(parts):
            entries: dict[str, tuple[dict[str, int], list[Event]]] = {}
            if number == 0:
                entries |= self._operands(phase, held) | self._parameters(phase, held)
            if reads_c and (initial == "sums" or number == 0):
                whole = initial == "bias"
                entries["C"] = (self._block_fields("C", initial, held, *((rows_of(phase), columns_of(phase)) if whole else (rows, columns))),
                                held[initial].before_reading(WHOLE if whole else which))
            if not writes_result:
                # Sums that C brings are written back in their place, each tile after it has been read.
                waits = [] if reads_c and initial == "sums" else held["sums"].before_writing()
                entries["D"] = (self._block_fields("D", "sums", held, rows, columns), waits)
            if number == 0:
                entries |= self._units(phase)
                if writes_result:
                    entries["E"] = (self._block_fields("E", "result", held, rows_of(phase), columns_of(phase)), held["result"].before_writing())
            if entries:
                entries = {unit: (fields, [*waits, *together]) for unit, (fields, waits) in entries.items()}
                label = f"phase{phase.label('mnk')}" + (f" part {number}" if len(parts) > 1 else "")
                self._note(self.ledger.push(entries, label), held, initial, which)

    def _note(self, done: dict[str, Event], held: dict[str, Held], initial: str, which: tuple[int, ...]) -> None:
        """Tell the buffers who has used them."""
        for unit, role in (("A", "a"), ("B", "b"), ("P", "p")):
            if unit in done:
                held[role].was_read(done[unit])
        if "C" in done:
            held[initial].was_read(done["C"], WHOLE if initial == "bias" else which)
        if "D" in done:
            held["sums"].written(done["D"], which)
        if "E" in done:
            held["result"].written(done["E"])

    def _operands(self, phase: Phase, held: dict[str, Held]) -> dict[str, tuple[dict[str, int], list[Event]]]:
        """Entries of A and B."""
        entries = {}
        for role in "ab":
            loops = operand_loops(self.tiling, self.layouts[role], role, phase)
            extensions = {"transposer"} if getattr(self.problem, f"transpose_{role}") else set()
            entries[role.upper()] = self._fields(role.upper(), role, held[role], 0, loops, extensions), held[role].before_reading()
        return entries

    def _parameters(self, phase: Phase, held: dict[str, Held]) -> dict[str, tuple[dict[str, int], list[Event]]]:
        """Entry of P, if there is one."""
        if not phase.last or not self.tiling.needs_parameters:
            return {}
        return {"P": (self._block_fields("P", "p", held, rows_of(phase), columns_of(phase)), held["p"].before_reading())}

    def _units(self, phase: Phase) -> dict[str, tuple[dict[str, int], list[Event]]]:
        """Entries of the core and the quantizer."""
        problem = self.problem
        quantizes = phase.last and problem.quantizes
        entries = {"core": ({
            "steps": phase.k.tiles, "tiles": phase.tiles, "a_zero_point": problem.a_zero_point, "b_zero_point": problem.b_zero_point,
            "a_unsigned": int(problem.a_unsigned), "b_unsigned": int(problem.b_unsigned),
            "add_c": int(not phase.first or problem.c != "none"), "quantize": int(quantizes)}, [])}
        if quantizes:
            entries["quantizer"] = {"tiles": phase.tiles} | rescaling_fields(problem, self.config), []
        return entries

    def _block_fields(self, unit: str, role: str, held: dict[str, Held], rows: tuple[int, int], columns: tuple[int, int]) -> dict[str, int]:
        """Fields of a streamer that visits each tile of a block once; rows and columns are first tile and count."""
        layout = self.layouts[role]
        down = 0 if role in ("bias", "p") else layout.tile_pitch
        first = (down * rows[0] + layout.column_pitch * columns[0]) * layout.word_bytes
        loops = [(columns[1], layout.column_pitch * layout.word_bytes), (rows[1], down * layout.word_bytes)]
        return self._fields(unit, role, held[role], first, merged(loops), {"broadcaster"} if role == "bias" else set())

    def _fields(self, unit: str, role: str, held: Held, first: int, loops: Loops, extensions: set[str]) -> dict[str, int]:
        settings, layout = self.config.streamers[unit], self.layouts[role]
        fields = {"base": held.buffer.base + first}
        strides = layout.spatial_strides() if role not in ("bias", "p") else dense_strides(settings.spatial_bounds, layout.word_bytes)
        fields |= {f"spatial_stride_{d}": stride for d, stride in enumerate(strides)}
        for d in range(settings.temporal_dimensions):
            count, stride = loops[d] if d < len(loops) else (1, 0)
            fields |= {f"temporal_bound_{d}": count, f"temporal_stride_{d}": stride}
        if len(settings.groups) > 1:
            fields["addressing_mode"] = settings.groups.index(held.buffer.group)
        return fields | {enable_name(extension): int(extension.label in extensions) for extension in settings.extensions}


def operand_loops(tiling: Tiling, layout: BlockLayout, role: str, phase: Phase) -> Loops:
    """Walk of ``a`` or ``b`` over a phase's tiles: along k, n, m, and the products of a batch."""
    rows, _ = operand_axes(tiling.problem, tiling.config, role)
    along = {"m": 0, "n": 0, "k": 0}
    for name in ("mk" if role == "a" else "kn"):
        along[name] = (layout.tile_pitch if name == rows.name else layout.column_pitch) * layout.word_bytes
    product = 0 if tiling.shared(role) else getattr(phase, rows.name).tiles * layout.tile_pitch * layout.word_bytes
    return merged([*((getattr(phase, name).tiles, along[name]) for name in "knm"), (phase.batch.tiles, product)])


def rows_of(phase: Phase) -> tuple[int, int]:
    return 0, phase.rows


def columns_of(phase: Phase) -> tuple[int, int]:
    return 0, phase.n.tiles


def _parts(phase: Phase) -> list[tuple[tuple[int, ...], tuple[int, int], tuple[int, int]]]:
    """Parts of a block of sums, their rows and their columns of tiles."""
    m, n = phase.rows, phase.n.tiles
    if m > 1:
        half = m // 2
        return [((0,), (0, half), (0, n)), ((1,), (half, m - half), (0, n))]
    if n > 1:
        half = n // 2
        return [((0,), (0, 1), (0, half)), ((1,), (0, 1), (half, n - half))]
    return [(WHOLE, (0, 1), (0, 1))]


def dense_strides(bounds: tuple[int, ...], word_bytes: int) -> tuple[int, ...]:
    """Spatial strides in bytes of channels that take consecutive words."""
    strides, stride = [], word_bytes
    for bound in bounds:
        strides.append(stride)
        stride *= bound
    return tuple(strides)


def merged(loops: Loops) -> Loops:
    """The same walk in as few loops as possible."""
    result: Loops = []
    for count, stride in loops:
        if count == 1:
            continue
        if result and stride == result[-1][0] * result[-1][1]:
            result[-1] = result[-1][0] * count, result[-1][1]
        else:
            result.append((count, stride))
    return result
