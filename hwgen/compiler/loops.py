# SPDX-License-Identifier: Apache-2.0
"""Loop nests over output tiles and steps, and the bounds and strides they give each operand."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Loop:
    """One loop: how often it runs, and by how many tiles it moves along m, n and k."""

    count: int
    m: int = 0
    n: int = 0
    k: int = 0

    def __str__(self) -> str:
        moves = [f"{axis}{'' if step == 1 else f' by {step}'}" for axis in "mnk" if (step := getattr(self, axis))]
        return f"{self.count} along {' and '.join(moves)}"


def order(nest: tuple[Loop, ...]) -> str:
    """A nest's loops that run more than once, innermost first, in words."""
    return ", ".join(str(loop) for loop in nest if loop.count > 1) or "one step"


def orders(m: int, n: int, k: int) -> list[tuple[Loop, ...]]:
    """Loop nests, innermost first: k inside, then a block of one of m and n, the other, the rest.

    Blocks of powers of two that divide the extent are offered, 1 and the whole extent among them.
    """
    nests = []
    for inner, outer, inner_count, outer_count in (("n", "m", n, m), ("m", "n", m, n)):
        blocks = [b for b in (1, 2, 4, 8) if b < inner_count and inner_count % b == 0] + [inner_count]
        for block in blocks:
            nest = (Loop(k, k=1), Loop(block, **{inner: 1}), Loop(outer_count, **{outer: 1}),
                    Loop(inner_count // block, **{inner: block}))
            if nest not in nests:
                nests.append(nest)
    return nests


def operand_loops(nest: tuple[Loop, ...], *, m: int = 0, n: int = 0, k: int = 0, per_tile: bool = False) -> list[tuple[int, int]]:
    """Bound and stride in bytes of each loop for an operand, as few loops as possible.

    ``m``, ``n`` and ``k`` are the operand's bytes between neighboring tiles along each; ``per_tile``
    leaves the loop over k out, for operands moved once per output tile.
    """
    merged: list[tuple[int, int]] = []
    for loop in nest[1:] if per_tile else nest:
        stride = loop.m * m + loop.n * n + loop.k * k
        if loop.count == 1:
            continue
        if merged and stride == merged[-1][0] * merged[-1][1]:
            merged[-1] = (merged[-1][0] * loop.count, merged[-1][1])
        else:
            merged.append((loop.count, stride))
    return merged


def offsets(loops: list[tuple[int, int]]) -> np.ndarray:
    """Byte offset of every step of a loop nest, in order."""
    steps = np.zeros(1, np.int64)
    for count, stride in loops:
        steps = (np.arange(count)[:, None] * stride + steps[None, :]).reshape(-1)
    return steps
