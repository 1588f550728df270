# SPDX-License-Identifier: Apache-2.0
"""Cycles that a tiling is expected to take: core, copy engines, external bus and banks, phase by phase."""

from dataclasses import dataclass
from functools import lru_cache

from .blocks import Axis, operand_axes
from .copies import gathers
from .layout import BlockLayout
from .places import BankPlan
from .tiling import Tiling

SAMPLED_ROWS = 64
"""Rows of a block whose alignment to the bus's beats is looked at."""
PIPELINE = 24
"""Cycles from the last operand to the last result, and as many from a completion to what waits for it."""
BUS_WEIGHT = 0.01
"""Of equally fast tilings the one with less traffic is to be had."""

INTERLEAVED = 1.15
"""Cycles per step where two operands at full rate share all banks: they meet now and then."""


@dataclass(frozen=True)
class ExternalTiming:
    """What the external memory is expected to do.

    Attributes
    ----------
    bandwidth : float
        Bytes a cycle, reads and writes together.
    latency : int
        Cycles from a request to its first answer.
    issue : int
        Cycles to hand over the jobs of one phase.
    """

    bandwidth: float
    latency: int = 100
    issue: int = 160


@dataclass(frozen=True)
class Work:
    """Cycles that one block takes: of a copy engine's streamer, and of the bus in beats."""

    steps: float
    beats: float


@dataclass(frozen=True)
class Passage:
    """What blocks other than operands cost in a phase.

    Attributes
    ----------
    reads, writes : float
        Beats of the bus.
    load, store : float
        Cycles of the copy engines' streamers.
    area : float
        Cycles of the banks in which the blocks lie.
    streamed : float
        Those of them for the core's streamers.
    """

    reads: float = 0.0
    writes: float = 0.0
    load: float = 0.0
    store: float = 0.0
    area: float = 0.0
    streamed: float = 0.0


