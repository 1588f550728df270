# SPDX-License-Identifier: Apache-2.0
"""When each block is loaded: as early as its buffer is free, in pieces, without holding back what is needed sooner."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from ..tiled.tiling import Phase
from .tiling import ConvTiling


@dataclass(frozen=True)
class Fetch:
    """A block that must be loaded.

    Attributes
    ----------
    role : str
    key : hashable
        Which block.
    buffer : int
        Number of its buffer in the role's pool.
    free : int
        The phase that last used the buffer's former block, -1 if none has.
    needed : int
        The phase that uses it first.
    """

    role: str
    key: Hashable
    buffer: int
    free: int
    needed: int


@dataclass
class Schedule:
    """Which buffer each phase uses, and what is loaded after which phase has been pushed.

    Attributes
    ----------
    uses : list of dict of int
        For each phase the number of the buffer of each role.
    fetches : list of Fetch
        In the order of need.
    """

    uses: list[dict[str, int]] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)

    def slots(self, fetch: Fetch) -> range:
        """Phases after which parts of a block may be asked for; -1 is before the first.

        Where it can be not before the phase behind the one that frees the buffer has been pushed as well: in short queues, copies
        that cannot begin yet would keep that phase from following without a break.
        """
        if fetch.needed == 0:
            return range(-1, 0)
        return range(min(fetch.free + 1, fetch.needed - 1), fetch.needed)


def keys(tiling: ConvTiling, phase: Phase) -> dict[str, Hashable]:
    """What tells the blocks that a phase uses from others of their roles."""
    problem = tiling.problem
    found: dict[str, Hashable] = {"a": (phase.m.index, tiling.channel_range(phase)), "b": (phase.n.index, phase.k.index)}
    if phase.first and tiling.needs_bias:
        found["bias"] = phase.n.index
    if phase.last and tiling.needs_parameters:
        found["p"] = phase.n.index
    if phase.last and problem.quantizes:
        found["result"] = (phase.m.index, phase.n.index)
    if not phase.first or not phase.last or not problem.quantizes:
        found["sums"] = (phase.m.index, phase.n.index)
    return found


def schedule(tiling: ConvTiling, counts: dict[str, int]) -> Schedule:
    """Buffers in turn: a new block replaces the one that has not been used for longest.

    Parameters
    ----------
    tiling : ConvTiling
    counts : dict of int
        Buffers of each role.
    """
    made = Schedule()
    held: dict[str, dict[Hashable, int]] = {role: {} for role in counts}
    used: dict[str, list[int]] = {role: [-1] * count for role, count in counts.items()}
    for number, phase in enumerate(tiling.phases()):
        uses = {}
        for role, key in keys(tiling, phase).items():
            place = held[role].get(key)
            if place is None:
                place = min(range(counts[role]), key=lambda index, last=used[role]: last[index])
                held[role] = {other: index for other, index in held[role].items() if index != place} | {key: place}
                made.fetches.append(Fetch(role, key, place, used[role][place], number))
            used[role][place] = number
            uses[role] = place
        made.uses.append(uses)
    return made
