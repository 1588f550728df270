# SPDX-License-Identifier: Apache-2.0
"""Whole programs in the interpreter: contents in and out, semaphores, passes."""

import numpy as np
import pytest
from hwgen.sim.gemm import golden
from support.programs import CONFIG, gemm, load, program, store

from hwgen.compiler.gemm import plan
from hwgen.compiler.image import MemoryImage
from hwgen.compiler.interpreter import InterpretedCluster, interpret
from hwgen.compiler.interpreter.run import Memories, carry_out
from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.compiler.operand_data import load_result, random_operands, store_operands
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.program import Buffer, Program
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.config import preset
from hwgen.errors import MappingError


@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize("problem", [GemmProblem(13, 9, 21, c="bias", out_type="int8"), GemmProblem(7, 12, 30, True, False, "full")], ids=["int8", "int32"])
def test_tiled_problems(problem, seed):
    arrays = random_operands(problem, 5, CONFIG.accelerator.core)
    found = interpret(plan_tiled(problem, CONFIG).program(), CONFIG, arrays, seed=seed)
    np.testing.assert_array_equal(found["out"], golden(problem, arrays, CONFIG.accelerator.core))
    np.testing.assert_array_equal(found["a"], arrays["a"])


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
@pytest.mark.parametrize("name", ["step-1", "step-4"])
def test_passes_wait_for_semaphores(name, seed):
    config, problem = preset(name), GemmProblem(16, 8, 24, True, True, "bias", "int8")
    mapped, core = plan(problem, config), config.accelerator.core
    assert len(mapped.passes) == {"step-1": 3, "step-4": 0}[name]
    arrays, image = random_operands(problem, 5, core), MemoryImage(config.memory)
    store_operands(mapped, arrays, image)
    memories = Memories(config, image.bytes.reshape(config.memory.words, -1), np.zeros(0, np.uint8))
    carry_out(mapped.program(), memories, seed=seed)
    np.testing.assert_array_equal(load_result(mapped, memories.image()), golden(problem, arrays, core))


def test_what_is_left_out_is_random_and_the_same_for_the_same_seed():
    made = program(load(0, 0, 8), store(0, 256, 8, [Wait("L", 1)]))
    first, again, other = (interpret(made, CONFIG, {}, seed=seed) for seed in (1, 1, 2))
    for name in ("x", "y", "z", "scratch"):
        np.testing.assert_array_equal(first[name], again[name])
        assert (first[name] != other[name]).any()
    np.testing.assert_array_equal(first["y"][:8], first["x"][:8])


def test_a_semaphore_gives_each_taker_its_share():
    """Two units take from one semaphore; which of them first is open, and both go on in the end."""
    empty = {f"temporal_bound_{d}": 0 for d in range(6)}
    jobs = [Job({"B": Entry({}, (Wait("semaphore_0", 2),)), "C": Entry({}, (Wait("semaphore_0", 1),))}), *[Job({"A": Entry(empty, signal=Signal(0, 1))})] * 4]
    for seed in range(10):
        machine = InterpretedCluster(CONFIG, np.zeros((CONFIG.memory.words, 2), np.uint8), np.zeros(16, np.uint8), seed=seed)
        machine.run(jobs)
        assert machine.semaphores[0] == 1 and machine.completed["A"] == 4


def test_a_signal_waits_until_the_semaphore_has_room():
    empty = {f"temporal_bound_{d}": 0 for d in range(6)}
    jobs = [*[Job({"A": Entry(empty, signal=Signal(0, 200))})] * 2, *[Job({"B": Entry({}, (Wait("semaphore_0", 200),))})] * 2]
    machine = InterpretedCluster(CONFIG, np.zeros((CONFIG.memory.words, 2), np.uint8), np.zeros(16, np.uint8))
    machine.run(jobs)
    assert machine.completed["B"] == 2 and machine.semaphores[0] == 0


def test_says_what_cannot_be_interpreted():
    with pytest.raises(MappingError, match="programs can be interpreted of accelerators of kind gemm, not max_pool, which max-pool has"):
        interpret(Program.of(preset("max-pool"), [], []), preset("max-pool"), {})
    halted = program(gemm(0, 4, 16, waits={"A": [Wait("D", 1)]}))
    with pytest.raises(MappingError, match="the program cannot be carried out: no unit can go on"):
        interpret(halted, CONFIG, {})
    with pytest.raises(MappingError, match=r"contents of buffer 'x' must have the shape \(256,\), not \(3,\)"):
        interpret(halted, CONFIG, {"x": np.zeros(3, np.uint8)})
    with pytest.raises(MappingError, match="a buffer of the program must be one of scratch, x, y, z, not 'w'"):
        interpret(halted, CONFIG, {"w": np.zeros(3, np.uint8)})


def test_buffers_of_the_scratchpad_are_seen_through_their_groups():
    buffers = [Buffer("wide", "scratchpad", 0, 64, "input", 8), Buffer("narrow", "scratchpad", 512, 64, "output", 2)]
    memories = Memories.noise(CONFIG, 8, 1)
    image = memories.image()
    for buffer in buffers:
        np.testing.assert_array_equal(memories.load(buffer), image.read(buffer.address, buffer.group, buffer.size))
