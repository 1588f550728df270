# SPDX-License-Identifier: Apache-2.0
"""Images, filters and results in external memory."""

import numpy as np

from ...config import ClusterConfig
from ..elements import element_types, pack, unpack
from ..tiled.external import ExternalMap, parameter_rows, parameter_words, place_shapes
from .problem import ConvProblem
from .tiling import ConvTiling
from .weights import arranged_weights, weight_bytes


def conv_shapes(problem: ConvProblem, config: ClusterConfig, tiling: ConvTiling) -> dict[str, tuple[int, int]]:
    """Rows and bytes of a row of each tensor: images and results by pixels, filters arranged by tiles."""
    core = config.accelerator.core
    tiles = -(-problem.filters // core.n)
    size = 1 if problem.quantizes else core.accumulator_width // 8
    shapes = {"a": (problem.batch * problem.height * problem.width, problem.channels), "b": (tiles, weight_bytes(tiling))}
    if problem.c == "bias":
        shapes["c"] = (1, problem.filters * core.accumulator_width // 8)
    if problem.streams_parameters(config):
        shapes["p"] = (tiles, parameter_words(config) * config.memory.word_bytes)
    return shapes | {"out": (problem.pixels, problem.filters * size)}


def place_conv(problem: ConvProblem, config: ClusterConfig, tiling: ConvTiling, **options) -> ExternalMap:
    """One tensor after the other; options of `place_shapes`."""
    return place_shapes(conv_shapes(problem, config, tiling), config, **options)


def store_conv(problem: ConvProblem, tiling: ConvTiling, arrays: dict[str, np.ndarray], places: ExternalMap, memory: np.ndarray) -> None:
    """Write images as they are, filters arranged, bias and parameters into ``memory``, an array of bytes."""
    config, types = tiling.config, element_types(problem, tiling.config.accelerator.core)
    rows = {"a": arrays["a"].reshape(-1).view(np.uint8), "b": arranged_weights(tiling, arrays["b"]).reshape(-1)}
    if "c" in places.tensors:
        rows["c"] = pack(arrays["c"].reshape(1, -1), types["c"].width).reshape(-1)
    if "p" in places.tensors:
        rows["p"] = parameter_rows(problem, config, places["p"].pitch).reshape(-1)
    for role, data in rows.items():
        memory[places[role].address:places[role].end] = data


def load_conv_result(problem: ConvProblem, config: ClusterConfig, places: ExternalMap, memory: np.ndarray) -> np.ndarray:
    """The result, shape (batch, height, width, filters)."""
    place = places["out"]
    kind = element_types(problem, config.accelerator.core)["out"]
    return unpack(np.asarray(memory[place.address:place.end]), kind).reshape(problem.shapes["out"])
