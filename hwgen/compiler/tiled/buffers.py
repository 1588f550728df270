# SPDX-License-Identifier: Apache-2.0
"""Buffers of a tiled matrix multiplication: blocks in the scratchpad, tensors and the gaps between them outside."""

from collections.abc import Collection, Iterator, Mapping

from ...config import ClusterConfig
from ..elements import ElementType, element_types
from ..problem import Quantizing
from ..program import Buffer
from .external import ExternalMap

ROLES = {"a": "input", "b": "input", "c": "input", "p": "constant", "partial": "temporary", "out": "output"}
"""What the tensors are to a program, by role in the problem."""


def array_kind(problem: Quantizing, config: ClusterConfig, role: str) -> ElementType | None:
    """Type of a tensor's elements; None if they are not those of a NumPy array, one after the other."""
    kind = element_types(problem, config.accelerator.core).get(role)
    return kind if kind is not None and kind.width == 8 * kind.dtype.itemsize else None


def scratchpad_buffers(pools: Mapping[str, tuple]) -> Iterator[Buffer]:
    """All blocks; between jobs they hold nothing that anybody outside looks at."""
    for pool in pools.values():
        for buffer in pool:
            yield Buffer(buffer.name, "scratchpad", buffer.base, buffer.size, "temporary", buffer.group)


def external_buffers(problem: Quantizing, config: ClusterConfig, places: ExternalMap, arranged: Collection[str] = ()) -> Iterator[Buffer]:
    """Every tensor, and a guard in every gap before, between and behind them; ``arranged`` ones are constants without a shape."""
    at, guards = 0, 0
    for role, tensor in sorted(places.tensors.items(), key=lambda item: item[1].address):
        if tensor.address > at:
            yield Buffer(f"guard{guards}", "external", at, tensor.address - at, "guard")
            guards += 1
        kind = None if role in arranged else array_kind(problem, config, role)
        yield Buffer(role, "external", tensor.address, tensor.size, "constant" if role in arranged else ROLES[role], dtype=kind and kind.dtype.name,
                     shape=kind and problem.shapes[role])
        at = max(at, tensor.end)
    if places.end > at:
        yield Buffer(f"guard{guards}", "external", at, places.end - at, "guard")
