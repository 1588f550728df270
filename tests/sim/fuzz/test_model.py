# SPDX-License-Identifier: Apache-2.0
"""Whole jobs in the interpreter, by hand and against the golden models."""

import random

import numpy as np
from cluster.test_random_jobs import random_tile_job
from hwgen.sim.fuzz.model import Model
from support.adder import adder, addition, plain, walk
from support.machine import Machine

from hwgen.compiler.image import MemoryImage
from hwgen.config import preset


def test_an_addition():
    model = Model(plain(adder()), bytes(range(128)))
    model.run(addition(0, 32, 64, 2))
    assert model.read_window(0) == bytes([*range(64), *(i + i + 32 for i in range(8)), *range(72, 128)])
    assert model.accessed == {"X": 4, "Y": 4, "Z": 4} and model.completed["Z"] == 1 and not model.errors and model.settled


def test_wrong_accesses_read_zero_and_are_kept():
    model = Model(plain(adder()), bytes(range(128)))
    model.run({"X": walk(124, 2), "Y": walk(0, 2), "Z": walk(64, 2)})
    assert model.read_window(0)[64:72] == bytes([124, 126, 127, 127, 4, 5, 6, 7])
    assert [(name, number, access.address, access.cause) for name, number, access in model.errors] == [("X", 0, 128, 1), ("X", 0, 130, 1)]


def test_words_wait_for_later_jobs():
    model = Model(plain(adder()), bytes(128))
    model.run({"X": walk(0, 2)})
    assert not model.settled
    model.run({"Y": walk(0, 2), "Z": walk(64, 2)})
    assert model.settled


def test_window_modes_show_the_same_memory_in_another_order():
    model = Model(plain(adder()), bytes(range(128)))
    assert model.window_groups() == [4, 2]
    assert sorted(model.read_window(1)) == list(range(128))
    # Two banks of the four come first: words 0, 1, 4, 5, ...
    assert model.read_window(1)[:8] == bytes([0, 1, 2, 3, 8, 9, 10, 11])
    model.write_window(1, model.read_window(1))
    assert model.read_window(0) == bytes(range(128))


def test_agrees_with_the_golden_models_on_matrix_multiplication():
    config, rng = preset("tiny"), random.Random(3)
    contents = np.random.default_rng(4).integers(0, 256, config.memory.size, dtype=np.uint8)
    machine, model = Machine(config, MemoryImage(config.memory, contents)), Model(plain(config), contents.tobytes())
    for _ in range(30):
        job = random_tile_job(config, rng)
        machine.run(job)
        model.run({unit: entry.fields for unit, entry in job.entries.items()})
    assert model.settled and model.read_window(0) == machine.image().bytes.tobytes()
