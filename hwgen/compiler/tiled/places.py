# SPDX-License-Identifier: Apache-2.0
"""Bank plans: where the buffers of a tiling lie, so that whoever reads at full rate has its banks to itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from ...config import ClusterConfig
from .layout import BlockLayout
from .tiling import Tiling

OVERHANG_ROWS = 3
"""Rows of a group of banks by which a buffer may reach into its neighbor's: a few accesses in a whole block."""


@dataclass(frozen=True)
class Buffer:
    """A stretch of the scratchpad for one block at a time.

    Attributes
    ----------
    name : str
        Unique within a plan.
    base : int
        Byte address in groups of ``group`` banks.
    group : int
    size : int
        Bytes.
    """

    name: str
    base: int
    group: int
    size: int


@dataclass(frozen=True)
class BankPlan:
    """Buffers of each role.

    Attributes
    ----------
    kind : str
        ``split``, ``shared`` or ``interleaved``.
    pools : dict of tuple of Buffer
        Buffers for ``a`` and ``b``; those of ``sums``, ``result``, ``bias`` and ``p`` are listed for each area, as
        ``sums0`` and ``sums1``. A sweep uses the area whose number is not that of its stationary buffer.
    areas : int
    """

    kind: Literal["split", "shared", "interleaved"]
    pools: dict[str, tuple[Buffer, ...]] = field(default_factory=dict)
    areas: int = 1


@dataclass(frozen=True)
class Demand:
    """Words and buffers that each role needs."""

    words: dict[str, int]
    buffers: dict[str, int]


def demand(tiling: Tiling, layouts: dict[str, BlockLayout]) -> Demand:
    """What a tiling asks for. One step of a copy engine's slack behind each block lets the last run end anywhere."""
    config = tiling.config
    slack = config.dma.data_width // config.memory.bank_width
    words = {role: layout.words + (0 if role in "ab" else slack + layout.column_pitch) for role, layout in layouts.items()}
    _, moving = tiling.counts
    buffers = {role: min(2, tiling.blocks(role)) for role in (tiling.stationary, tiling.streaming)}
    blocks = moving * tiling.counts[0] * len(tiling.spans["batch"])
    for role in ("sums", "result", "bias", "p"):
        if role in layouts:
            per_sweep = role in ("bias", "p") and tiling.stationary == "b"
            buffers[role] = 1 if per_sweep else min(2, blocks)
    if tiling.keeps_sums:
        buffers["sums"] = min(moving + 1, blocks)
    return Demand(words, buffers)


def common_groups(config: ClusterConfig, roles: dict[str, BlockLayout]) -> set[int]:
    """Addressing modes that all streamers have that move blocks."""
    names = {layout.streamer for layout in roles.values()} | ({"C"} if "sums" in roles else set()) | set(config.dma.streamers)
    users = [config.all_streamers[name] for name in names]
    reach = max(1 if user.reach == "all" else user.reach for user in users)
    return {group for group in set.intersection(*(set(user.groups) for user in users)) if group >= reach}


def bank_plans(tiling: Tiling, layouts: dict[str, BlockLayout]) -> Iterator[BankPlan]:
    """Bank plans in which the tiling's buffers fit; the one without banks of its own for anybody only for want of others."""
    config, asked = tiling.config, demand(tiling, layouts)
    if sum(asked.words[role] * asked.buffers[role] for role in asked.words) > config.memory.words:
        return
    memory = config.memory
    modes = common_groups(config, layouts)
    width = max(config.streamers["A"].channels, config.streamers["B"].channels)
    group = min((mode for mode in modes if mode >= width), default=None)
    if group is not None and memory.banks // group >= 4:
        found = [plan for plan in (_split(tiling, asked, group), _shared(tiling, asked, group, modes)) if plan is not None]
        yield from found
        if found:
            return
    if modes and (plan := _interleaved(tiling, asked, max(modes))) is not None:
        yield plan


