# SPDX-License-Identifier: Apache-2.0
"""The jobs of a convolution: copies in, phases, copies out."""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from ...config.dma import LOAD, LOAD_STREAMER, STORE, STORE_STREAMER
from ..jobs import Job
from ..tiled.compute import dense_strides
from ..tiled.contents import Held
from ..tiled.copies import Copy, Outside, Part, copies, external_fields
from ..tiled.external import ExternalMap
from ..tiled.ledger import Ledger
from ..tiled.tiling import Phase
from .buffers import ConvBuffers
from .loads import Target, load_copy, tile_copies, tile_fills
from .phases import ConvPhaseJobs
from .schedule import Fetch, schedule
from .tiling import ConvTiling

PIECE_STEPS = 64
"""Steps of L in one piece of a block: short, so that what is needed sooner is not late."""


class ConvJobs:
    """Emits the jobs of a tiling, each as early as its place in the order allows.

    Jobs are pushed in an order in which each could run to its end before the next is pushed, but for phases in two
    jobs, which are pushed next to each other: every wait is for an earlier one. So no queue, however short, can bring
    them to a halt.

    Parameters
    ----------
    tiling : ConvTiling
    buffers : ConvBuffers
    places : ExternalMap
    base : mapping of int, by unit, optional
        Entries completed before.
    divided : bool
        Sums that stay in the scratchpad are read and written by two jobs for each phase.
    """

    def __init__(self, tiling: ConvTiling, buffers: ConvBuffers, places: ExternalMap, base: Mapping[str, int] | None = None, *,
                 divided: bool = True):
        self.tiling, self.buffers, self.places = tiling, buffers, places
        self.config, self.problem = tiling.config, tiling.problem
        self.ledger = Ledger(self.config, base)
        self.held = {role: [Held(buffer) for buffer in pool] for role, pool in buffers.pools.items()}
        self.compute = ConvPhaseJobs(tiling, buffers.tile, buffers.layouts, self.ledger, divided=divided and len(tiling.chunks) > 1)
        self.phases = list(tiling.phases())

    def jobs(self) -> list[Job]:
        """All of them; the last store raises the interrupt."""
        plan = schedule(self.tiling, {role: len(pool) for role, pool in self.held.items()})
        pieces: dict[int, list[_Piece]] = defaultdict(list)
        made: dict[int, list[Fetch]] = defaultdict(list)
        for fetch in plan.fetches:
            if fetch.role in ("result", "sums"):
                made[fetch.needed].append(fetch)
                continue
            early = fetch.role == "b" and self.buffers.kind == "quarters"
            for slot, piece in self._spread(fetch, range(-1, 0) if early else plan.slots(fetch)):
                pieces[slot].append(piece)
        waiting: deque[tuple[int, Phase, dict[str, Held]]] = deque()
        single = len(self.held["result" if self.problem.quantizes else "sums"]) == 1
        for number in range(-1, len(self.phases)):
            phase = held = None
            if number >= 0:
                phase = self.phases[number]
                held = {role: self.held[role][index] for role, index in plan.uses[number].items()}
                self.compute.push(phase, held, [(LOAD_STREAMER, self.ledger.count(LOAD_STREAMER))] if number == 0 else ())
            for piece in sorted(pieces[number], key=lambda piece: piece.fetch.needed):
                self._load(piece)
            # With two buffers for results, stores follow the next phase, which they would hold up in short queues.
            while waiting and (single or waiting[0][0] < number):
                self._store(*waiting.popleft()[1:])
            if phase is not None and phase.last:
                waiting.append((number, phase, held))
                if single:
                    self._store(*waiting.popleft()[1:])
            # Blocks that only the core writes follow those that have just been stored.
            for fetch in made[number + 1]:
                self.held[fetch.role][fetch.buffer].replace(fetch.key)
        while waiting:
            self._store(*waiting.popleft()[1:])
        self.ledger.interrupt()
        return self.ledger.jobs

    def _spread(self, fetch: Fetch, slots: range):
        """Pieces of a block over the phases during which it may come; its buffer is renamed with the first."""
        made = self._copies(fetch)
        parts = [_Piece(fetch, index == 0, [copy]) for index, copy in enumerate(made)] or [_Piece(fetch, True, [])]
        for index, part in enumerate(parts):
            yield slots[index * len(slots) // len(parts)], part

    def _copies(self, fetch: Fetch) -> list[Copy]:
        """Jobs that bring a block."""
        role, phase = fetch.role, self.phases[fetch.needed]
        buffer = self.buffers.pools[role][fetch.buffer]
        target = Target(buffer.base, buffer.group)
        if role == "a":
            return tile_copies(self.buffers.tile, target, phase.m, self.tiling.channel_range(phase), self.places["a"])
        if role == "b":
            return self._filters(target, phase)
        tensor, core = self.places["c" if role == "bias" else "p"], self.config.accelerator.core
        size = core.accumulator_width // 8
        first, count = (phase.n.first * core.n * size, phase.n.elements * size) if role == "bias" else (
            phase.n.first * tensor.pitch, phase.n.tiles * tensor.pitch)
        return copies(self.config, self.buffers.layouts[role], buffer.base, buffer.group, Part(0, 1, 0, count),
                      Outside(tensor.address + first, tensor.size))

    def _filters(self, target: Target, phase: Phase) -> list[Copy]:
        """A block of filters, a piece for every few tiles."""
        core, tensor, step = self.config.accelerator.core, self.places["b"], self.config.dma.data_bytes
        tile = core.k * core.n
        before = sum(chunk.tiles for chunk in self.tiling.chunks[:phase.k.index]) * tile
        run, strides = phase.k.tiles * tile, dense_strides(self.config.dma.load.spatial_bounds, self.config.memory.word_bytes)
        grain = max(1, PIECE_STEPS * step // run)
        made = []
        for first in range(0, phase.n.tiles, grain):
            count = min(grain, phase.n.tiles - first)
            address = tensor.address + (phase.n.first + first) * tensor.pitch + before
            whole = run * count
            outside = (whole, []) if run == tensor.pitch else (run, [(count, tensor.pitch)])
            made.append(load_copy(self.config, Target(target.base + first * run, target.group), whole, [(-(-whole // step), step)], strides,
                                  external_fields(self.config, address, *outside)))
        return made

    def _load(self, piece: "_Piece") -> None:
        """Push a piece; in front of a tile's first, its padding, which is written while the first bytes are on their way."""
        fetch = piece.fetch
        held = self.held[fetch.role][fetch.buffer]
        made = piece.copies
        if piece.first:
            held.replace(fetch.key)
            if fetch.role == "a":
                made = [*self._fills(held, self.phases[fetch.needed]), *made]
        for copy in made:
            done = self.ledger.push({LOAD: (copy.engine, []), LOAD_STREAMER: (copy.streamer, held.before_writing())})
            held.written(done[LOAD_STREAMER])

    def _fills(self, held: Held, phase: Phase) -> list[Copy]:
        """Columns at both sides stay filled as long as tiles are as wide as the image; a lower tile fills fewer rows of them."""
        band, target = phase.m, Target(held.buffer.base, held.buffer.group)
        whole = band.columns == self.problem.out_size[1]
        fills = tile_fills(self.buffers.tile, target, band, again=held.filled and whole)
        held.filled = whole and (held.filled or band.rows == self.tiling.rows)
        return fills

    def _store(self, phase: Phase, held: dict[str, Held]) -> None:
        """Copy the phase's block of results out."""
        role = "result" if self.problem.quantizes else "sums"
        block, tensor, band = held[role], self.places["out"], phase.m
        core = self.config.accelerator.core
        size = 1 if self.problem.quantizes else core.accumulator_width // 8
        height, width = self.problem.out_size
        positions = self.tiling.row_positions(band)
        first = ((band.image * height + band.row) * width + band.column) * tensor.pitch + phase.n.first * core.n * size
        joined = positions == band.columns and (band.columns == width or band.rows == 1)
        for row in range(1 if joined else band.rows):
            part = Part(row * positions, band.rows * band.columns if joined else band.columns, 0, phase.n.elements * size)
            outside = Outside(tensor.address + first + row * width * tensor.pitch, tensor.pitch)
            for copy in copies(self.config, self.buffers.layouts[role], block.buffer.base, block.buffer.group, part, outside, store=True):
                done = self.ledger.push({STORE_STREAMER: (copy.streamer, block.before_reading()), STORE: (copy.engine, [])})
                block.was_read(done[STORE_STREAMER])


@dataclass
class _Piece:
    """Part of a block's copies.

    Attributes
    ----------
    fetch : Fetch
    first : bool
        Of the block's pieces.
    copies : list of Copy
    """

    fetch: Fetch
    first: bool
    copies: list[Copy]
