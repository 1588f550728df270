# SPDX-License-Identifier: Apache-2.0
"""Errors from external memory and resets in the middle of bursts: reported exactly, and the next job is right."""

import random

import numpy as np
import pytest
from hwgen.sim.cluster import FLUSH, RESUME, SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.external_memory import ErrorRange, ExternalMemory
from hwgen.sim.host_config import add_descriptors
from hwgen.sim.program import Program
from support.copies import apply, contiguous, engine_fields, image_places, random_copy, run_copies, streamer_fields
from support.driving import add_push, differences, push, wait_idle

from hwgen.compiler.descriptors import DescriptorWriter
from hwgen.compiler.image import MemoryImage
from hwgen.compiler.jobs import Entry, Job, Wait
from hwgen.config import preset
from hwgen.config.error_causes import ErrorCause

CONFIG = preset("tiny")
SIZE = 1 << 14
FAILING = 0x2140


@pytest.fixture(scope="module")
def built():
    return simulator_for(CONFIG)


def cluster_with(built, **behavior):
    return SimulatedCluster(CONFIG, built, external=ExternalMemory(**behavior), memory_size=1 << 16)


def fill_memories(cluster, seed):
    rng = np.random.default_rng(seed)
    image = MemoryImage(CONFIG.memory, rng.integers(0, 256, CONFIG.memory.size, dtype=np.uint8))
    external = rng.integers(0, 256, SIZE, dtype=np.uint8)
    cluster.session.memory[:SIZE] = external
    cluster.load(image)
    return image, external


def held(cluster):
    """Cause, unit's name, address and job of the latched error."""
    error = cluster.latched_error()
    return error.cause, error.name, error.address, error.job


@pytest.mark.parametrize("direction", ["read", "write"])
@pytest.mark.parametrize("offset", [0, 5, 61])
def test_error_is_named_with_its_address_and_nothing_else_changes(built, direction, offset):
    load = direction == "read"
    with cluster_with(built, errors=(ErrorRange(FAILING, FAILING + 8, direction),)) as cluster:
        image, external = fill_memories(cluster, offset)
        start, count = FAILING - offset, 200
        copy = contiguous(CONFIG, load, start, 3, count)
        first = contiguous(CONFIG, load, 0x100, 1024, 40)
        dependent = contiguous(CONFIG, load, 0x800, 1500, 30)
        engine, streamer = copy.units
        done = Wait(streamer if load else engine, 2)
        push(cluster, first.job(), copy.job(), dependent.job(waits=(done,), engine_waits=(done,)))
        wait_idle(cluster)
        cause = ErrorCause.EXTERNAL_READ if load else ErrorCause.EXTERNAL_WRITE
        # Of a read the first byte of the beat that counts, of a write the first of its burst.
        address = max(FAILING, start) if load else start
        assert held(cluster) == (cause, engine, address, 1)
        after = cluster.dump()
        apply(CONFIG, first, image, external)
        apply(CONFIG, copy, image, external)
        outside = np.ones(SIZE, bool)
        if load:
            flat = image.bytes.reshape(-1)
            places = image_places(CONFIG, copy)
            wrong = (np.arange(start, start + count) >= FAILING) & (np.arange(start, start + count) < FAILING + 8)
            flat[places[wrong]] = 0
        else:
            # The bursts that failed changed nothing; which bytes share a burst with the range is the port's affair.
            outside[start:start + count] = False
        assert differences(after, image) == []
        assert np.array_equal(cluster.session.memory[:SIZE][outside], external[outside])

        # The dependent job starts once the error is cleared; nothing else is lost.
        assert cluster.write("cluster.control", RESUME) == 0
        wait_idle(cluster)
        apply(CONFIG, dependent, image, external)
        assert not cluster.latched_error()
        assert differences(cluster.dump(), image) == []
        assert np.array_equal(cluster.session.memory[:SIZE][outside], external[outside])


def test_notification_that_fails(built):
    with cluster_with(built, errors=(ErrorRange(FAILING, FAILING + 8),)) as cluster:
        push(cluster, *(Job({"notify": Entry({"address": FAILING + 4 * i, "data": 0x1234_5678})}) for i in range(-1, 2)))
        program = Program()
        error = 1 << len(cluster.map.units)
        program.poll(cluster.map.address("cluster.status"), error, error, 20_000)
        cluster.play(program)
        assert held(cluster) == (ErrorCause.EXTERNAL_WRITE, "notify", FAILING, 1)
        assert cluster.session.memory[FAILING - 4:FAILING].tobytes() == bytes.fromhex("78563412")


@pytest.mark.parametrize("load", [False, True])
@pytest.mark.parametrize("excess", [-64, -8, 8, 64])
def test_sides_of_different_length_are_told_and_the_next_job_is_right(built, load, excess):
    with cluster_with(built) as cluster:
        image, external = fill_memories(cluster, 7)
        streamer = CONFIG.dma.load if load else CONFIG.dma.store
        copy = contiguous(CONFIG, load, 0x100, 0, 128)
        copy.engine["run_bytes"] += excess if load else -excess
        push(cluster, copy.job())
        wait_idle(cluster)
        cause, unit, _, job = held(cluster)
        assert (cause, unit, job) == (ErrorCause.COPY_LENGTH, copy.units[0], 0)
        assert streamer.byte_addressed
        cluster.write("cluster.control", RESUME | FLUSH)
        cluster.write("cluster.interrupt_status", 3)
        run_copies(cluster, [contiguous(CONFIG, load, 0x300 + i, 7 * i, 100 + i) for i in range(4)], SIZE, 3)