class _Stack:
    """Buffers one after the other, each from a row of the group's banks on."""

    def __init__(self, config: ClusterConfig, group: int, first: int, limit: int):
        self.word, self.group = config.memory.word_bytes, group
        self.align = group
        self.at, self.limit = -(-first // self.align) * self.align, limit

    def take(self, name: str, words: int) -> Buffer | None:
        if self.at + words > self.limit:
            return None
        made = Buffer(name, self.at * self.word, self.group, words * self.word)
        self.at = -(-(self.at + words) // self.align) * self.align
        return made


def _area(tiling: Tiling, asked: Demand, stack: _Stack, number: int) -> dict[str, tuple[Buffer, ...]] | None:
    """Buffers of everything but A and B; resident sums have theirs in the last area only."""
    pools = {}
    for role in ("sums", "result", "bias", "p"):
        if role not in asked.buffers or (role == "sums" and tiling.keeps_sums and number == 0 and tiling.sweeps > 1):
            continue
        made = [stack.take(f"{role}{number}.{i}", asked.words[role]) for i in range(asked.buffers[role])]
        if None in made:
            return None
        pools[f"{role}{number}"] = tuple(made)
    return pools


def _split(tiling: Tiling, asked: Demand, group: int) -> BankPlan | None:
    """Stationary blocks in groups 0 and 1 by turns, streaming ones in 2 and 3, the rest beside the stationary block not in use."""
    config = tiling.config
    memory = config.memory
    each, overhang = group * memory.bank_depth, OVERHANG_ROWS * group
    top = memory.words - config.dma.data_width // memory.bank_width
    stays, moves = tiling.stationary, tiling.streaming
    size, turns = -(-asked.words[moves] // group) * group, asked.buffers[moves]
    # From the top down, so that blocks of a whole group and a few words lie beside each other.
    upper = min(3 * each, (top - size) // group * group)
    lower = min(2 * each, upper - size) if turns > 1 else upper
    streaming = [Buffer(f"{moves}{i}", base * memory.word_bytes, group, size * memory.word_bytes)
                 for i, base in enumerate((lower, upper)[2 - turns:])]
    size = -(-asked.words[stays] // group) * group
    second = max(each, size)
    if size > each + overhang or upper < 3 * each - overhang or lower < 2 * each - overhang:
        return None
    turns = asked.buffers[stays]
    if (second + size if turns > 1 else second) > lower:
        return None
    pools = {moves: tuple(streaming), stays: tuple(Buffer(f"{stays}{i}", base * memory.word_bytes, group, size * memory.word_bytes)
                                                   for i, base in enumerate((0, second)[:turns]))}
    behind = _Stack(config, group, second + size if turns > 1 else second, lower)
    stacks = [_Stack(config, group, size, second), behind] if turns > 1 else [None, behind]
    for number, stack in enumerate(stacks):
        if stack is None:
            continue
        area = _area(tiling, asked, stack, number)
        if area is None:
            return None
        pools |= area
    return BankPlan("split", pools, len(stacks))


def _shared(tiling: Tiling, asked: Demand, group: int, modes: set[int]) -> BankPlan | None:
    """All stationary blocks in group 0, all streaming ones in group 1, the rest in the other half of all banks."""
    config = tiling.config
    memory = config.memory
    half = memory.banks // 2
    if half not in modes:
        return None
    each = group * memory.bank_depth
    pools = {}
    for number, role in enumerate((tiling.stationary, tiling.streaming)):
        stack = _Stack(config, group, number * each, (number + 1) * each)
        made = [stack.take(f"{role}{i}", asked.words[role]) for i in range(asked.buffers[role])]
        if None in made:
            return None
        pools[role] = tuple(made)
    slack = config.dma.data_width // memory.bank_width
    area = _area(tiling, asked, _Stack(config, half, half * memory.bank_depth, memory.words - slack), 1)
    return None if area is None else BankPlan("shared", pools | area)


def _interleaved(tiling: Tiling, asked: Demand, group: int) -> BankPlan | None:
    """One buffer after the other over as many banks as one mode interleaves."""
    config = tiling.config
    stack = _Stack(config, group, 0, config.memory.words - config.dma.data_width // config.memory.bank_width)
    pools = {}
    for role in "ab":
        made = [stack.take(f"{role}{i}", asked.words[role]) for i in range(asked.buffers[role])]
        if None in made:
            return None
        pools[role] = tuple(made)
    area = _area(tiling, asked, stack, 1)
    return None if area is None else BankPlan("interleaved", pools | area)
