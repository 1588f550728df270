# SPDX-License-Identifier: Apache-2.0
"""Descriptors as written and read in Python; what cannot be written or read is refused by name."""

import random
import re

import pytest

from hwgen.compiler.descriptors import (
    DescriptorError,
    DescriptorRing,
    DescriptorWriter,
    Runtime,
    Table,
    decode,
    decode_all,
)
from hwgen.compiler.jobs import BusWriter, Entry, Job, Signal, Wait
from hwgen.config import preset
from hwgen.config.descriptor_format import checksum
from hwgen.config.register_map import RegisterMap
from hwgen.errors import MappingError
from hwgen.soc.descriptors.model import DescriptorModel

MAP = RegisterMap(preset("tiny"))
JOBS = [
    Job({"A": Entry({"base": 64, "temporal_bound_0": 4}, (Wait("D", 3), Wait("semaphore_2", 1))), "core": Entry({"tiles_k": 2} if "tiles_k" in {f.name for f in MAP.block("core").unit.fields} else {}, signal=Signal(1, 2), interrupt=True)}),
    Job({"A": Entry({"base": -64, "temporal_bound_0": 4})}),
    Job({"A": Entry({"base": -64, "temporal_bound_0": 4}), "B": Entry({})}),
]


def test_what_is_written_does_what_bus_writes_do():
    writer, bus, model = DescriptorWriter(MAP), BusWriter(MAP), DescriptorModel(MAP, lambda address: None)
    held = {block.address(word.name): word.reset for block in MAP.unit_blocks for word in block.registers}
    for job in JOBS * 2:
        held |= dict(bus.writes(job))
        pushes = model.run(writer.encode(job), [])
        assert [name for name, _ in pushes] == list(job.entries)
        for name, values in pushes:
            block = MAP.block(name)
            assert values == {word.name: held[block.address(word.name)] for word in block.registers}


def test_only_differences_are_written():
    writer = DescriptorWriter(MAP)
    first = writer.encode(JOBS[1])
    assert len(first) == 2 + 1 + 2, "base and bound differ from reset"
    assert len(writer.encode(JOBS[1])) == 3
    assert len(writer.encode(JOBS[1], fresh=True)) == 5
    writer.forget()
    assert writer.encode(JOBS[1]) == writer.encode(JOBS[1], fresh=True)


def test_a_refused_job_is_not_counted_as_written():
    writer = DescriptorWriter(MAP)
    with pytest.raises(MappingError):
        writer.encode(Job({"A": Entry({"base": 5}), "B": Entry({"base": 1 << 40})}))
    assert writer.encode(Job({"A": Entry({})})) == DescriptorWriter(MAP).encode(Job({"A": Entry({})}))


def test_values_of_run_time_are_written_again_each_time():
    writer = DescriptorWriter(MAP)
    job = Job({"A": Entry({"base": Runtime(2, -8), "temporal_bound_0": Table(0x100, 3)})})
    first = decode(writer.encode(job), MAP)
    assert first.sections[0].values == {"base": Runtime(2, 0xFFFF_FFF8), "temporal_bound_0": Table(0x100, 3)}
    assert decode(writer.encode(job), MAP).sections[0].values == first.sections[0].values
    assert str(first).splitlines()[1:] == [
        "  A", "    base = runtime_2 + 0xFFFFFFF8", "    temporal_bound_0 = word at 0x100 + 4 * runtime_3"]


@pytest.mark.parametrize(("entries", "message"), [
    ({}, "must have an entry for a unit or more, not none"),
    ({"Z": Entry({})}, "a job has entries for the units .*, not 'Z'"),
    ({"A": Entry({"basis": 1})}, "unit A has no field 'basis'"),
    ({"A": Entry({"base": 1 << 31})}, "unit A: base must be within"),
    ({"A": Entry({"base": Runtime(16)})}, r"must come from a run-time register within 0\.\.15, not 16"),
    ({"A": Entry({"base": Table(6, 0)})}, "must come from a table at a multiple of 4 of 32 bits, not 6"),
    ({"A": Entry({"addressing_mode": Runtime(0)})}, "must be alone in its register, not 'addressing_mode' in options"),
])
def test_refuses_jobs(entries, message):
    with pytest.raises(MappingError, match=message):
        DescriptorWriter(MAP).encode(Job(entries))


