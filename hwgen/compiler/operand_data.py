# SPDX-License-Identifier: Apache-2.0
"""Operand arrays into the scratchpad image, and the result out of it."""

import numpy as np

from ..errors import DataError
from .gemm import Plan
from .image import MemoryImage
from .problem import GemmProblem
from .tiles import from_tiles, to_tiles


def check_arrays(problem: GemmProblem, arrays: dict[str, np.ndarray]) -> None:
    """Refuse arrays of the wrong shape or type.

    Raises
    ------
    DataError
    """
    types = {"a": np.int8, "b": np.int8, "c": np.int32}
    for name, array in arrays.items():
        expected = problem.shapes[name]
        if array.dtype != types[name]:
            raise DataError(f"{name} must hold {np.dtype(types[name]).name}, not {array.dtype}")
        if array.shape != expected:
            raise DataError(f"{name} must have the shape {expected}, not {array.shape}")


def store_operands(plan: Plan, arrays: dict[str, np.ndarray], image: MemoryImage) -> None:
    """Write A, B and C, cut into tiles and padded with their zero points, where the plan wants them."""
    problem, core = plan.problem, plan.config.accelerator.core

    def put(role: str, tiles: np.ndarray) -> None:
        place = plan.places[role]
        image.write(place.base, place.group, np.ascontiguousarray(tiles).reshape(-1).view(np.uint8))

    a, b = arrays["a"], arrays["b"]
    # Tiles are put in order; within a tile, elements stay as given.
    put("a", to_tiles(a, core.k, core.m, problem.a_zero_point).transpose(1, 0, 2, 3) if problem.transpose_a
        else to_tiles(a, core.m, core.k, problem.a_zero_point))
    put("b", to_tiles(b, core.n, core.k, problem.b_zero_point) if problem.transpose_b
        else to_tiles(b, core.k, core.n, problem.b_zero_point).transpose(1, 0, 2, 3))
    if problem.c == "full":
        put("c", to_tiles(arrays["c"].astype("<i4"), core.m, core.n, 0))
    elif problem.c == "bias":
        tiles = to_tiles(arrays["c"].astype("<i4")[None, :], 1, core.n, 0)
        pitch = plan.operands["c"].strides["n"]
        padded = np.zeros((tiles.shape[1], pitch), np.uint8)
        padded[:, :core.n * 4] = np.ascontiguousarray(tiles).view(np.uint8).reshape(tiles.shape[1], -1)
        put("c", padded)


def load_result(plan: Plan, image: MemoryImage) -> np.ndarray:
    """The result matrix, padding cut off."""
    problem, core, place = plan.problem, plan.config.accelerator.core, plan.places["out"]
    m, n, _ = problem.tiles(plan.config)
    dtype = np.dtype("<i4") if problem.out_type == "int32" else np.dtype(np.int8)
    tiles = image.read(place.base, place.group, place.size).view(dtype).reshape(m, n, core.m, core.n)
    return from_tiles(tiles, problem.m, problem.n)


def random_operands(problem: GemmProblem, seed: int) -> dict[str, np.ndarray]:
    """Operands over the whole range of their types, the same for the same seed."""
    rng = np.random.default_rng(seed)
    shapes = problem.shapes
    arrays = {name: rng.integers(-128, 128, shapes[name], dtype=np.int8) for name in ("a", "b")}
    if "c" in shapes:
        arrays["c"] = rng.integers(-(1 << 20), 1 << 20, shapes["c"], dtype=np.int32)
    return arrays
