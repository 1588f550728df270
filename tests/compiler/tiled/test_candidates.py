# SPDX-License-Identifier: Apache-2.0
"""Tilings to compare: sizes by definition, and some for every shape."""

import pytest

from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.tiled.candidates import even_sizes, tilings
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.config import preset


@pytest.mark.parametrize("tiles", [1, 2, 7, 24, 97, 360])
def test_even_sizes_are_those_of_even_divisions(tiles):
    by_definition = sorted({-(-tiles // count) for count in range(1, tiles + 1)})
    assert even_sizes(tiles, tiles) == by_definition
    for most in (0, 1, 5, tiles // 2, 2 * tiles):
        assert even_sizes(tiles, most) == [size for size in by_definition if size <= most]


@pytest.mark.parametrize("shape", [(1, 1, 10**6), (3, 10**7, 5), (10**7, 3, 5), (10**4, 10**4, 10**4)], ids=str)
@pytest.mark.parametrize("name", ["tiny", "datamaestro"])
def test_any_size_has_a_tiling(name, shape):
    found = plan_tiled(GemmProblem(*shape, out_type="int8"), preset(name))
    assert found.phases == found.tiling.phase_count and found.expected_cycles > found.tiling.problem.flat_steps(found.config)


def test_any_batch_has_a_tiling():
    """Of which no more products share a phase than results fit the scratchpad."""
    config, problem = preset("tiny"), GemmProblem(2, 2, 2, out_type="int8", batch=10**7)
    together = [tiling.products for tiling in tilings(problem, config)]
    assert 1 < max(together) <= config.memory.size // 4
    assert plan_tiled(problem, config).tiling.products > 1