def test_refuses_more_words_than_hardware_buffers():
    config = preset("tiny")
    small = config.model_copy(update={"dma": config.dma.model_copy(update={"descriptors": config.dma.descriptors.model_copy(update={"buffer_words": 64})})})
    registers = RegisterMap(small)
    full = {block.name: Entry({f.name: f.highest for f in block.unit.fields}) for block in registers.unit_blocks}
    with pytest.raises(MappingError, match="must have 64 words at most, not 1[0-9][0-9]"):
        DescriptorWriter(registers).encode(Job(full))


def test_refuses_clusters_without_a_queue():
    config = preset("tiny").model_copy(update={"dma": None})
    with pytest.raises(MappingError, match="must have dma.descriptors for jobs in memory, not 'tiny'"):
        DescriptorWriter(RegisterMap(config))


def test_every_flipped_bit_is_refused_by_name():
    words = DescriptorWriter(MAP).encode(JOBS[0])
    seen = set()
    for index in range(len(words)):
        for bit in range(32):
            changed = [word ^ ((i == index) << bit) for i, word in enumerate(words)]
            with pytest.raises(DescriptorError) as refusal:
                decode(changed, MAP)
            seen.add(refusal.value.cause.name)
    assert seen == {"DESCRIPTOR_VERSION", "DESCRIPTOR_CHECKSUM", "DESCRIPTOR_CONTENT"}


def test_reads_one_descriptor_after_the_other():
    writer = DescriptorWriter(MAP)
    words = [word for job in JOBS for word in writer.encode(job)]
    assert [[s.unit for s in d.sections] for d in decode_all(words, MAP)] == [list(job.entries) for job in JOBS]
    with pytest.raises(DescriptorError, match=re.escape(f"DESCRIPTOR_CONTENT: a descriptor's length must be within 3..{len(words) - 1}")):
        decode([words[0] & ~0xFFFF | 200, *words[1:-1]], MAP)


def test_ring_wraps_and_counts_modulo_its_registers():
    memory, rng = {}, random.Random(0)
    ring = DescriptorRing(0x100, 16, memory.__setitem__)
    ring.tail = ring.head = 0xFFFF_FFFA
    assert ring.layout == 4
    placed = []
    for _ in range(20):
        words = [rng.randrange(1 << 32) for _ in range(5)]
        start = ring.tail
        assert ring.place(words) == (start + 5) % (1 << 32) == ring.tail
        placed = [memory[0x100 + 4 * ((start + i) % 16)] for i in range(5)]
        assert placed == words and ring.room == 11
        ring.release(ring.tail)
    assert set(memory) == set(range(0x100, 0x140, 4))
    ring.place([0] * 16)
    with pytest.raises(MappingError, match="the ring has room for 0 words until head moves, not 1"):
        ring.place([1])
    with pytest.raises(MappingError, match="queue_head must be within"):
        ring.release(ring.tail + 1)


@pytest.mark.parametrize(("base", "size", "message"), [
    (2, 16, "base must be a multiple of 4, not 2"), (0, 24, "size must be a power of two up to 1048576 words, not 24"),
    (0, 1 << 21, "not 2097152"), (0, 0, "not 0")])
def test_refuses_rings(base, size, message):
    with pytest.raises(MappingError, match=message):
        DescriptorRing(base, size, print)


def test_checksum_is_that_of_zlib_over_all_other_bytes():
    assert checksum([0x3433_3231, 0xFFFF_FFFF, 0x3837_3635]) == 0x9AE0_DAAF
