# SPDX-License-Identifier: Apache-2.0
"""Operand arrays into the scratchpad image, and the result out of it."""

import numpy as np

from ..config import GemmConfig
from ..config.quantizer import COLUMN_BITS
from ..errors import DataError
from .elements import DEFAULT_CORE, element_types, pack, unpack
from .gemm import Plan
from .image import MemoryImage
from .problem import GemmProblem
from .tiles import from_tiles, to_tiles


def check_arrays(problem: GemmProblem, arrays: dict[str, np.ndarray], core: GemmConfig = DEFAULT_CORE) -> None:
    """Refuse arrays of the wrong shape or type, or with values that ``core`` has no bits for.

    Raises
    ------
    DataError
    """
    types = element_types(problem, core)
    for name, array in arrays.items():
        expected, kind = problem.shapes[name], types[name]
        if array.dtype != kind.dtype:
            raise DataError(f"{name} must hold {kind.dtype.name}, not {array.dtype}")
        if array.shape != expected:
            raise DataError(f"{name} must have the shape {expected}, not {array.shape}")
        for value in (int(array.min()), int(array.max())):
            if not kind.lowest <= value <= kind.highest:
                raise DataError(f"{name} must hold values within {kind.lowest}..{kind.highest}, not {value!r}")


def store_operands(plan: Plan, arrays: dict[str, np.ndarray], image: MemoryImage) -> None:
    """Write A, B and C, cut into tiles and padded with their zero points, where the plan wants them."""
    problem, core = plan.problem, plan.config.accelerator.core
    types = element_types(problem, core)

    def put(role: str, tiles: np.ndarray) -> None:
        place, count = plan.places[role], tiles.shape[0] * tiles.shape[1]
        rows = pack(tiles.reshape(count, -1), types[role].width)
        image.write(place.base, place.group, np.pad(rows, ((0, 0), (0, plan.operands[role].pitch - rows.shape[1]))))

    a, b = arrays["a"], arrays["b"]
    # Tiles are put in order; within a tile, elements stay as given.
    put("a", to_tiles(a, core.k, core.m, problem.a_zero_point).transpose(1, 0, 2, 3) if problem.transpose_a
        else to_tiles(a, core.m, core.k, problem.a_zero_point))
    put("b", to_tiles(b, core.n, core.k, problem.b_zero_point) if problem.transpose_b
        else to_tiles(b, core.k, core.n, problem.b_zero_point).transpose(1, 0, 2, 3))
    if problem.c == "full":
        put("c", to_tiles(arrays["c"], core.m, core.n, 0))
    elif problem.c == "bias":
        rows = pack(to_tiles(arrays["c"][None, :], 1, core.n, 0).reshape(-1, core.n), types["c"].width)
        role = "bias" if "bias" in plan.places else "c"
        padding = plan.operands[role].strides["n"] - rows.shape[1]
        place = plan.places[role]
        image.write(place.base, place.group, np.pad(rows, ((0, 0), (0, padding))))


    if "p" in plan.places:
        place = plan.places["p"]
        image.write(place.base, place.group, _parameters(plan))


def _parameters(plan: Plan) -> np.ndarray:
    """Multiplier and shift of every column as the quantizer takes them, a row of bytes for each tile of columns."""
    problem, core = plan.problem, plan.config.accelerator.core
    tiles, pitch = problem.tiles(plan.config)[1], plan.operands["p"].strides["n"]
    rows = np.zeros((tiles, pitch), np.uint8)
    for j in range(problem.n):
        multiplier, shift = problem.rescale.column(j)
        column = ((multiplier & 0xFFFF_FFFF) | shift << 32).to_bytes(COLUMN_BITS // 8, "little")
        start = j % core.n * COLUMN_BITS // 8
        rows[j // core.n, start:start + len(column)] = np.frombuffer(column, np.uint8)
    return rows


def load_result(plan: Plan, image: MemoryImage) -> np.ndarray:
    """The result matrix, padding cut off."""
    problem, core, place = plan.problem, plan.config.accelerator.core, plan.places["out"]
    m, n, _ = problem.tiles(plan.config)
    pitch, kind = plan.operands["out"].pitch, element_types(problem, core)["out"]
    tiles = image.read(place.base, place.group, place.size).reshape(-1, pitch)[:, :core.m * core.n * kind.width // 8]
    elements = unpack(tiles.reshape(-1), kind)
    return from_tiles(elements.reshape(m, n, core.m, core.n), problem.m, problem.n)


def random_operands(problem: GemmProblem, seed: int, core: GemmConfig = DEFAULT_CORE) -> dict[str, np.ndarray]:
    """Operands over the whole range of their types on ``core``, the same for the same seed.

    A and B are uniform; C has values of all magnitudes alike, so that rescaled sums are not all at
    the ends of their range.
    """
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, kind in element_types(problem, core).items():
        if name not in problem.shapes or name == "out":
            continue
        shape = problem.shapes[name]
        values = rng.integers(kind.lowest, kind.highest, shape, dtype=kind.dtype, endpoint=True)
        if name == "c":
            values >>= rng.integers(0, kind.width, shape, dtype=kind.dtype)
        arrays[name] = values
    return arrays
