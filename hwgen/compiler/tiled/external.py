# SPDX-License-Identifier: Apache-2.0
"""Where operands and result lie in external memory: dense, row by row, at any byte."""

import math
from dataclasses import dataclass

import numpy as np

from ...config import ClusterConfig
from ...config.quantizer import COLUMN_BITS
from ...errors import MappingError
from ..elements import element_types, pack, unpack
from ..problem import GemmProblem

GAP = 64
"""Bytes that nobody may change between neighbors."""


@dataclass(frozen=True)
class Tensor:
    """A matrix in external memory.

    Attributes
    ----------
    address : int
        Of its first byte.
    rows : int
    pitch : int
        Bytes of a row, and from one to the next.
    """

    address: int
    rows: int
    pitch: int

    @property
    def size(self) -> int:
        return self.rows * self.pitch

    @property
    def end(self) -> int:
        return self.address + self.size


@dataclass(frozen=True)
class ExternalMap:
    """Every tensor of a problem by role: ``a``, ``b``, ``c``, ``p`` (parameters), ``partial`` and ``out``.

    Attributes
    ----------
    tensors : dict of Tensor
    end : int
        First byte that is not used, behind the last gap.
    """

    tensors: dict[str, Tensor]
    end: int

    def __getitem__(self, role: str) -> Tensor:
        return self.tensors[role]


def row_bytes(elements: int, width: int, what: str) -> int:
    """Bytes of a row.

    Raises
    ------
    MappingError
        If it is not whole bytes.
    """
    if elements * width % 8:
        raise MappingError(f"a row of {what} must be whole bytes in external memory, not {elements} elements of {width} bits")
    return elements * width // 8


def tensor_shapes(problem: GemmProblem, config: ClusterConfig) -> dict[str, tuple[int, int]]:
    """Rows and bytes of a row of each tensor that comes or goes, by role."""
    core = config.accelerator.core
    shapes = {}
    for role, kind in element_types(problem, core).items():
        if role in problem.shapes:
            shape = problem.shapes[role]
            name = "the result" if role == "out" else role.upper()
            shapes[role] = math.prod(shape[:-1]), row_bytes(shape[-1], kind.width, name)
    if problem.streams_parameters(config):
        shapes["p"] = problem.tiles(config)[1], parameter_words(config) * config.memory.word_bytes
    return shapes


def parameter_words(config: ClusterConfig) -> int:
    """Bank words of the parameters of one tile of columns."""
    return config.streamers["P"].channels


def partial_shape(problem: GemmProblem, config: ClusterConfig) -> tuple[int, int]:
    """Rows and bytes of a row of partial sums."""
    return problem.products * problem.m, row_bytes(problem.n, config.accelerator.core.accumulator_width, "the sums")


def place_tensors(problem: GemmProblem, config: ClusterConfig, *, partial: bool, start: int = 0, alignment: int = 64,
                  offsets: dict[str, int] | None = None) -> ExternalMap:
    """One tensor after the other.

    Parameters
    ----------
    problem, config
    partial : bool
        Partial sums need a place of their own.
    start : int
        First byte that may be used.
    alignment : int
        Addresses are multiples of it,
    offsets : dict of int, by role, optional
        plus these.

    Raises
    ------
    MappingError
        If the addresses are beyond the port's.
    """
    shapes = tensor_shapes(problem, config)
    if partial:
        shapes["partial"] = partial_shape(problem, config)
    return place_shapes(shapes, config, start=start, alignment=alignment, offsets=offsets)


def place_shapes(shapes: dict[str, tuple[int, int]], config: ClusterConfig, *, start: int = 0, alignment: int = 64,
                 offsets: dict[str, int] | None = None) -> ExternalMap:
    """Tensors of so many rows of so many bytes, one after the other; options and errors of `place_tensors`."""
    tensors, at = {}, start + GAP
    for role, (rows, pitch) in shapes.items():
        address = -(-at // alignment) * alignment + (offsets or {}).get(role, 0)
        tensors[role] = Tensor(address, rows, pitch)
        at = tensors[role].end + GAP
    if at > 1 << config.dma.address_width:
        raise MappingError(f"operands and result must fit the {1 << config.dma.address_width} bytes of external addresses, not {at}")
    return ExternalMap(tensors, at)


def store_tensors(problem: GemmProblem, config: ClusterConfig, arrays: dict[str, np.ndarray], places: ExternalMap, memory: np.ndarray) -> None:
    """Write A, B, C and the parameters into ``memory``, an array of bytes."""
    types = element_types(problem, config.accelerator.core)
    for role, place in places.tensors.items():
        if role in arrays:
            rows = pack(arrays[role].reshape(place.rows, -1), types[role].width)
        elif role == "p":
            rows = parameter_rows(problem, config, place.pitch)
        else:
            continue
        memory[place.address:place.end] = rows.reshape(-1)


def load_result(problem: GemmProblem, config: ClusterConfig, places: ExternalMap, memory: np.ndarray) -> np.ndarray:
    """The result."""
    place = places["out"]
    kind = element_types(problem, config.accelerator.core)["out"]
    return unpack(np.asarray(memory[place.address:place.end]), kind).reshape(problem.shapes["out"])


def parameter_rows(problem: GemmProblem, config: ClusterConfig, pitch: int) -> np.ndarray:
    """Multiplier and shift of every column as the quantizer takes them, a row of ``pitch`` bytes for each tile of columns."""
    core = config.accelerator.core
    rows = np.zeros((-(-problem.n // core.n), pitch), np.uint8)
    for j in range(problem.n):
        multiplier, shift = problem.rescale.column(j)
        column = ((multiplier & 0xFFFF_FFFF) | shift << 32).to_bytes(COLUMN_BITS // 8, "little")
        start = j % core.n * COLUMN_BITS // 8
        rows[j // core.n, start:start + len(column)] = np.frombuffer(column, np.uint8)
    return rows