def test_copies_of_nothing_complete_in_their_turn(built):
    with cluster_with(built) as cluster:
        copies = [contiguous(CONFIG, load, 64, 8, 24) for load in (True, False, True)]
        nothing = []
        for field, load in (("run_bytes", True), ("external_bound_2", False), ("external_bound_0", True)):
            copy = contiguous(CONFIG, load, 64, 8, 24)
            copy.engine[field] = 0
            copy.streamer["temporal_bound_1" if load else "run_bytes"] = 0
            nothing.append(copy)
        image, external = fill_memories(cluster, 5)
        jobs = [copy.job() for pair in zip(nothing, copies, strict=True) for copy in pair]
        push(cluster, *jobs)
        wait_idle(cluster)
        counts = cluster.read("completed_load", "completed_L", "completed_store", "completed_S")
        assert list(counts.values()) == [4, 4, 2, 2]
        assert not cluster.latched_error()


def test_fills(built):
    with cluster_with(built) as cluster:
        rng, copies = random.Random(5), []
        for _ in range(20):
            copy = random_copy(CONFIG, rng, SIZE)
            if copy.load:
                copy.engine.update(fill=rng.randrange(2), fill_pattern=rng.randrange(1 << 32))
            copies.append(copy)
        run_copies(cluster, copies, SIZE, 1)


def endless(rng):
    """Copies both ways that keep both engines busy for a while."""
    jobs = []
    for _ in range(3):
        for load in (True, False):
            streamer = CONFIG.dma.load if load else CONFIG.dma.store
            rows = rng.randrange(4, 40)
            engine = engine_fields(CONFIG, rng.randrange(2000), 24, [(rows, rng.choice([24, 31, 64]))])
            local = streamer_fields(streamer, rng.randrange(32), 24, [(4, 8), (rows, 24)], [2], 0)
            units = ("load", "L") if load else ("store", "S")
            jobs.append(Job({units[0]: Entry(engine), units[1]: Entry(local)}))
        jobs.append(Job({"notify": Entry({"address": 0x3000 + 4 * rng.randrange(8), "data": rng.randrange(1 << 32)})}))
    return jobs


@pytest.mark.parametrize("behavior", [{"latency": 5}, {"latency": 60, "pause": 0.5, "jitter": 20, "reorder": True}], ids=["prompt", "pausing"])
def test_reset_at_random_moments(built, behavior):
    """The bus is left in order (its rules are checked in every cycle), and what follows is right."""
    rng = random.Random(str(behavior))
    with cluster_with(built, **behavior) as cluster:
        for moment in range(100):
            program = Program()
            for job in endless(rng):
                add_push(cluster, program, job)
            program.idle(rng.randrange(300))
            cluster.add_soft_reset(program)
            assert cluster.play(program, idle=0.0).traffic.finished
            values = cluster.read("status", "queue_full", "completed_load", "completed_store", "error_info")
            assert set(values.values()) == {0}
            if moment % 10 == 9:
                run_copies(cluster, [random_copy(CONFIG, rng, SIZE) for _ in range(3)], SIZE, moment)


def test_reset_while_descriptors_are_fetched(built):
    rng = random.Random(4)
    with cluster_with(built, latency=50, jitter=30) as cluster:
        for moment in range(50):
            copies = [random_copy(CONFIG, rng, SIZE) for _ in range(3)]
            writer, program = DescriptorWriter(cluster.map), Program()
            # After a reset every register holds its reset value again, those of the queue included.
            add_descriptors(program, [copy.job() for copy in copies], writer, cluster.session.memory, SIZE, 0)
            program.idle(rng.randrange(500))
            cluster.add_soft_reset(program)
            assert cluster.play(program, idle=0.0).traffic.finished
            values = cluster.read("status", "queue_head", "queue_tail", "queue_count", "completed_load", "error_info")
            assert set(values.values()) == {0}
            if moment % 10 == 9:
                run_copies(cluster, [random_copy(CONFIG, rng, SIZE) for _ in range(3)], SIZE, moment, host_config="queue")
                program = Program()
                cluster.add_soft_reset(program)
                cluster.play(program)


def test_hard_reset_at_random_moments(built):
    """With the memory reset as well, which forgets what is under way."""
    rng = random.Random(8)
    with cluster_with(built, latency=40) as cluster:
        for moment in range(30):
            program = Program()
            for job in endless(rng):
                add_push(cluster, program, job)
            program.idle(rng.randrange(300))
            cluster.play(program, idle=0.0)
            cluster.reset()
            if moment % 10 == 9:
                run_copies(cluster, [random_copy(CONFIG, rng, SIZE) for _ in range(3)], SIZE, moment)
