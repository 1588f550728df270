# SPDX-License-Identifier: Apache-2.0
"""What a problem needs at least, and what it refuses to be."""

import pytest

from hwgen.compiler.problem import GemmProblem, bound_cycles
from hwgen.config import preset
from hwgen.errors import MappingError

CONFIG = preset("datamaestro")


@pytest.mark.parametrize("options, words", [
    ({}, 8 * 8 * 8 * 16 + 64 * 32),
    ({"c": "full"}, 8 * 8 * 8 * 16 + 2 * 64 * 32),
    ({"c": "bias"}, 8 * 8 * 8 * 16 + 64 * 32 + 8 * 4),
    ({"out_type": "int8"}, 8 * 8 * 8 * 16 + 64 * 8),
])
def test_compulsory_words(options, words):
    assert GemmProblem(64, 64, 64, **options).compulsory_words(CONFIG) == words


@pytest.mark.parametrize("k, c, bound", [
    (64, "none", 512),
    (64, "full", 512),
    (8, "full", 160),   # 64 tiles of 16 + 64 words, 32 words a cycle
    (16, "full", 192),
    (24, "full", 224),
    (8, "none", 96),
    (32, "full", 256),
])
def test_bound_is_steps_or_words_whichever_is_more(k, c, bound):
    assert bound_cycles(GemmProblem(64, 64, k, c=c), CONFIG) == bound


@pytest.mark.parametrize("size, tiles, flat", [
    ((1, 1, 1), (1, 1, 1), 1),
    ((9, 8, 17), (2, 1, 3), 6),
    ((40, 33, 7), (5, 5, 1), 25),
])
def test_tiles_round_up(size, tiles, flat):
    problem = GemmProblem(*size)
    assert problem.tiles(CONFIG) == tiles
    assert problem.flat_steps(CONFIG) == flat
    assert problem.multiply_accumulates == size[0] * size[1] * size[2]


@pytest.mark.parametrize("transpose_a, a", [(False, (3, 5)), (True, (5, 3))])
@pytest.mark.parametrize("transpose_b, b", [(False, (5, 4)), (True, (4, 5))])
@pytest.mark.parametrize("c, shape", [("none", None), ("bias", (4,)), ("full", (3, 4))])
def test_shapes(transpose_a, a, transpose_b, b, c, shape):
    shapes = GemmProblem(3, 4, 5, transpose_a, transpose_b, c).shapes
    assert shapes == {"a": a, "b": b, "out": (3, 4)} | ({} if shape is None else {"c": shape})


@pytest.mark.parametrize("options, message", [
    ({"m": 0}, r"^m must be 1 or more, not 0$"),
    ({"n": -3}, r"^n must be 1 or more, not -3$"),
    ({"k": 0}, r"^k must be 1 or more, not 0$"),
    *(({"out_type": out_type}, rf"^out_type must be int8, uint8, or int and the width of sums from 16 to 48, not '{out_type}'$")
      for out_type in ("int4", "int15", "int49", "uint16", "float32", "int32s")),
])
def test_refuses(options, message):
    with pytest.raises(MappingError, match=message):
        GemmProblem(**{"m": 1, "n": 1, "k": 1} | options)


@pytest.mark.parametrize("out_type, quantizes", [("int8", True), ("int16", False), ("int32", False), ("int48", False)])
def test_int8_comes_from_the_quantizer(out_type, quantizes):
    assert GemmProblem(1, 1, 1, out_type=out_type).quantizes == quantizes
