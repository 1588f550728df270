# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.config.gemm import GemmConfig
from hwgen.gemm.widths import corrected_width, step_width, sum_width


@pytest.mark.parametrize("terms, width, expected", [(1, 16, 16), (2, 16, 17), (3, 16, 18), (8, 16, 19), (9, 16, 20)])
def test_sum_width(terms, width, expected):
    assert sum_width(terms, width) == expected


@pytest.mark.parametrize("options, step, corrected", [
    ({}, 19, 21),
    ({"k": 1, "a_width": 4, "b_width": 4}, 8, 10),
    ({"a_width": 16, "b_width": 8}, 27, 29),
    ({"a_width": 16, "b_width": 16}, 32, 32),
    ({"a_width": 16, "b_width": 16, "accumulator_width": 36}, 35, 36),
    ({"accumulator_width": 16}, 16, 16),
    ({"accumulator_width": 20}, 19, 20),
])
def test_no_sum_is_wider_than_the_accumulators(options, step, corrected):
    config = GemmConfig(**options)
    assert (step_width(config), corrected_width(config)) == (step, corrected)


@pytest.mark.parametrize("k", [1, 2, 3, 8, 64])
@pytest.mark.parametrize("a_width, b_width", [(4, 4), (4, 16), (8, 8), (16, 16)])
def test_extreme_sums_fit(k, a_width, b_width):
    config = GemmConfig(k=k, a_width=a_width, b_width=b_width, accumulator_width=48)
    products = k << a_width + b_width - 2
    assert products < 1 << step_width(config) - 1
    corrected = k * ((1 << a_width) - 1) * ((1 << b_width) - 1)
    assert corrected < 1 << corrected_width(config) - 1
