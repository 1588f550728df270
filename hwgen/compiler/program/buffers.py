# SPDX-License-Identifier: Apache-2.0
"""Named stretches of scratchpad and external memory that a program's jobs work on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ...config import MemoryConfig
from ...errors import MappingError
from ..image import bank_places

Space = Literal["scratchpad", "external"]
Role = Literal["input", "constant", "output", "temporary", "guard"]
SPACES: tuple[str, ...] = get_args(Space)
ROLES: tuple[str, ...] = get_args(Role)
UNWRITTEN = ("input", "constant")
"""Roles of buffers that no job may write."""


@dataclass(frozen=True)
class Buffer:
    """A stretch of memory.

    Attributes
    ----------
    name : str
        Unique within a program.
    space : {"scratchpad", "external"}
    address : int
        Of its first byte; in the scratchpad in groups of ``group`` banks.
    size : int
        Bytes.
    role : str
        ``input`` and ``constant`` are there beforehand and never written, the latter the same in every run; ``output`` is
        what the program is for; ``temporary`` is anything else that is used; ``guard`` is what nobody may touch.
    group : int or None
        Banks interleaved, in the scratchpad only.
    dtype : str or None
        NumPy's name of the elements' type, if they are whole bytes; little-endian.
    shape : tuple of int or None
        Of the array of elements, in row-major order.
    file : str or None
        Where contents lie beforehand: a ``.npy`` file, or an ``.npz`` file with an array of the buffer's name; relative
        to the program's file.

    Raises
    ------
    MappingError
        If a value is none of these, or they do not fit together.
    """

    name: str
    space: Space
    address: int
    size: int
    role: Role
    group: int | None = None
    dtype: str | None = None
    shape: tuple[int, ...] | None = None
    file: str | None = None

    def __post_init__(self) -> None:
        what = f"buffer {self.name!r}"
        if self.space not in SPACES:
            raise MappingError(f"space of {what} must be one of {', '.join(SPACES)}, not {self.space!r}")
        if self.role not in ROLES:
            raise MappingError(f"role of {what} must be one of {', '.join(ROLES)}, not {self.role!r}")
        if self.address < 0:
            raise MappingError(f"address of {what} must be 0 or more, not {self.address!r}")
        if self.size < 1:
            raise MappingError(f"size of {what} must be 1 or more, not {self.size!r}")
        if (self.group is None) != (self.space == "external"):
            raise MappingError(f"group of {what} must be given in the scratchpad, and nowhere else, not {self.group!r} in {self.space} memory")
        if (self.dtype is None) != (self.shape is None):
            raise MappingError(f"dtype and shape of {what} must be given together, not {self.dtype!r} and {self.shape!r}")
        if self.shape is not None and math.prod(self.shape) * self.elements.itemsize != self.size:
            raise MappingError(f"size of {what} must be the {math.prod(self.shape) * self.elements.itemsize} bytes of"
                               f" {' x '.join(map(str, self.shape))} {self.dtype}, not {self.size!r}")

    @property
    def end(self) -> int:
        """The byte behind its last."""
        return self.address + self.size

    @property
    def elements(self) -> np.dtype:
        """Type of the elements; bytes if it has no ``dtype``."""
        try:
            kind = np.dtype(self.dtype or "uint8").newbyteorder("<")
        except TypeError:
            kind = None
        if kind is None or kind.kind not in "iu":
            raise MappingError(f"dtype of buffer {self.name!r} must be that of integers, such as int8, not {self.dtype!r}")
        return kind

    def as_bytes(self, array: np.ndarray) -> np.ndarray:
        """Contents as they lie in memory, shape (size,).

        Raises
        ------
        MappingError
            If the array is not of the buffer's type and shape.
        """
        shape = self.shape or (self.size,)
        if array.dtype.newbyteorder("<") != self.elements:
            raise MappingError(f"contents of buffer {self.name!r} must hold {self.elements.name}, not {array.dtype}")
        if array.shape != shape:
            raise MappingError(f"contents of buffer {self.name!r} must have the shape {shape}, not {array.shape}")
        return np.ascontiguousarray(array, self.elements).reshape(-1).view(np.uint8)

    def as_array(self, data: np.ndarray) -> np.ndarray:
        """Undo `as_bytes`; the array is a copy."""
        return np.array(data, np.uint8).view(self.elements).reshape(self.shape or (self.size,))


def check_names(buffers: Sequence[Buffer]) -> None:
    """Refuse two buffers of one name.

    Raises
    ------
    MappingError
    """
    seen: set[str] = set()
    for buffer in buffers:
        if buffer.name in seen:
            raise MappingError(f"name of a buffer must be its own, not {buffer.name!r} twice")
        seen.add(buffer.name)


def scratchpad_bytes(memory: MemoryConfig, buffer: Buffer) -> np.ndarray:
    """Bytes of a buffer in the scratchpad, in order, counted over all banks of row 0, then of row 1, ..."""
    addresses = buffer.address + np.arange(buffer.size)
    row, bank = bank_places(addresses // memory.word_bytes, buffer.group, memory)
    return (row * memory.banks + bank) * memory.word_bytes + addresses % memory.word_bytes
