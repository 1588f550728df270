# SPDX-License-Identifier: Apache-2.0
"""The golden convolution against its definition, written out."""

import itertools

import numpy as np
import pytest

from hwgen.compiler.conv.golden import golden_conv
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.operand_data import random_operands
from hwgen.config import preset

CORE = preset("datamaestro").accelerator.core


def by_definition(problem, arrays):
    """Sums, each product by itself."""
    x, w = arrays["a"].astype(int), arrays["b"].astype(int)
    inputs, outputs = problem.channels // problem.groups, problem.filters // problem.groups
    sums = np.zeros(problem.shapes["out"], int)
    for image, y, column, f in itertools.product(*map(range, problem.shapes["out"])):
        total = int(arrays["c"][f]) if problem.c == "bias" else 0
        for r, s, c in itertools.product(*map(range, (*problem.kernel, inputs))):
            row = y * problem.stride[0] + r * problem.dilation[0] - problem.padding[0]
            col = column * problem.stride[1] + s * problem.dilation[1] - problem.padding[2]
            if 0 <= row < problem.height and 0 <= col < problem.width:
                total += (x[image, row, col, f // outputs * inputs + c] - problem.a_zero_point) * (w[f, r, s, c] - problem.b_zero_point)
        sums[image, y, column, f] = total
    return sums


@pytest.mark.parametrize("problem", [
    ConvProblem(5, 6, 3, 4, (3, 3), (1, 2), (1, 0, 2, 1), c="bias", a_zero_point=7, b_zero_point=-3),
    ConvProblem(7, 5, 4, 6, (2, 3), (2, 1), (0, 1, 1, 1), (2, 1), groups=2, batch=2, a_zero_point=200, a_unsigned=True),
    ConvProblem(4, 4, 5, 5, (3, 3), padding=(1, 1, 1, 1), groups=5, b_zero_point=9, b_unsigned=True),
])
def test_sums_are_those_of_the_definition(problem):
    arrays = random_operands(problem, 3, CORE)
    if "c" in arrays:
        arrays["c"] >>= 8
    np.testing.assert_array_equal(golden_conv(problem, arrays, CORE), by_definition(problem, arrays))
