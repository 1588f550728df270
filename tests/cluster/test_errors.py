# SPDX-License-Identifier: Apache-2.0
"""Wrong accesses: suppressed, reported exactly, and nothing that depends on them starts."""

from dataclasses import replace

import pytest
from hwgen.sim.cluster import FLUSH, RESUME
from hwgen.sim.program import Program
from support.driving import add_push, completed, differences, noise, push, wait_completed, wait_idle
from support.machine import Machine, tile_job, walk, with_waits

from hwgen.compiler.jobs import Job, Wait
from hwgen.config import preset

A, B, C, D, E = 0x000, 0x080, 0x100, 0x200, 0x300
BASES = {"A": A, "B": B, "C": C, "D": D, "E": E}
CAUSES = {"outside": 1, "unaligned": 2, "beyond reach": 3}


def wrong_step(config, name, cause):
    """Byte address of a step that errs for the given cause, and the first channel that does."""
    memory, streamer = config.memory, config.streamers[name]
    reach = 1 if streamer.reach == "all" else streamer.reach
    if cause != "outside":
        return BASES[name] + (1 if cause == "unaligned" else memory.word_bytes), 0
    channel = streamer.channels - reach
    return memory.size - channel * memory.word_bytes, channel


def wrong_job(config, name, cause):
    """A job whose streamer ``name`` errs from its second step on; address and channel of the first wrong access."""
    out = "E" if name == "E" else "D"
    job = tile_job(config, tiles=2, steps=2, out=out, **{unit: BASES[unit] for unit in ("A", "B", "C", out)})
    pointer, channel = wrong_step(config, name, cause)
    fields = walk(config, name, 0, BASES[name], loops=[(4 if name in "AB" else 2, pointer - BASES[name])])
    job.entries[name] = replace(job.entries[name], fields=fields)
    return job, pointer + channel * config.memory.word_bytes, channel


LIMITED = [name for name, streamer in preset("tiny").streamers.items() if streamer.reach != "all"]
KINDS = [(name, cause) for name in "ABCDE" for cause in CAUSES if cause != "beyond reach" or name in LIMITED]


def info(cluster):
    values = cluster.read("error_info", "error_address", "error_job", "status", "interrupt_status")
    word = values["error_info"]
    return {"cause": word & 15, "unit": word >> 4 & 31, "channel": word >> 9, "address": values["error_address"],
            "job": values["error_job"], "held": values["status"] >> len(cluster.map.units) & 1,
            "interrupt": values["interrupt_status"] >> 1}


CLEAR = {"cause": 0, "held": 0, "interrupt": 0}


def shown(cluster, *names):
    return {name: value for name, value in info(cluster).items() if name in names}


def control(cluster, bits):
    assert cluster.write("cluster.control", bits) == 0


def good_job(config, out="D", **options):
    return tile_job(config, tiles=2, steps=2, out=out, A=A, B=B, C=C, **{out: BASES[out]}, **options)


@pytest.mark.parametrize("name, cause", KINDS)
def test_suppressed_and_reported(tiny, name, cause):
    """Exactly what the model does: reads give zero, writes do nothing; the job before and itself complete."""
    config, image = tiny.config, noise(tiny, 1)
    job, address, channel = wrong_job(config, name, cause)
    before = good_job(config, "E" if name == "E" else "D")
    tiny.load(image)
    machine = Machine(config, image)
    push(tiny, before)
    wait_completed(tiny, "E" if name == "E" else "D", 1)
    push(tiny, job)
    wait_idle(tiny)
    for each in (before, job):
        machine.run(each)
    assert completed(tiny) == {unit.name: 2 * (unit.name in job.entries) for unit in tiny.map.units}
    assert not differences(tiny.dump(), machine.image())
    assert info(tiny) == {"cause": CAUSES[cause], "unit": tiny.map.unit_index(name), "channel": channel,
                          "address": address, "job": 1, "held": 1, "interrupt": 1}


@pytest.mark.parametrize("name, cause", KINDS)
def test_dependents_and_queued_jobs_start_only_after_resume(tiny, name, cause):
    config, image = tiny.config, noise(tiny, 2)
    job, *_ = wrong_job(config, name, cause)
    after = good_job(config, out="D" if name == "E" else "E")
    later = with_waits(after, dict.fromkeys(after.entries, (Wait(name, 1),)))
    tiny.load(image)
    machine = Machine(config, image)
    push(tiny, job, later)
    wait_idle(tiny)
    once = {unit.name: int(unit.name in job.entries) for unit in tiny.map.units}
    assert completed(tiny) == once
    # Time does not change that, nor does another push.
    push(tiny, later)
    program = Program()
    program.idle(500)
    tiny.play(program)
    assert completed(tiny) == once
    machine.run(job)
    assert not differences(tiny.dump(), machine.image())

    control(tiny, RESUME)
    wait_completed(tiny, "D" if name == "E" else "E", 2)
    wait_idle(tiny)
    machine.run(after)
    assert completed(tiny) == {unit: once[unit] + 2 * (unit in after.entries) for unit in once}
    assert not differences(tiny.dump(), machine.image())
    assert shown(tiny, "cause", "held") == {"cause": 0, "held": 0}


