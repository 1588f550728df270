# SPDX-License-Identifier: Apache-2.0
"""What the bus refuses with an error reply, and that a refusal changes nothing."""

import pytest
from hwgen.sim.program import Program
from support.driving import completed, noise, push, wait_completed, wait_idle
from support.machine import Machine, tile_job, with_waits

from hwgen.compiler.jobs import Job, Wait

OKAY, SLVERR = 0, 2


def everything(cluster):
    """Every readable register, by path; but for counters, which count on while a job waits."""
    program = Program()
    words = [(block, word) for block in cluster.map.blocks for word in block.registers
             if word.access != "wo" and word.name != "total_cycles" and not word.name.startswith("count_")]
    for block, word in words:
        program.read(block.address(word.name))
    results = cluster.play(program)
    assert not results.errors
    return {f"{block.name}.{word.name}": int(value) for (block, word), value in zip(words, results.reads, strict=True)}


def write(cluster, address, data, strobe=15):
    """Response to one write."""
    program = Program()
    program.write(address, data, strobe)
    return int(cluster.play(program).write_responses[0])


def refused(cluster, address, data, **options):
    before = everything(cluster)
    assert write(cluster, address, data, **options) == SLVERR
    assert everything(cluster) == before


@pytest.mark.parametrize("full", ["A", "D", "core"])
def test_push_into_a_full_queue(tiny, full):
    config = tiny.config
    job = tile_job(config, tiles=1, steps=1, A=0, B=0x80, D=0x200)
    waiting = with_waits(job, {full: (Wait("semaphore_2", 1),)}).entries[full]
    for _ in range(config.jobs.queue_depth):
        push(tiny, Job({full: waiting}))
    assert tiny.read(f"queue_space_{full}", "queue_full") == {
        f"queue_space_{full}": 0, "queue_full": 1 << tiny.map.unit_index(full)}
    one, every = 1 << tiny.map.unit_index(full), (1 << len(tiny.map.units)) - 1
    for mask in (one, every):
        refused(tiny, tiny.map.address("cluster.push"), mask)
    # Others have room, all that were pushed run, and no more.
    image = noise(tiny, 5)
    tiny.load(image)
    others = {name: entry for name, entry in job.entries.items() if name != full}
    for _ in range(config.jobs.queue_depth):
        push(tiny, Job(others))
    depth, width = config.jobs.queue_depth, config.jobs.semaphore_width
    assert write(tiny, tiny.map.address("cluster.signal"), depth | 2 << width) == OKAY
    wait_completed(tiny, full, depth)
    wait_idle(tiny)
    assert completed(tiny) == {unit.name: depth * (unit.name in job.entries) for unit in tiny.map.units}
    machine = Machine(config, image)
    machine.run(job)
    assert (tiny.dump().bytes == machine.image().bytes).all()


def gap(registers):
    """An address within a unit's block, behind its last register."""
    return next(block.end for block, after in zip(registers.unit_blocks, registers.unit_blocks[1:], strict=False)
                if block.end < after.offset)


def test_illegal_register_writes(tiny):
    registers = tiny.map
    width, count_width = tiny.config.streamers["A"].bound_width, tiny.config.jobs.count_width
    sources = len(registers.units) + tiny.config.jobs.semaphores
    for address, data in {
        "unknown": (registers.window_base - 4, 0),
        "between blocks": (gap(registers), 0),
        "read only": (registers.address("cluster.identification"), 0x4857_474E),
        "read-only counter": (registers.address("cluster.count_steps"), 0),
        "beyond its width": (registers.address("A.temporal_bound_0"), 1 << width),
        "far beyond its width": (registers.address("A.temporal_bound_0"), 1 << 31 | 1),
        "bits that no field has": (registers.address("B.options"), 1 << 31),
        "no such wait source": (registers.address("A.wait_0"), sources << count_width),
        "no such unit": (registers.address("cluster.push"), 1 << len(registers.units)),
        "no such window mode": (registers.address("cluster.window_mode"), 4),
        "unaligned": (registers.address("A.base") + 1, 0),
    }.values():
        refused(tiny, address, data)
    for strobe in range(15):
        refused(tiny, registers.address("A.base"), 0x1234, strobe=strobe)
        refused(tiny, registers.address("cluster.push"), 1, strobe=strobe)


def test_illegal_mode_on_a_config_whose_modes_do_not_fill_the_field(paper):
    """Two modes take one bit; the next bit switches an extension, and what follows is nobody's."""
    refused(paper, paper.map.address("A.options"), 1 << 2)
    refused(paper, paper.map.address("D.options"), 1 << 1)


def test_semaphore_overflow(tiny):
    address, limit = tiny.map.address("cluster.signal"), (1 << tiny.config.jobs.semaphore_width) - 1
    assert write(tiny, address, limit) == OKAY
    refused(tiny, address, 1)
    assert tiny.read("semaphore_0") == {"semaphore_0": limit}


def test_reads_of_write_only_unknown_and_unaligned_addresses(tiny):
    program = Program()
    for address in (tiny.map.address("cluster.push"), tiny.map.window_base - 4, tiny.map.address("A.base") + 2):
        program.read(address)
    assert set(tiny.play(program).read_responses) == {SLVERR}


def test_refused_value_does_not_reach_a_job(tiny):
    """The legal value before it does."""
    image = noise(tiny, 7)
    tiny.load(image)
    job, program = tile_job(tiny.config, tiles=1, steps=1, A=0, B=0x80, D=0x200), Program()
    writes = list(tiny.writer.writes(job))
    for address, value in writes[:-1]:
        program.write(address, value)
    program.write(tiny.map.address("core.tiles"), 1 << 31)
    program.write(*writes[-1])
    results = tiny.play(program)
    assert results.errors == 1
    wait_completed(tiny, "D", 1)
    machine = Machine(tiny.config, image)
    machine.run(job)
    assert (tiny.dump().bytes == machine.image().bytes).all()
