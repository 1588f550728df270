# SPDX-License-Identifier: Apache-2.0
"""Random matrix multiplications from external memory, carried out by the interpreter of jobs."""

import random

import numpy as np
from hwgen.sim.gemm import golden

from hwgen.compiler.interpreter import InterpretedCluster
from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.rescaling import fitted
from hwgen.compiler.tiled.plan import plan_tiled

BASE = {"A": 65530, "L": 65000, "S": 3, "D": 65535, "store": 65530, "core": 9}
"""Entries that units had completed before, so that counts wrap on the way."""


def random_problem(config, rng: random.Random, largest: int) -> GemmProblem:
    """Any variant of any shape up to ``largest``, K up to four times as much."""
    core, quantizer = config.accelerator.core, config.accelerator.quantizer

    def size():
        return rng.choice([rng.randint(1, largest), rng.randint(1, largest), core.m, 2 * core.m, 1])

    m, n, k = size(), size(), size() * rng.choice([1, 1, 4])
    out_type = rng.choice(["int8", "uint8", core.sum_type])
    a_unsigned, b_unsigned = rng.random() < 0.5, rng.random() < 0.5
    zero_points = [rng.randint(0, 255) if unsigned else rng.randint(-128, 127) for unsigned in (a_unsigned, b_unsigned)]
    columns = n if quantizer.parameter_stream and rng.random() < 0.4 else None
    rescale = fitted(core, k, columns=columns, seed=m, rounding=rng.choice(quantizer.rounding_modes),
                     minimum=0 if out_type == "uint8" else -128, maximum=255 if out_type == "uint8" else 127)
    batch = rng.choice([None, None, 1, rng.randint(2, 5), rng.randint(6, 12)])
    shared = [batch is not None and rng.random() < 0.25 for _ in "ab"]
    return GemmProblem(m, n, k, rng.random() < 0.4, rng.random() < 0.4, rng.choice(["none", "bias", "full"]), out_type,
                       *zero_points, rescale, a_unsigned, b_unsigned, batch, *shared)


def interpret(config, problem, seed, *, plan=None, queue_depth=None, offsets=None, jobs=None, divided=True):
    """Carry out a problem in a random order; the result is right and nothing else in external memory has changed."""
    plan = plan or plan_tiled(problem, config)
    places = plan.place(offsets=offsets)
    noise = np.random.default_rng(seed)
    external = noise.integers(0, 256, places.end + 64, dtype=np.uint8)
    scratchpad = noise.integers(0, 256, (config.memory.words, config.memory.word_bytes), dtype=np.uint8)
    arrays = random_operands(problem, seed, config.accelerator.core)
    plan.store(arrays, places, external)
    before = external.copy()
    machine = InterpretedCluster(config, scratchpad, external, seed=seed, queue_depth=queue_depth)
    base = {name: count for name, count in BASE.items() if name in machine.completed}
    machine.completed |= base
    made = plan.jobs(places, base, divided=divided)
    machine.run(made if jobs is None else jobs(made))
    np.testing.assert_array_equal(plan.load(places, external), golden(problem, arrays, config.accelerator.core))
    for role in ("out", "partial"):
        if role in places.tensors:
            external[places[role].address:places[role].end] = before[places[role].address:places[role].end]
    np.testing.assert_array_equal(external, before)
    return plan
