# SPDX-License-Identifier: Apache-2.0
"""Copies and single words in the interpreter."""

import numpy as np
import pytest
from support.programs import CONFIG, inner

from hwgen.compiler.interpreter import InterpretedCluster, InterpreterError
from hwgen.compiler.jobs import Entry, Job, Wait


def machine(**options):
    return InterpretedCluster(CONFIG, np.zeros((CONFIG.memory.words, 2), np.uint8), np.zeros(256, np.uint8), **options)


@pytest.mark.parametrize("base", [0, 1, 2, 3, 6])
def test_a_pattern_repeats_over_the_words_of_a_step(base):
    """Where words have fewer than 4 bytes it begins at the step's first word, whatever its address."""
    cluster = machine(seed=base)
    fill = {"fill": 1, "fill_pattern": 0x44332211, "run_bytes": 13} | {f"external_bound_{d}": 1 for d in range(4)}
    cluster.run([Job({"load": Entry(fill), "L": Entry(inner(base, 13))})])
    step = CONFIG.dma.load.channels * CONFIG.memory.word_bytes
    lanes = (base % CONFIG.memory.word_bytes + np.arange(13)) % step
    expected = np.zeros(32, np.uint8)
    expected[base:base + 13] = np.array([0x11, 0x22, 0x33, 0x44])[lanes % 4]
    np.testing.assert_array_equal(cluster.scratchpad.reshape(-1)[:32], expected)


def test_notifies_after_what_it_waits_for():
    cluster = machine()
    cluster.run([Job({"notify": Entry({"address": 12, "data": 0x01020304}, (Wait("notify", 0),))})])
    assert cluster.external[12:16].tolist() == [4, 3, 2, 1] and cluster.external.sum() == 10
    assert cluster.completed["notify"] == 1


@pytest.mark.parametrize("address", [2, 256])
def test_says_that_a_word_cannot_be_written(address):
    with pytest.raises(InterpreterError, match=f"notify writes external byte {address}, which is no word of the 256 bytes there are"):
        machine().run([Job({"notify": Entry({"address": address})})])
