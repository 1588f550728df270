# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.compiler.operands import operands
from hwgen.compiler.problem import GemmProblem, Rescale
from hwgen.config import preset

PER_CHANNEL = Rescale(multiplier=tuple(range(1, 25)), shift=(40,) * 24)


@pytest.mark.parametrize("config, problem, sizes", [
    ("datamaestro", GemmProblem(16, 24, 32), {"a": 2 * 4 * 64, "b": 3 * 4 * 64, "out": 6 * 256}),
    ("datamaestro", GemmProblem(16, 24, 32, c="bias"), {"a": 512, "b": 768, "c": 3 * 64, "out": 6 * 256}),
    ("datamaestro-paper", GemmProblem(16, 24, 32, c="bias"), {"a": 512, "b": 768, "c": 3 * 32, "out": 6 * 256}),
    ("step-1", GemmProblem(16, 24, 32, c="bias"), {"a": 512, "b": 768, "bias": 3 * 32, "c": 3 * 256, "out": 6 * 256}),
    ("datamaestro", GemmProblem(16, 24, 32, out_type="int8", rescale=PER_CHANNEL), {"a": 512, "b": 768, "p": 3 * 64, "out": 6 * 64}),
])
def test_sizes_with_the_pitch_that_channels_reach(config, problem, sizes):
    """Pieces of a port that reaches every eighth bank begin at multiples of 8 words."""
    assert {role: operand.size for role, operand in operands(problem, preset(config)).items()} == sizes


def test_parameters_are_read_once_per_tile_of_the_result():
    operand = operands(GemmProblem(16, 24, 32, out_type="int8", rescale=PER_CHANNEL), preset("datamaestro"))["p"]
    assert operand.per_tile and operand.words == 5 and operand.strides == {"n": 64}