@pytest.mark.parametrize("name, cause", KINDS)
def test_flush_and_resume_leave_a_cluster_as_good_as_new(tiny, name, cause):
    config, image = tiny.config, noise(tiny, 3)
    job, *_ = wrong_job(config, name, cause)
    queued = tile_job(config, tiles=3, steps=1, A=A, B=B, D=0x500)
    waiting = with_waits(queued, dict.fromkeys(queued.entries, (Wait(name, 1), Wait("semaphore_1", 1))))
    tiny.load(image)
    machine = Machine(config, image)
    push(tiny, job, waiting, waiting)
    wait_idle(tiny)
    control(tiny, RESUME | FLUSH)
    spaces = [f"queue_space_{unit.name}" for unit in tiny.map.units]
    assert tiny.read(*spaces) == dict.fromkeys(spaces, config.jobs.queue_depth)
    good = good_job(config)
    done = completed(tiny)["D"]
    push(tiny, good)
    wait_completed(tiny, "D", done + 1)
    wait_idle(tiny)
    for each in (job, good):
        machine.run(each)
    assert not differences(tiny.dump(), machine.image())
    assert shown(tiny, "cause", "held") == {"cause": 0, "held": 0}


def test_only_the_first_error_is_kept_until_resume(tiny):
    first, address, _ = wrong_job(tiny.config, "C", "beyond reach")
    second, *_ = wrong_job(tiny.config, "A", "unaligned")
    late, later_address, _ = wrong_job(tiny.config, "D", "outside")
    push(tiny, first)
    wait_idle(tiny)
    push(tiny, second)
    assert shown(tiny, "unit", "address", "job") == {"unit": 2, "address": address, "job": 0}
    control(tiny, FLUSH | RESUME)
    tiny.write("cluster.interrupt_status", 3)
    assert shown(tiny, "cause", "held", "interrupt") == CLEAR
    push(tiny, late)
    wait_idle(tiny)
    assert shown(tiny, "unit", "address", "job", "interrupt") == {
        "unit": 3, "address": later_address, "job": 1, "interrupt": 1}


@pytest.mark.parametrize("name", ["A", "B", "C", "D", "E", "core", "quantizer"])
def test_zero_bound_completes_at_once_and_moves_nothing(tiny, name):
    config, image = tiny.config, noise(tiny, 4)
    tiny.load(image)
    block = tiny.map.block(name)
    zeros = [f for word in block.registers for f in word.fields if "bound" in f.name or f.name in ("steps", "tiles")]
    for zero in zeros:
        fields = {field.name: 1 for field in zeros} | {zero.name: 0}
        push(tiny, Job({name: tile_entry(config, name, fields)}))
    wait_completed(tiny, name, len(zeros))
    assert completed(tiny) == {unit.name: len(zeros) * (unit.name == name) for unit in tiny.map.units}
    assert not differences(tiny.dump(), image)
    done = completed(tiny)
    job = good_job(config, out="E" if name in ("E", "quantizer") else "D")
    machine = Machine(config, image)
    machine.run(job)
    push(tiny, job)
    last = next(unit for unit in "ED" if unit in job.entries)
    wait_completed(tiny, last, done[last] + 1)
    wait_idle(tiny)
    assert not differences(tiny.dump(), machine.image())


def tile_entry(config, name, fields):
    entry = good_job(config, out="E" if name in ("E", "quantizer") else "D").entries[name]
    return replace(entry, fields=entry.fields | fields)


@pytest.mark.parametrize("pause", range(0, 60, 3))
def test_reset_in_the_middle_leaves_memory_and_a_working_cluster(tiny, pause):
    config, image = tiny.config, noise(tiny, pause)
    tiny.load(image)
    program, out = Program(), "DE"[pause % 2]
    add_push(tiny, program, tile_job(config, tiles=4, steps=4, out=out, A=A, B=B, C=C, **{out: 0x500}))
    program.idle(pause)
    tiny.play(program)
    tiny.reset()
    left = tiny.dump()
    written = {(b, r) for b, r in differences(left, image)}
    assert all(0x500 <= (r * config.memory.banks + b) * config.memory.word_bytes < 0x600 for b, r in written)
    assert completed(tiny) == {unit.name: 0 for unit in tiny.map.units}
    machine, job = Machine(config, left), good_job(config)
    push(tiny, job)
    wait_completed(tiny, "D", 1)
    wait_idle(tiny)
    machine.run(job)
    assert not differences(tiny.dump(), machine.image())


def test_a_step_that_is_held_up_errs_once(tiny):
    """A reader whose job stalls at wrong accesses does not keep what it stalls for from starting after a resume."""
    config, image = tiny.config, noise(tiny, 5)
    job = tile_job(config, tiles=4, steps=12, A=A, B=B, D=D)
    size = 2 * config.memory.word_bytes
    job.entries["A"] = replace(job.entries["A"], fields=walk(config, "A", 0, A + 1, loops=[(48, size)]))
    tiny.load(image)
    machine = Machine(config, image)
    push(tiny, Job({"A": job.entries["A"]}))
    program = Program()
    program.idle(300)
    tiny.play(program)
    assert shown(tiny, "cause", "unit", "held") == {"cause": 2, "unit": 0, "held": 1}
    push(tiny, Job({name: entry for name, entry in job.entries.items() if name != "A"}))
    # Steps that come while the first error is held count as part of it; those after the resume may err again.
    for _ in range(60):
        control(tiny, RESUME)
        tiny.play(program)
        if completed(tiny)["D"]:
            break
    control(tiny, RESUME)
    machine.run(job)
    assert completed(tiny) == {unit.name: int(unit.name in job.entries) for unit in tiny.map.units}
    assert not differences(tiny.dump(), machine.image())