@lru_cache(maxsize=1 << 16)
def bus_beats(rows: int, run: int, pitch: int, first: int, beat: int) -> float:
    """Beats of a bus ``beat`` bytes wide for so many runs, ``pitch`` bytes apart, the first at byte ``first``."""
    if pitch == run:
        rows, run = 1, rows * run
    sampled = min(rows, SAMPLED_ROWS)
    return rows / sampled * sum(-(-((first + i * pitch) % beat + run) // beat) for i in range(sampled))


class CostModel:
    """Expected cycles of a tiling with a bank plan.

    Parameters
    ----------
    tiling : Tiling
    layouts : dict of BlockLayout
    timing : ExternalTiming
    """

    def __init__(self, tiling: Tiling, layouts: dict[str, BlockLayout], timing: ExternalTiming):
        self.tiling, self.layouts, self.timing = tiling, layouts, timing
        self.problem, self.config = tiling.problem, tiling.config
        self.beat = self.config.dma.data_bytes

    def block(self, role: str, sizes: dict[str, int], store: bool = False) -> Work:
        """Work of copying a block of so many tiles along m, n and k."""
        core, layout = self.config.accelerator.core, self.layouts[role]
        extents = {name: min(sizes[name] * getattr(core, name), getattr(self.problem, name)) for name in "mnk"}
        products = self.tiling.stacked(role) if role in "ab" else self.tiling.products
        if role in ("bias", "p"):
            row = layout.row_words * layout.word_bytes * sizes["n"]
            return Work(sizes["n"], row / self.beat + 1)
        if role in "ab":
            rows, columns = operand_axes(self.problem, self.config, role)
            width = getattr(core, f"{role}_width")
        else:
            (rows, columns), width = (Axis("m", core.m), Axis("n", core.n)), 8 if role == "result" else core.accumulator_width
        run = extents[columns.name] * width // 8
        pitch = getattr(self.problem, columns.name) * width // 8
        count = products * extents[rows.name]
        # Later blocks begin elsewhere within a beat: the first four stand for all.
        beats = [bus_beats(count, run, pitch, i * run % pitch, self.beat) for i in range(4)]
        return Work(count * self._row_steps(layout, run, store), sum(beats) / 4)

    def _row_steps(self, layout: BlockLayout, run: int, store: bool) -> int:
        """Cycles of the copy engine's streamer for one row; banks hit twice count twice."""
        if layout.contiguous:
            return -(-run // self.beat)
        tiles = -(-run // (layout.row_words * layout.word_bytes))
        gathered = max(1, gathers(self.config, layout, store))
        return -(-tiles // gathered) * max(1, -(-layout.row_words * layout.word_bytes // self.beat))

    def __call__(self, plan: BankPlan) -> float:
        """Cycles of all phases, the first loads and the last stores."""
        tiling = self.tiling
        stays, moves = ("m", "n") if tiling.stationary == "a" else ("n", "m")
        kinds = []
        for stay, stay_count in _sizes(tiling, stays):
            for move, move_count in _sizes(tiling, moves):
                for k, k_count in _sizes(tiling, "k"):
                    kinds.append(({stays: stay, moves: move, "k": k}, stay_count * move_count * k_count))
        total = sum(count * self._phase(plan, sizes, 1 / tiling.chunks) for sizes, count in kinds) * len(tiling.spans["batch"])
        return total + tiling.sweeps * self._turn(plan, kinds[0][0]) + self._ends(kinds[0][0])

    def _turn(self, plan: BankPlan, sizes: dict[str, int]) -> float:
        """Cycles from one sweep to the next, when blocks of sums of both come and go in banks that operands are read from."""
        turn = PIPELINE
        if plan.kind == "split" and self.tiling.spills:
            turn += 2 * self.block("sums", sizes).steps
        elif plan.kind == "split" and "sums" in self.layouts:
            turn += self.block("sums", sizes).steps
        return turn

    def _phase(self, plan: BankPlan, sizes: dict[str, int], share: float) -> float:
        """Cycles of one phase in the long run; ``share`` of its kind are the last chunk of K."""
        tiling = self.tiling
        _, moving = tiling.counts
        streaming, stationary = self._operand(tiling.streaming, sizes, tiling.phase_count), self._operand(tiling.stationary, sizes, tiling.sweeps)
        operand_steps = streaming.steps + stationary.steps / moving
        sums, rest = self._sums(plan, sizes, share), self._rest(plan, sizes, share)
        load, store = sums.load + rest.load, sums.store + rest.store
        core = tiling.products * sizes["m"] * sizes["n"] * sizes["k"] + 1.0
        if plan.kind != "split":
            core += operand_steps
        if plan.kind == "interleaved":
            core *= INTERLEAVED
            core += (load + store) * self.config.dma.load.channels / self.config.memory.banks + sums.area + rest.area
        if tiling.keeps_sums:
            # Every second sweep reads an operand from the banks in which sums lie.
            core += sums.streamed / 2
        back = 2 * self.timing.latency + load + store + 2 * PIPELINE if tiling.spills and moving == 2 else 0
        reads, writes = streaming.beats + stationary.beats / moving + sums.reads + rest.reads, sums.writes + rest.writes
        bus = max(reads, writes, (reads + writes) * self.beat / self.timing.bandwidth)
        return max(core, sums.area + rest.area, operand_steps + load, store, bus, back, self.timing.issue) + BUS_WEIGHT * bus

    def _operand(self, role: str, sizes: dict[str, int], uses: int) -> Work:
        """Work for each of the ``uses`` of a block of ``a`` or ``b``; what a buffer still holds is not loaded again."""
        tiling, block = self.tiling, self.block(role, sizes)
        blocks, batches = tiling.blocks(role), len(tiling.spans["batch"])
        own = blocks if tiling.shared(role) else blocks // batches
        if own > 2 or own * batches == uses and not tiling.shared(role):
            return block
        often = (blocks - own) / uses
        return Work(block.steps * often, block.beats * often)

    def _sums(self, plan: BankPlan, sizes: dict[str, int], share: float) -> "Passage":
        """Blocks of sums on their way in and out, and through C and D."""
        if "sums" not in self.layouts:
            return Passage()
        problem, layout, spills = self.problem, self.layouts["sums"], self.tiling.spills * (1 - share)
        full, wide = (problem.c == "full") * share, (not problem.quantizes) * share
        group = _area_group(plan)
        # A step of a copy takes two pieces of tiles, which lie in the same banks of a narrow group.
        twice = 2 if group <= layout.line_words else 1
        block = self.block("sums", sizes)
        load, store = block.steps * twice * (full + spills), block.steps * twice * (wide + spills)
        words = self.tiling.products * sizes["m"] * sizes["n"] * layout.tile_rows * layout.row_words
        streamed = words / group * (full + wide + 2 * (1 - share))
        return Passage(block.beats * (full + spills), block.beats * (wide + spills), load, store, streamed + load + store, streamed)

    def _rest(self, plan: BankPlan, sizes: dict[str, int], share: float) -> "Passage":
        """Results on their way out, biases and parameters on theirs in."""
        _, moving = self.tiling.counts
        reads = writes = load = store = area = 0.0
        if self.problem.quantizes:
            result = self.block("result", sizes, store=True)
            writes, store = result.beats * share, result.steps * share
            area = store + self.tiling.products * sizes["m"] * sizes["n"] * self.layouts["result"].tile_rows / _area_group(plan) * share
        for role in ("bias", "p"):
            if role in self.layouts:
                block = self.block(role, sizes)
                often = share / moving if self.tiling.stationary == "b" else share
                reads, load = reads + block.beats * often, load + block.steps * often
        return Passage(reads, writes, load, store, area)

    def _ends(self, sizes: dict[str, int]) -> float:
        """From the first job to the first step, and from the last step to the last byte."""
        tiling, rate = self.tiling, max(1.0, self.beat / self.timing.bandwidth)
        first = self.block(tiling.stationary, sizes), self.block(tiling.streaming, sizes)
        last = self.block("result" if self.problem.quantizes else "sums", sizes, store=True)
        begin = max(sum(work.steps for work in first), sum(work.beats for work in first) * rate)
        end = max(last.steps, last.beats * rate)
        return begin + end + 2 * self.timing.latency + 2 * PIPELINE


def _area_group(plan: BankPlan) -> int:
    """Banks in a group where sums and results lie."""
    return next(buffers[0].group for name, buffers in plan.pools.items() if name in ("sums1", "result1"))


def _sizes(tiling: Tiling, name: str) -> list[tuple[int, int]]:
    """Tiles of blocks along a dimension, and how many blocks have so many."""
    return [(span.tiles, count) for span, count in tiling.spans[name].kinds()]
