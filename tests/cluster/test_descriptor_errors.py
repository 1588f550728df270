# SPDX-License-Identifier: Apache-2.0
"""Wrong descriptors on the emitted Verilog: named with their number, without effect, and the next one is carried out."""

import numpy as np
import pytest
from hwgen.sim.cluster import RESUME, SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.external_memory import ErrorRange, ExternalMemory
from hwgen.sim.program import Program
from support.copies import apply, contiguous
from support.driving import differences

from hwgen.compiler.descriptors import DescriptorRing, DescriptorWriter
from hwgen.compiler.image import MemoryImage
from hwgen.config import preset
from hwgen.config.descriptor_format import CHECKSUM_INDEX, checksum
from hwgen.config.error_causes import ErrorCause

CONFIG = preset("tiny")
SIZE, RING, RING_WORDS = 1 << 12, 1 << 13, 256


@pytest.fixture(scope="module")
def built():
    return simulator_for(CONFIG)


def flipped(words, index, bit, *, repair):
    """Words of a descriptor with one bit changed; with its checksum made right again if asked."""
    words = list(words)
    words[index] ^= 1 << bit
    if repair:
        words[CHECKSUM_INDEX] = checksum(words)
    return words


WRONG = {
    "version": (lambda words: flipped(words, 0, 20, repair=True), ErrorCause.DESCRIPTOR_VERSION),
    "checksum": (lambda words: flipped(words, len(words) - 1, 0, repair=False), ErrorCause.DESCRIPTOR_CHECKSUM),
    "unit": (lambda words: flipped(words, 2, 4, repair=True), ErrorCause.DESCRIPTOR_CONTENT),
}


class Queue:
    """The ring of a simulated cluster."""

    def __init__(self, cluster):
        self.cluster, memory = cluster, cluster.session.memory
        self.writer = DescriptorWriter(cluster.map)
        self.ring = DescriptorRing(RING, RING_WORDS, lambda address, word: memory[address:address + 4].view("<u4").__setitem__(0, word))
        program, address = Program(), cluster.map.address
        program.write(address("cluster.queue_base"), RING)
        program.write(address("cluster.queue_layout"), self.ring.layout)
        assert not cluster.play(program).errors

    def announce(self, *descriptors):
        for words in descriptors:
            tail = self.ring.place(words)
        assert self.cluster.write("cluster.queue_tail", tail) == 0

    def wait(self):
        """Until all is done with and no unit runs, or an error is held."""
        cluster, program = self.cluster, Program()
        program.idle(3000)
        cluster.play(program)
        self.ring.release(cluster.read("queue_head")["queue_head"])


def held(cluster):
    error = cluster.latched_error()
    return (error.cause, error.unit, error.address)


def prepared(cluster):
    """Random bytes everywhere, and copies that can be told apart."""
    rng = np.random.default_rng(1)
    image = MemoryImage(CONFIG.memory, rng.integers(0, 256, CONFIG.memory.size, dtype=np.uint8))
    external = rng.integers(0, 256, SIZE, dtype=np.uint8)
    cluster.session.memory[:SIZE] = external
    cluster.load(image)
    return image, external, [contiguous(CONFIG, i % 2 == 0, 300 * i + 5, 97 * i, 60 + i) for i in range(6)]


@pytest.mark.parametrize("name", WRONG)
def test_wrong_descriptor_changes_nothing_and_the_next_is_carried_out(built, name):
    spoil, cause = WRONG[name]
    with SimulatedCluster(CONFIG, built, external=ExternalMemory(latency=30), memory_size=1 << 14) as cluster:
        image, external, copies = prepared(cluster)
        queue = Queue(cluster)
        first, wrong, last = copies[:3]
        queue.announce(queue.writer.encode(first.job(), fresh=True), spoil(queue.writer.encode(wrong.job(), fresh=True)),
                       queue.writer.encode(last.job(), fresh=True))
        queue.wait()
        assert held(cluster) == (cause, len(cluster.map.units), 1)
        apply(CONFIG, first, image, external)
        assert differences(cluster.dump(), image) == [] and np.array_equal(cluster.session.memory[:SIZE], external)

        assert cluster.write("cluster.control", RESUME) == 0
        queue.wait()
        if cause is ErrorCause.DESCRIPTOR_VERSION:
            # Its length cannot be trusted, so what was announced behind it is dropped.
            assert queue.ring.head == queue.ring.tail
            queue.announce(queue.writer.encode(last.job(), fresh=True))
            queue.wait()
        apply(CONFIG, last, image, external)
        assert not cluster.latched_error()
        assert cluster.read("queue_count")["queue_count"] >= 2
        assert differences(cluster.dump(), image) == [] and np.array_equal(cluster.session.memory[:SIZE], external)


def test_overrun_is_refused_and_named(built):
    with SimulatedCluster(CONFIG, built, external=ExternalMemory(latency=30), memory_size=1 << 14) as cluster:
        image, external, copies = prepared(cluster)
        queue = Queue(cluster)
        assert cluster.write("cluster.queue_tail", RING_WORDS + 1) != 0
        assert held(cluster) == (ErrorCause.QUEUE_OVERRUN, len(cluster.map.units), 0)
        assert cluster.read("queue_head", "queue_tail") == {"queue_head": 0, "queue_tail": 0}
        assert cluster.write("cluster.control", RESUME) == 0
        queue.announce(*(queue.writer.encode(copy.job()) for copy in copies[:1]))
        queue.wait()
        apply(CONFIG, copies[0], image, external)
        assert differences(cluster.dump(), image) == [] and np.array_equal(cluster.session.memory[:SIZE], external)


def test_fetch_error_is_named_and_the_next_ring_works(built):
    broken = ExternalMemory(latency=30, errors=(ErrorRange(RING + 32, RING + 36, "read"),))
    with SimulatedCluster(CONFIG, built, external=broken, memory_size=1 << 14) as cluster:
        image, external, copies = prepared(cluster)
        queue = Queue(cluster)
        queue.announce(*(queue.writer.encode(copy.job(), fresh=True) for copy in copies[:2]))
        queue.wait()
        assert held(cluster)[::2] == (ErrorCause.DESCRIPTOR_FETCH, 0)
        cluster.session.external = ExternalMemory(latency=30)
        assert cluster.write("cluster.control", RESUME) == 0
        queue.wait()
        assert queue.ring.head == queue.ring.tail
        queue.announce(queue.writer.encode(copies[3].job(), fresh=True))
        queue.wait()
        apply(CONFIG, copies[3], image, external)
        assert differences(cluster.dump(), image) == [] and np.array_equal(cluster.session.memory[:SIZE], external)
