# SPDX-License-Identifier: Apache-2.0
"""Arrays: which are taken, what random ones cover, and how they lie in the scratchpad."""

import numpy as np
import pytest

from hwgen.compiler.elements import element_types
from hwgen.compiler.gemm import plan
from hwgen.compiler.image import MemoryImage
from hwgen.compiler.operand_data import check_arrays, load_result, random_operands, store_operands
from hwgen.compiler.problem import GemmProblem
from hwgen.config import GemmConfig, preset
from hwgen.errors import DataError

NARROW = GemmConfig(a_width=4, b_width=16, accumulator_width=24)
CORES = [GemmConfig(), NARROW, GemmConfig(a_width=16, b_width=4, accumulator_width=48)]


@pytest.mark.parametrize("name, array, message", [
    ("a", np.zeros((3, 5), np.int16), r"^a must hold int8, not int16$"),
    ("a", np.zeros((3, 5), np.uint8), r"^a must hold int8, not uint8$"),
    ("c", np.zeros((3, 4), np.int8), r"^c must hold int32, not int8$"),
    ("b", np.zeros((4, 5), np.int8), r"^b must have the shape \(5, 4\), not \(4, 5\)$"),
    ("c", np.zeros(4, np.int32), r"^c must have the shape \(3, 4\), not \(4,\)$"),
])
def test_refuses_arrays(name, array, message):
    problem = GemmProblem(3, 4, 5, c="full")
    arrays = random_operands(problem, 1)
    check_arrays(problem, arrays)
    with pytest.raises(DataError, match=message):
        check_arrays(problem, arrays | {name: array})


@pytest.mark.parametrize("unsigned, name, array, message", [
    (False, "a", np.array([[0, 8]], np.int8), r"^a must hold values within -8\.\.7, not 8$"),
    (False, "a", np.array([[-9, 0]], np.int8), r"^a must hold values within -8\.\.7, not -9$"),
    (True, "a", np.array([[0, 16]], np.uint8), r"^a must hold values within 0\.\.15, not 16$"),
    (True, "a", np.array([[0, 1]], np.int8), r"^a must hold uint8, not int8$"),
    (False, "b", np.array([[1], [1]], np.int8), r"^b must hold int16, not int8$"),
    (False, "c", np.array([[1 << 23]], np.int32), r"^c must hold values within -8388608\.\.8388607, not 8388608$"),
])
def test_refuses_values_that_have_too_many_bits(unsigned, name, array, message):
    problem = GemmProblem(1, 1, 2, c="full", out_type="int24", a_unsigned=unsigned)
    with pytest.raises(DataError, match=message):
        check_arrays(problem, {name: array}, NARROW)


def test_random_operands_depend_on_the_seed_alone():
    problem = GemmProblem(30, 20, 10, True, False, "bias")
    one, same, other = (random_operands(problem, seed) for seed in (1, 1, 2))
    for name in "abc":
        np.testing.assert_array_equal(one[name], same[name])
        assert (one[name] != other[name]).any()
        assert one[name].shape == problem.shapes[name]


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.sum_type)
@pytest.mark.parametrize("unsigned", [False, True])
def test_random_operands_cover_their_types(core, unsigned):
    problem = GemmProblem(64, 64, 64, c="full", out_type=core.sum_type, a_unsigned=unsigned, b_unsigned=unsigned)
    arrays = random_operands(problem, 3, core)
    check_arrays(problem, arrays, core)
    for name, kind in element_types(problem, core).items():
        if name == "out":
            continue
        margin = (kind.highest - kind.lowest) // 64
        assert arrays[name].dtype == kind.dtype
        assert arrays[name].min() <= kind.lowest + margin and arrays[name].max() >= kind.highest - margin
    assert (np.abs(arrays["c"]) < 256).sum() > 64, "small values too"


def test_tiles_lie_in_order_and_are_padded_with_the_zero_point():
    config = preset("tiny")
    problem = GemmProblem(3, 2, 2, a_zero_point=-7)
    mapping, image = plan(problem, config), MemoryImage(config.memory)
    store_operands(mapping, {"a": np.array([[1, 2], [3, 4], [5, 6]], np.int8), "b": np.array([[1, 2], [3, 4]], np.int8)}, image)
    places = mapping.places
    assert image.read(places["a"].base, places["a"].group, 8).view(np.int8).tolist() == [1, 2, 3, 4, 5, 6, -7, -7]
    image.write(places["out"].base, places["out"].group, np.arange(8, dtype="<i4").view(np.uint8))
    assert load_result(mapping, image).tolist() == [[0, 1], [2, 3], [4, 5]]
