# SPDX-License-Identifier: Apache-2.0
"""What a convolution is, and what cannot be one."""

import pytest

from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.problem import Rescale, bound_cycles
from hwgen.config import preset
from hwgen.errors import MappingError

CONFIG = preset("datamaestro")


def test_sizes():
    problem = ConvProblem(224, 225, 3, 64, (7, 5), (2, 3), (3, 2, 1, 4), (1, 2), batch=2)
    assert problem.out_size == ((224 + 5 - 7) // 2 + 1, (225 + 5 - 9) // 3 + 1) and problem.window == (7, 9)
    assert problem.shapes == {"a": (2, 224, 225, 3), "b": (64, 7, 5, 3), "out": (2, 112, 74, 64)}
    assert problem.taps == 105 and problem.multiply_accumulates == 2 * 112 * 74 * 64 * 105


def test_flat_steps_are_those_of_the_flattened_product():
    assert ConvProblem(56, 56, 64, 64, (3, 3), padding=(1,) * 4).flat_steps(CONFIG) == 392 * 8 * 72
    assert ConvProblem(7, 7, 512, 512, (3, 3), padding=(1,) * 4).flat_steps(CONFIG) == 7 * 64 * 576
    assert ConvProblem(28, 28, 256, 256, (3, 3), padding=(1,) * 4, groups=256).flat_steps(CONFIG) == 256 * 98 * 2


def test_bound_is_the_largest_of_steps_words_and_bytes():
    dense = ConvProblem(1, 1, 4096, 1000, out_type="int8")
    assert dense.flat_steps(CONFIG) == 64_000
    assert bound_cycles(dense, CONFIG, 64) == -(-(4096 * 1001 + 1000) // 64)
    assert bound_cycles(ConvProblem(8, 8, 8, 8), CONFIG) == 8 * 32 // 32 * 1 + 8 * 16 // 32


@pytest.mark.parametrize("options, message", [
    ({"height": 0}, "height must be 1 or more, not 0"),
    ({"kernel": (0, 3)}, r"kernel must be 1 or more down and across, not \(0, 3\)"),
    ({"padding": (0, -1, 0, 0)}, "padding must not be negative"),
    ({"groups": 3}, "channels must be a multiple of the 3 groups, not 8"),
    ({"groups": 4}, "filters must be a multiple of the 4 groups, not 6"),
    ({"c": "full"}, "c must be none or bias, not 'full'"),
    ({"out_type": "float"}, "out_type must be int8, uint8, or int"),
    ({"kernel": (3, 3), "dilation": (5, 1)}, "height with its padding must be at least the 11 that the kernel spans, not 10"),
    ({"rescale": Rescale((1, 2), 3)}, "multiplier and shift must both be given"),
])
def test_says_what_is_wrong(options, message):
    with pytest.raises(MappingError, match=message):
        ConvProblem(**{"height": 10, "width": 12, "channels": 8, "filters": 6} | options)


def test_summary_and_dictionary():
    problem = ConvProblem(14, 15, 8, 16, (3, 1), (2, 1), (1, 1, 0, 0), groups=2, batch=3, c="bias", out_type="int8")
    assert problem.summary() == "3 x 14x15x8 · 16 filters 3x1, stride 2x1, padding 1,1,0,0, 2 groups + bias → 7x15x16 int8"
    assert problem.as_dict()["kind"] == "conv" and problem.as_dict()["padding"] == [1, 1, 0, 0]
