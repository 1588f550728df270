# SPDX-License-Identifier: Apache-2.0
"""How a problem is cut into blocks, and in which order the phases that compute them follow each other."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ...config import ClusterConfig
from ..problem import GemmProblem


@dataclass(frozen=True)
class Span:
    """Part of a dimension: number of the block, first tile, tiles, and elements that exist."""

    index: int
    first: int
    tiles: int
    elements: int


ALONE = Span(-1, 0, 1, 1)
"""The only product of what is no batch; it has no number."""


@dataclass(frozen=True)
class Phase:
    """One block of the result, or of its partial sums, as the core computes it in one go.

    Attributes
    ----------
    m, n, k : Span
    sweep : int
        Phases of one sweep share the stationary block.
    first, last : bool
        Of the chunks of K.
    batch : Span
        Products of a batch, whose blocks lie one below the other.
    """

    m: Span
    n: Span
    k: Span
    sweep: int
    first: bool
    last: bool
    batch: Span = ALONE

    @property
    def rows(self) -> int:
        """Rows of output tiles."""
        return self.batch.tiles * self.m.tiles

    @property
    def tiles(self) -> int:
        """Output tiles."""
        return self.rows * self.n.tiles

    @property
    def steps(self) -> int:
        return self.tiles * self.k.tiles

    def label(self, axes: str, *, batch: bool = True) -> str:
        """Numbers of blocks along some dimensions, and of the part of the batch, for people."""
        number = f" batch{self.batch.index}" if batch and self.batch.index >= 0 else ""
        return number + "".join(f" {axis}{getattr(self, axis).index}" for axis in axes)


@dataclass(frozen=True)
class Spans(Sequence[Span]):
    """Blocks of ``block`` tiles of ``size`` elements along a dimension; the last may be smaller.

    There may be millions of them, so they are made when asked for.

    Attributes
    ----------
    tiles, block : int
        Of the dimension, of a block.
    size, elements : int
        Of a tile, of the dimension.
    """

    tiles: int
    block: int
    size: int
    elements: int

    def __len__(self) -> int:
        return (self.tiles + self.block - 1) // self.block

    def __getitem__(self, index: int) -> Span:
        if not 0 <= index < len(self):
            raise IndexError(f"index must be within 0..{len(self) - 1}, not {index!r}")
        first = index * self.block
        return Span(index, first, min(self.block, self.tiles - first), min(self.block * self.size, self.elements - first * self.size))

    def kinds(self) -> list[tuple[Span, int]]:
        """A block of each number of tiles, the last of those that have so many, and how many there are."""
        count, last = len(self), self[len(self) - 1]
        if count == 1 or last.tiles == self.block:
            return [(last, count)]
        return [(self[count - 2], count - 1), (last, 1)]


@dataclass(frozen=True)
class Tiling:
    """Sizes of blocks and the order of phases.

    The blocks of one operand, the *stationary* one, are visited one after the other, chunk of K by chunk; for each,
    all blocks of the other, the *streaming* one, are visited: a sweep. The products of a batch follow each other, or
    several small ones, none of them divided, are a phase.

    Attributes
    ----------
    problem : GemmProblem
    config : ClusterConfig
    stationary : {"a", "b"}
    m, n, k : int
        Tiles of a block along each dimension.
    keeps_sums : bool
        Partial sums stay in the scratchpad from chunk to chunk; else they leave and come back.
    products : int
        Of a batch, in one phase.
    """

    problem: GemmProblem
    config: ClusterConfig
    stationary: Literal["a", "b"]
    m: int
    n: int
    k: int
    keeps_sums: bool = False
    products: int = 1

    @property
    def streaming(self) -> Literal["a", "b"]:
        return "b" if self.stationary == "a" else "a"

    @cached_property
    def spans(self) -> dict[str, Spans]:
        """Blocks along ``m``, ``n`` and ``k``, and along ``batch``."""
        core, problem = self.config.accelerator.core, self.problem
        tiles = problem.tiles(self.config)
        return {name: Spans(count, getattr(self, name), getattr(core, name), getattr(problem, name))
                for name, count in zip("mnk", tiles, strict=True)} | {
                    "batch": Spans(self.problem.products, self.products, 1, self.problem.products)}

    def shared(self, role: str) -> bool:
        """All products of the batch have the same ``a`` or ``b``."""
        return getattr(self.problem, f"{role}_shared")

    def stacked(self, role: str) -> int:
        """Blocks of products one below the other in a buffer of ``a`` or ``b``."""
        return 1 if self.shared(role) else self.products

    @property
    def chunks(self) -> int:
        """Of K."""
        return len(self.spans["k"])

    @property
    def counts(self) -> tuple[int, int]:
        """Blocks along the stationary and along the streaming operand's own dimension."""
        m, n = len(self.spans["m"]), len(self.spans["n"])
        return (m, n) if self.stationary == "a" else (n, m)

    @property
    def sweeps(self) -> int:
        return self.counts[0] * self.chunks * len(self.spans["batch"])

    def blocks(self, role: str) -> int:
        """Different ones of ``a`` or ``b``."""
        own = self.counts[0 if role == self.stationary else 1] * self.chunks
        return own if self.shared(role) else own * len(self.spans["batch"])

    @property
    def phase_count(self) -> int:
        return self.sweeps * self.counts[1]

    @property
    def spills(self) -> bool:
        """Partial sums leave for external memory."""
        return self.chunks > 1 and not self.keeps_sums

    def phases(self) -> Iterator[Phase]:
        """All phases in order."""
        m, n, k = (self.spans[name] for name in "mnk")
        outer, inner = (m, n) if self.stationary == "a" else (n, m)
        batches = [ALONE] if self.problem.batch is None else self.spans["batch"]
        for sweep, (batch, stays, chunk) in enumerate(itertools.product(batches, outer, k)):
            for moves in inner:
                rows, columns = (stays, moves) if self.stationary == "a" else (moves, stays)
                yield Phase(rows, columns, chunk, sweep, chunk.index == 0, chunk.index == len(k) - 1, batch)

    # What the blocks of the result are made of.

    @property
    def needs_sums(self) -> bool:
        """Blocks of sums pass through the scratchpad: a full C, partial sums, or results that are sums."""
        return self.problem.c == "full" or self.chunks > 1 or not self.problem.quantizes

    @property
    def needs_bias(self) -> bool:
        return self.problem.c == "bias"

    @property
    def needs_parameters(self) -> bool:
        return self.problem.streams_parameters(self.config)
