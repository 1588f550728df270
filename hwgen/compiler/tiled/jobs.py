# SPDX-License-Identifier: Apache-2.0
"""The jobs of a tiled matrix multiplication: copies in, phases, copies out."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...config.dma import LOAD, LOAD_STREAMER, STORE, STORE_STREAMER
from ..jobs import Job
from .blocks import fill_pattern, layouts, padding, region
from .compute import PhaseJobs
from .contents import Held, Pool
from .copies import Copy, Outside, Part, copies
from .external import ExternalMap
from .ledger import Event, Ledger
from .places import BankPlan
from .tiling import Phase, Tiling

PIECE_STEPS = 64
"""Steps of the loading streamer in one piece of a stationary block: short, so that streaming blocks are not late."""


class TiledJobs:
    """Emits the jobs of a tiling, each as early as its place in the order allows.

    Jobs are pushed in an order in which each could run to its end before the next is pushed, but for phases in two
    jobs, which are pushed next to each other: every wait is for an earlier one. So no queue, however short, can bring
    them to a halt.

    Parameters
    ----------
    tiling : Tiling
    plan : BankPlan
    places : ExternalMap
    base : mapping of int, by unit, optional
        Entries completed before.
    divided : bool
        Sums that stay in the scratchpad are read and written by two jobs for each phase.
    """

    def __init__(self, tiling: Tiling, plan: BankPlan, places: ExternalMap, base: Mapping[str, int] | None = None, *,
                 divided: bool = True):
        self.tiling, self.plan, self.places = tiling, plan, places
        self.problem, self.config = tiling.problem, tiling.config
        self.layouts = layouts(tiling)
        self.ledger = Ledger(self.config, base)
        self.pools = {name: Pool(buffers) for name, buffers in plan.pools.items()}
        self.compute = PhaseJobs(tiling, self.layouts, self.ledger, divided=divided and tiling.keeps_sums)
        self._spilled: dict[tuple[int, ...], Event] = {}

    def jobs(self) -> list[Job]:
        """All of them; the last store raises the interrupt."""
        phases = list(self.tiling.phases())
        _, moving = self.tiling.counts
        stationary = self._upcoming(phases[0], 1)
        self._load_pieces(stationary, 1)
        held = self._loads(phases[0], stationary.held)
        for number, phase in enumerate(phases):
            left = moving - number % moving
            if left == moving and number + moving < len(phases):
                upcoming = self._upcoming(phases[number + moving], moving)
            self.compute.push(phase, held)
            present = held
            if number + 1 < len(phases):
                if number + left < len(phases):
                    self._load_pieces(upcoming, left)
                if left == 1:
                    stationary = upcoming
                held = self._loads(phases[number + 1], stationary.held)
            self._store(phase, present)
        self.ledger.interrupt()
        return self.ledger.jobs

    def _upcoming(self, phase: Phase, slots: int) -> "Upcoming":
        """The stationary block of the sweep that begins with ``phase``, none of it loaded unless all of it is."""
        tiling, role = self.tiling, self.tiling.stationary
        held, hit = self.pools[role].ask(block_key(tiling, role, phase))
        return Upcoming(phase, held, [] if hit else self._pieces(phase, slots))

    def _pieces(self, phase: Phase, slots: int) -> list[Part]:
        """The stationary block in up to ``slots`` pieces, none of a few steps only."""
        role = self.tiling.stationary
        layout = self.layouts[role]
        whole, _ = region(self.tiling, role, phase, self.places[role])
        step = self.config.dma.data_bytes
        count = max(1, min(slots, whole.rows * -(-whole.row_bytes // step) // PIECE_STEPS))
        tile = layout.row_words * layout.word_bytes
        if whole.rows // layout.tile_rows >= count or whole.row_bytes < 2 * max(step, tile):
            size = -(-whole.rows // count // layout.tile_rows) * layout.tile_rows
            return [Part(first, min(size, whole.rows - first), 0, whole.row_bytes) for first in range(0, whole.rows, size)]
        grain = max(step, tile)
        size = -(-whole.row_bytes // count // grain) * grain
        return [Part(0, whole.rows, first, min(size, whole.row_bytes - first)) for first in range(0, whole.row_bytes, size)]

    def _load_pieces(self, upcoming: "Upcoming", slots: int) -> None:
        """This slot's share of what is still to be loaded."""
        for _ in range(-(-len(upcoming.pieces) // slots)):
            self._load(self.tiling.stationary, upcoming.phase, upcoming.held, upcoming.pieces.pop(0))

    def _loads(self, phase: Phase, stationary: Held) -> dict[str, Held]:
        """Load what a phase needs besides the stationary block; the buffers of all that it touches."""
        tiling = self.tiling
        held = {tiling.stationary: stationary}
        number = 1
        if self.plan.kind == "split" and len(self.plan.pools[tiling.stationary]) > 1:
            number = 1 - self.pools[tiling.stationary].index(stationary)
        for role in ("a", "b", "bias", "p", "sums", "result"):
            if role == tiling.stationary or not touches(tiling, role, phase):
                continue
            area = 1 if role == "sums" and tiling.keeps_sums else number
            held[role], hit = self.pools[role if role in "ab" else f"{role}{area}"].ask(block_key(tiling, role, phase))
            if not hit and comes(tiling, role, phase):
                self._load(role, phase, held[role], None)
        return held

    def _tensor(self, role: str, phase: Phase) -> str:
        """Name of the tensor in external memory that a block comes from."""
        if role == "sums":
            return "c" if phase.first else self.partial
        return {"bias": "c"}.get(role, role)

    @property
    def partial(self) -> str:
        """The tensor that holds partial sums: the result itself where that has the core's sums."""
        return "partial" if self.problem.quantizes else "out"

    def _load(self, role: str, phase: Phase, held: Held, piece: Part | None) -> None:
        """Copy a block, or a piece of one, into its buffer, and A's padding with its last piece."""
        tensor = self.places[self._tensor(role, phase)]
        whole, outside = region(self.tiling, role, phase, tensor)
        part = piece or whole
        outside = Outside(outside.address + part.first_row * outside.pitch + part.first_byte, outside.pitch)
        waits = [self._spilled[result_of(phase)]] if role == "sums" and not phase.first else []
        for copy in self._copies(role, held, part, outside):
            self._push_load(copy, held, waits, f"load {role}{block_label(self.tiling, role, phase)}")
        if role == "a" and part.first_row + part.rows == whole.rows and part.first_byte + part.row_bytes == whole.row_bytes:
            self._pad(phase, held)

    def _pad(self, phase: Phase, held: Held) -> None:
        """Write A's zero point beyond the end of K; once is enough if nothing else ever lies there."""
        part = padding(self.tiling, phase)
        if part is None or held.filled:
            return
        held.filled = self.tiling.chunks == 1
        for copy in self._copies("a", held, part, None, fill=fill_pattern(self.problem, self.config)):
            self._push_load(copy, held, [], f"pad a{block_label(self.tiling, 'a', phase)}")

    def _copies(self, role: str, held: Held, part: Part, outside: Outside | None, **options) -> list[Copy]:
        return copies(self.config, self.layouts[role], held.buffer.base, held.buffer.group, part, outside, **options)

    def _push_load(self, copy: Copy, held: Held, waits: list[Event], label: str) -> None:
        done = self.ledger.push({LOAD: (copy.engine, waits), LOAD_STREAMER: (copy.streamer, held.before_writing())}, label)
        held.written(done[LOAD_STREAMER])

    def _store(self, phase: Phase, held: dict[str, Held]) -> None:
        """Copy the phase's block of results out, or of partial sums that do not stay."""
        tiling = self.tiling
        if not phase.last and not tiling.spills:
            return
        role = "result" if phase.last and self.problem.quantizes else "sums"
        tensor = self.places["out" if phase.last else self.partial]
        part, outside = region(tiling, role, phase, tensor)
        for copy in self._copies(role, held[role], part, outside, store=True):
            done = self.ledger.push({STORE_STREAMER: (copy.streamer, held[role].before_reading()), STORE: (copy.engine, [])},
                                    f"store {role}{block_label(self.tiling, role, phase)}")
            held[role].was_read(done[STORE_STREAMER])
        if not phase.last:
            self._spilled[result_of(phase)] = done[STORE]


@dataclass
class Upcoming:
    """A stationary block, and what of it is still to be loaded.

    Attributes
    ----------
    phase : Phase
        The first that uses it.
    held : Held
    pieces : list of Part
    """

    phase: Phase
    held: Held
    pieces: list[Part]


def result_of(phase: Phase) -> tuple[int, ...]:
    """What tells the block of the result that a phase computes from others."""
    return phase.batch.index, phase.m.index, phase.n.index


def block_key(tiling: Tiling, role: str, phase: Phase) -> tuple[int, ...]:
    """What tells a block from others of its role."""
    batch, m, n, k = phase.batch.index, phase.m.index, phase.n.index, phase.k.index
    if role in "ab":
        return (0 if tiling.shared(role) else batch, *((m, k) if role == "a" else (k, n)))
    if role == "sums" and not tiling.keeps_sums:
        return *result_of(phase), k
    return (n,) if role in ("bias", "p") else result_of(phase)


def block_label(tiling: Tiling, role: str, phase: Phase) -> str:
    """Which block of its role a phase uses, for people."""
    axes = {"a": "mk", "b": "kn", "bias": "n", "p": "n"}.get(role, "mn")
    return phase.label(axes, batch=role not in ("bias", "p") and not (role in "ab" and tiling.shared(role)))


def touches(tiling: Tiling, role: str, phase: Phase) -> bool:
    """Whether a phase uses a block of this role."""
    quantizes = tiling.problem.quantizes
    return {"a": True, "b": True, "bias": phase.first and tiling.needs_bias, "p": phase.last and tiling.needs_parameters,
            "result": phase.last and quantizes,
            "sums": not phase.first or not phase.last or not quantizes or tiling.problem.c == "full"}[role]


def comes(tiling: Tiling, role: str, phase: Phase) -> bool:
    """Whether the block lies in external memory beforehand."""
    if role == "sums":
        return tiling.problem.c == "full" if phase.first else tiling.spills
    return role != "result"
