# SPDX-License-Identifier: Apache-2.0
"""Element types, and elements packed densely."""

import itertools

import numpy as np
import pytest

from hwgen.compiler.elements import ElementType, check_types, element_types, pack, unpack
from hwgen.compiler.problem import GemmProblem
from hwgen.config import GemmConfig
from hwgen.errors import MappingError
from hwgen.gemm import model

KINDS = [(4, "int8"), (4, "uint8"), (8, "int8"), (8, "uint8"), (16, "int16"), (16, "uint16"), (16, "int32"), (19, "int32"),
         (24, "int32"), (32, "int32"), (33, "int64"), (48, "int64")]


@pytest.mark.parametrize("width, unsigned, dtype, lowest, highest", [
    (4, False, "int8", -8, 7), (4, True, "uint8", 0, 15), (8, False, "int8", -128, 127), (8, True, "uint8", 0, 255),
    (16, False, "int16", -32768, 32767), (16, True, "uint16", 0, 65535),
])
@pytest.mark.parametrize("name", "ab")
def test_operands(name, width, unsigned, dtype, lowest, highest):
    core = GemmConfig(**{f"{name}_width": width})
    problem = GemmProblem(1, 1, 1, **{f"{name}_unsigned": unsigned})
    types = element_types(problem, core)
    kind, other = types[name], types["b" if name == "a" else "a"]
    assert (kind.dtype, kind.unsigned, kind.lowest, kind.highest) == (dtype, unsigned, lowest, highest)
    assert (other.dtype, other.width) == ("int8", 8)


@pytest.mark.parametrize("width, dtype", [(16, "int32"), (24, "int32"), (32, "int32"), (33, "int64"), (48, "int64")])
def test_sums(width, dtype):
    core = GemmConfig(accumulator_width=width)
    types = element_types(GemmProblem(1, 1, 1, out_type=core.sum_type), core)
    assert types["c"] == types["out"] == ElementType(width, np.dtype(dtype))
    assert types["c"].highest == (1 << width - 1) - 1
    assert element_types(GemmProblem(1, 1, 1, out_type="int8"), core)["out"] == ElementType(8, np.dtype("int8"))


@pytest.mark.parametrize("width, dtype", KINDS)
def test_packed_like_the_stream_word_of_a_tile(width, dtype):
    kind = ElementType(width, np.dtype(dtype))
    rng = np.random.default_rng(width)
    values = rng.integers(kind.lowest, kind.highest, (3, 8), dtype=dtype, endpoint=True)
    values[:, :2] = kind.lowest, kind.highest
    packed = pack(values, width)
    assert packed.shape == (3, width) and packed.dtype == np.uint8
    for row, data in zip(values, packed):
        assert int.from_bytes(data.tobytes(), "little") == model.pack(row, width)
    whole = unpack(packed.reshape(-1), kind)
    assert whole.dtype == dtype
    np.testing.assert_array_equal(whole, values.reshape(-1))


def test_nibbles_low_first():
    assert pack(np.array([1, -2, 3, -8], np.int8), 4).tolist() == [0xE1, 0x83]


@pytest.mark.parametrize("core, options, message", [
    ({}, {"a_zero_point": 128}, r"^a_zero_point must be within -128\.\.127, not 128$"),
    ({}, {"b_zero_point": -129}, r"^b_zero_point must be within -128\.\.127, not -129$"),
    ({}, {"b_zero_point": -1, "b_unsigned": True}, r"^b_zero_point must be within 0\.\.255, not -1$"),
    ({"a_width": 4}, {"a_zero_point": 16, "a_unsigned": True}, r"^a_zero_point must be within 0\.\.15, not 16$"),
    ({"b_width": 16}, {"b_zero_point": 1 << 15}, r"^b_zero_point must be within -32768\.\.32767, not 32768$"),
    ({}, {"out_type": "int24"}, r"^out_type must be int8, uint8 or int32, the type of the core's sums, not 'int24'$"),
    ({"accumulator_width": 24}, {}, r"^out_type must be int8, uint8 or int24, the type of the core's sums, not 'int32'$"),
])
def test_refuses_what_the_core_has_no_type_for(core, options, message):
    with pytest.raises(MappingError, match=message):
        check_types(GemmProblem(1, 1, 1, **options), GemmConfig(**core))


@pytest.mark.parametrize("width, unsigned", itertools.product((4, 8, 16), (False, True)))
def test_takes_zero_points_at_both_ends(width, unsigned):
    core = GemmConfig(a_width=width, b_width=width)
    kind = element_types(GemmProblem(1, 1, 1, a_unsigned=unsigned), core)["a"]
    for zero_point in (kind.lowest, kind.highest):
        check_types(GemmProblem(1, 1, 1, a_unsigned=unsigned, a_zero_point=zero_point), core)
