# SPDX-License-Identifier: Apache-2.0
"""Elements of operands and results: their types, and how they lie densely in memory."""

from dataclasses import dataclass

import numpy as np

from ..config import GemmConfig
from ..errors import MappingError
from .problem import GemmProblem


@dataclass(frozen=True)
class ElementType:
    """An integer of any width, and the NumPy type that holds it.

    Attributes
    ----------
    width : int
        Bits in memory.
    dtype : numpy.dtype
        At least as wide, signed or unsigned as the element is.
    """

    width: int
    dtype: np.dtype

    @property
    def unsigned(self) -> bool:
        return self.dtype.kind == "u"

    @property
    def lowest(self) -> int:
        return 0 if self.unsigned else -(1 << self.width - 1)

    @property
    def highest(self) -> int:
        return (1 << self.width - (not self.unsigned)) - 1


def element_types(problem: GemmProblem, core: GemmConfig) -> dict[str, ElementType]:
    """Types of ``a``, ``b``, ``c`` and ``out``.

    Operands of 4 and 8 bits are held by int8 or uint8, of 16 bits by int16 or uint16; sums by int32
    up to 32 bits, by int64 above.
    """
    def operand(width: int, unsigned: bool) -> ElementType:
        return ElementType(width, np.dtype(f"{'u' if unsigned else ''}int{max(8, width)}"))

    sums = ElementType(core.accumulator_width, np.dtype(np.int32 if core.accumulator_width <= 32 else np.int64))
    return {
        "a": operand(core.a_width, problem.a_unsigned), "b": operand(core.b_width, problem.b_unsigned), "c": sums,
        "out": operand(8, problem.out_type == "uint8") if problem.quantizes else sums,
    }


DEFAULT_CORE = GemmConfig()
"""Types of the core that a config has unless it says otherwise."""


def check_types(problem: GemmProblem, core: GemmConfig) -> None:
    """Refuse results and zero points that ``core`` has no types for.

    Raises
    ------
    MappingError
    """
    if not problem.quantizes and problem.out_type != core.sum_type:
        raise MappingError(f"out_type must be int8, uint8 or {core.sum_type}, the type of the core's sums, not {problem.out_type!r}")
    types = element_types(problem, core)
    if problem.quantizes:
        kind = types["out"]
        for name in ("output_zero_point", "minimum", "maximum"):
            value = getattr(problem.rescale, name)
            if not kind.lowest <= value <= kind.highest:
                raise MappingError(f"{name} of {problem.out_type} results must be within {kind.lowest}..{kind.highest}, not {value!r}")
    for name in ("a", "b"):
        kind, zero_point = types[name], getattr(problem, f"{name}_zero_point")
        if not kind.lowest <= zero_point <= kind.highest:
            raise MappingError(f"{name}_zero_point must be within {kind.lowest}..{kind.highest}, not {zero_point!r}")


def pack(values: np.ndarray, width: int) -> np.ndarray:
    """Elements of ``width`` bits one after the other from the lowest bit of the first byte on.

    Parameters
    ----------
    values : array of integers, shape (..., count)
        Only the low ``width`` bits matter.
    width : int

    Returns
    -------
    array of uint8, shape (..., ceil(count * width / 8))
    """
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    bits = np.unpackbits(little[..., None].view(np.uint8), axis=-1, count=width, bitorder="little")
    return np.packbits(bits.reshape(*values.shape[:-1], -1), axis=-1, bitorder="little")


def unpack(data: np.ndarray, kind: ElementType) -> np.ndarray:
    """Undo `pack`: as many elements as there are in the bytes ``data``."""
    bits = np.unpackbits(data, bitorder="little")
    bits = bits[:len(bits) // kind.width * kind.width].reshape(-1, kind.width)
    extended = np.zeros((len(bits), 8 * kind.dtype.itemsize), np.uint8)
    extended[:, :kind.width] = bits
    if not kind.unsigned:
        extended[:, kind.width:] = bits[:, -1:]
    return np.packbits(extended, axis=-1, bitorder="little").view(kind.dtype.newbyteorder("<")).reshape(-1).astype(kind.dtype)
