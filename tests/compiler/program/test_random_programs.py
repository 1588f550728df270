# SPDX-License-Identifier: Apache-2.0
"""Random jobs with random waits: those that are let pass leave the same in every order."""

import random

import numpy as np
import pytest
from support.programs import CONFIG
from support.random_programs import random_program

from hwgen.compiler.interpreter.run import Memories, carry_out
from hwgen.compiler.program.check import check
from hwgen.errors import MappingError

ORDERS = 4


def outcome(made, seed, depth):
    memories = Memories.noise(CONFIG, made.external_size, 1)
    carry_out(made, memories, seed=seed, queue_depth=depth)
    return memories


@pytest.mark.parametrize("seed", range(12))
def test_what_is_let_pass_leaves_the_same_in_every_order(seed):
    rng = random.Random(seed)
    passed = 0
    for _ in range(30):
        made, depth = random_program(rng), rng.choice([1, 2, 4])
        try:
            check(made, CONFIG, queue_depth=depth)
        except MappingError:
            continue
        passed += 1
        expected = outcome(made, None, depth)
        for order in range(ORDERS):
            found = outcome(made, order, depth)
            np.testing.assert_array_equal(found.scratchpad, expected.scratchpad, str(made))
            np.testing.assert_array_equal(found.external, expected.external, str(made))
    assert passed > 3
