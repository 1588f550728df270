# SPDX-License-Identifier: Apache-2.0
"""Good programs pass; each kind of defect is refused by name."""

import random
from dataclasses import replace

import numpy as np
import pytest
from support.programs import BUFFERS, CONFIG, changed, gemm, load, program, store, with_fields
from support.tiled import random_problem

from hwgen.compiler.gemm import plan
from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.program import Buffer
from hwgen.compiler.program.check import check
from hwgen.compiler.program.program import Program
from hwgen.compiler.stream_jobs import plan_streams
from hwgen.compiler.tiled.blocks import layouts
from hwgen.compiler.tiled.places import bank_plans
from hwgen.compiler.tiled.plan import TiledPlan, default_timing, plan_tiled
from hwgen.compiler.tiled.tiling import Tiling
from hwgen.config import preset
from hwgen.config.descriptor_format import Runtime, Table
from hwgen.errors import MappingError

GOOD = program(load(0, 0, 8), gemm(0, 4, 16, waits={"A": [Wait("L", 1)], "B": [Wait("L", 1)]}, label="tile"), store(16, 256, 16, [Wait("D", 1)]))


def refused(made, config=CONFIG, **options):
    with pytest.raises(MappingError) as error:
        check(made, config, **options)
    return str(error.value)


def test_the_program_that_defects_are_planted_in_is_good():
    check(GOOD, CONFIG)
    check(GOOD, CONFIG, queue_depth=1)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name, largest", [("tiny", 40), ("small", 50), ("datamaestro", 120)])
def test_plans_of_random_problems_are_good(name, largest, seed):
    config, rng = preset(name), random.Random(f"{name} {seed}")
    tiled = plan_tiled(random_problem(config, rng, largest), config)
    offsets = {role: rng.randint(0, 63) for role in ("a", "b", "c", "out", "partial")}
    for divided in (True, False):
        check(tiled.program(tiled.place(offsets=offsets), divided=divided), config, queue_depth=rng.choice([1, 2, 4]))


@pytest.mark.parametrize("kind", ["split", "shared"])
@pytest.mark.parametrize("stationary", ["a", "b"])
@pytest.mark.parametrize("keeps_sums", [False, True])
@pytest.mark.parametrize("c, out_type", [("none", "int32"), ("bias", "int8"), ("full", "int8"), ("full", "int32")])
def test_every_kind_of_plan_is_good(kind, stationary, keeps_sums, c, out_type):
    problem = GemmProblem(5, 5, 37, False, True, c, out_type, a_zero_point=-3)
    tiling = Tiling(problem, CONFIG, stationary, 2, 2, 7, keeps_sums)
    banks = next(one for one in bank_plans(tiling, layouts(tiling)) if one.kind == kind)
    made = TiledPlan(problem, CONFIG, tiling, banks, default_timing(CONFIG), 1)
    for divided in (True, False):
        check(made.program(divided=divided), CONFIG, queue_depth=1)


@pytest.mark.parametrize("name", ["tiny", "step-1", "step-4", "datamaestro-paper", "datamaestro"])
@pytest.mark.parametrize("out_type", ["int8", "int32"])
def test_plans_in_the_scratchpad_are_good(name, out_type):
    check(plan(GemmProblem(8, 16, 8, True, True, "bias", out_type), preset(name)).program(), preset(name))


@pytest.mark.parametrize("name", ["max-pool", "elementwise-add"])
def test_programs_of_other_accelerators_are_good(name):
    config = preset(name)
    rng = np.random.default_rng(1)
    streams = plan_streams(config, [config.accelerator.example(rng) for _ in range(3)])
    buffers = [Buffer(port, "scratchpad", place.base, place.size, "input" if config.streamers[port].reads else "output", place.group)
               for port, place in streams.places.items()]
    check(Program.of(config, buffers, streams.jobs()), config)


def test_a_large_program_is_good():
    config = preset("datamaestro")
    made = plan_tiled(GemmProblem(512, 512, 512, out_type="int8"), config).program()
    assert len(made.jobs) > 300
    check(made, config)


def entry(unit, job=1, **values):
    return changed(GOOD, job, unit, **values)


@pytest.mark.parametrize("made, message", [
    (replace(GOOD, config_hash="0123456789abcdef"), f"config hash of the program must be that of tiny, {CONFIG.config_hash}, not '0123456789abcdef' of tiny"),
    (replace(GOOD, jobs=(replace(GOOD.jobs[0], cluster=1),)), "jobs[0].cluster must be 0, the only one there is, not 1"),
    (replace(GOOD, jobs=(Job(),)), "jobs[0].entries must have a unit or more, not none"),
    (replace(GOOD, jobs=(Job({"F": Entry({})}),)), "jobs[0].entries.F: a job has entries for the units A, B, C"),
    (with_fields(GOOD, 1, "A", speed=1), "jobs[1].entries.A: unit A has no field 'speed'"),
    (with_fields(GOOD, 1, "A", temporal_bound_0=1 << 16), "jobs[1].entries.A: unit A: temporal_bound_0 must be within 0..65535, not 65536"),
    (with_fields(GOOD, 1, "A", wait_0_enable=1), "jobs[1].entries.A: field wait_0_enable must be left out; waits and signals have keys of their own"),
    (with_fields(GOOD, 1, "A", interrupt=1), "jobs[1].entries.A: field interrupt must be left out"),
    (entry("A", waits=tuple(Wait("L", 1) for _ in range(5))), "jobs[1].entries.A: a job entry can wait for 4 things, not 5"),
    (entry("A", waits=(Wait("F", 1),)), "jobs[1].entries.A: a job entry waits for a unit or semaphore_<number>, not 'F'"),
    (entry("A", waits=(Wait("semaphore_8", 1),)), "jobs[1].entries.A: unit A: wait_0_source must be within 0..19, not 20"),
    (entry("A", waits=(Wait("semaphore_1", 256),)), "jobs[1].entries.A: count of waits[0] must be within 0..255, not 256"),
    (entry("A", waits=(Wait("L", -1),)), "jobs[1].entries.A: count of waits[0] must be 0 or more, not -1"),
    (entry("A", signal=Signal(8)), "jobs[1].entries.A: unit A: signal_semaphore must be within 0..7, not 8"),
    (with_fields(GOOD, 1, "A", addressing_mode=Runtime(1)), "a value that is not known beforehand must be alone in its register, not 'addressing_mode' in options"),
    (with_fields(GOOD, 1, "A", base=Runtime(16)), "jobs[1].entries.A: unit A: base must come from a run-time register within 0..15, not 16"),
    (with_fields(GOOD, 1, "A", base=Table(6, 1)), "jobs[1].entries.A: unit A: base must come from a table at a multiple of 4 of 32 bits, not 6"),
    (entry("A", waits=(Wait("L", 2),)), "waits[0] of jobs[1] (tile) A can never be met: it is for L #2, and L has 1 entries"),
    (entry("A", waits=(Wait("semaphore_3", 2),)), "waits[0] of jobs[1] (tile) A can never be met: entries up to it take 2 from semaphore_3, to which the program gives 0"),
])
def test_refuses_what_the_cluster_does_not_have(made, message):
    assert message in refused(made)


def test_refuses_values_of_run_time_registers_where_they_do_not_exist():
    config = preset("datamaestro-paper")
    made = Program.of(config, [], [Job({"A": Entry({"base": Runtime(1)})})])
    assert "base must be a number, as datamaestro-paper has no dma.descriptors" in refused(made, config)


@pytest.mark.parametrize("made, message", [
    (with_fields(GOOD, 1, "A", temporal_bound_0=2), "words of stream A must be as many as are taken, not 2 brought and 1 taken by the end of jobs[1] (tile), 2 and 1 in all"),
    (with_fields(GOOD, 1, "core", steps=2), "words of stream A must be as many as are taken, not 1 brought and 2 taken by the end of jobs[1] (tile)"),
    (with_fields(GOOD, 1, "D", temporal_bound_1=2, temporal_stride_1=16), "words of stream D must be as many as are taken, not 1 brought and 2 taken"),
    (with_fields(GOOD, 1, "core", add_c=1), "words of stream C must be as many as are taken, not 0 brought and 1 taken"),
    (with_fields(GOOD, 1, "core", quantize=1), "words of stream sums must be as many as are taken, not 1 brought and 0 taken"),
    (with_fields(GOOD, 0, "load", run_bytes=7), "both sides of a copy must move as many bytes, not 7 (jobs[0] load) and 8 (jobs[0] L)"),
    (with_fields(GOOD, 2, "S", run_bytes=0), "both sides of a copy must have an entry, not only jobs[2] store, of 16 bytes"),
    (with_fields(GOOD, 0, "L", temporal_bound_0=0), "both sides of a copy must have an entry, not only jobs[0] load, of 8 bytes"),
])
def test_refuses_streams_out_of_step(made, message):
    assert message in refused(made)


def test_names_the_first_job_from_which_words_are_too_few():
    jobs = [gemm(0, 4, 16 * i, label=f"tile {i}") for i in range(1, 6)]
    made = with_fields(program(*jobs), 3, "B", temporal_bound_0=0)
    assert "words of stream B must be as many as are taken, not 3 brought and 4 taken by the end of jobs[3] (tile 4), 4 and 5 in all" in refused(made)


def test_words_may_be_brought_by_several_entries():
    halves = [Job({"C": gemm(0, 4, 16, c=16 * i).entries["C"], "D": gemm(0, 4, 16 * i).entries["D"]}) for i in (1, 2)]
    whole = gemm(0, 4, 0, tiles=2, c=0)
    check(program(Job({unit: whole.entries[unit] for unit in ("A", "B", "core")}), *halves), CONFIG)


@pytest.mark.parametrize("made, message", [
    (with_fields(GOOD, 1, "A", base=1), "jobs[1] (tile) A: streamer A accesses a byte address that is no bank word's"),
    (with_fields(GOOD, 1, "A", base=2048), "jobs[1] (tile) A: streamer A accesses byte 2048 to 2050, outside of 2048"),
    (with_fields(GOOD, 1, "A", base=-4), "jobs[1] (tile) A: streamer A accesses byte -4 to -2, outside of 2048"),
    (with_fields(GOOD, 1, "D", base=18), "jobs[1] (tile) D: streamer D accesses a bank that its channel does not reach"),
    (with_fields(GOOD, 0, "L", base=2044), "jobs[0] L: streamer L accesses bytes outside of the 2048 there are"),
    (with_fields(GOOD, 1, "A", base=1024), "jobs[1] (tile) A #1 must stay within the program's buffers, not touch scratchpad byte 1024 by 8 (bank 0, row 64)"),
    (with_fields(GOOD, 1, "A", base=512, addressing_mode=1), "jobs[1] (tile) A #1 must stay within the program's buffers, not touch scratchpad byte 512 by 4 (bank 0, row 64)"),
    (with_fields(GOOD, 0, "L", base=1020), "jobs[0] L #1 must stay within the program's buffers, not touch scratchpad byte 1024 by 8 (bank 0, row 64)"),
    (with_fields(GOOD, 2, "store", external_base=760), "jobs[2] store #1 must stay within the program's buffers, not touch external byte 768"),
    (with_fields(GOOD, 0, "load", external_base=800), "jobs[0] load #1 must stay within the program's buffers, not touch external byte 800"),
    (with_fields(GOOD, 0, "load", external_base=0xFFFF_FFFC), "jobs[0] load #1 must stay within the program's buffers, not touch external byte 4294967292"),
    (with_fields(GOOD, 2, "store", external_base=250), "jobs[2] store #1 must not write buffer 'x', whose role is input, but writes external byte 250"),
    (replace(GOOD, jobs=(*GOOD.jobs, Job({"notify": Entry({"address": 252})}))), "jobs[3] notify #1 must not write buffer 'x', whose role is input, but writes external byte 252"),
    (replace(GOOD, jobs=(*GOOD.jobs, Job({"notify": Entry({"address": 258})}))), "jobs[3] notify #1 must write a word at a multiple of 4, not at 258"),
    (replace(GOOD, buffers=(replace(BUFFERS[0], role="constant"), *BUFFERS[1:])),
     "jobs[1] (tile) D #1 must not write buffer 'scratch', whose role is constant, but writes scratchpad byte 16 by 8 (bank 0, row 1)"),
    (replace(GOOD, buffers=(*BUFFERS, Buffer("hole", "external", 260, 4, "guard"))),
     "jobs[2] store #1 must not touch buffer 'hole', whose role is guard, but touches external byte 260"),
    (replace(GOOD, buffers=(*BUFFERS, Buffer("hole", "scratchpad", 6, 2, "guard", 8))), "jobs[1] (tile) B #1 must stay within the program's buffers, not touch scratchpad byte 6 by 8"),
    (replace(GOOD, buffers=(Buffer("scratch", "scratchpad", 0, 2050, "temporary", 8),)), "buffer 'scratch' must end within the scratchpad's 2048 bytes, not at 2050"),
    (replace(GOOD, buffers=(Buffer("scratch", "scratchpad", 0, 16, "temporary", 16),)), "group of buffer 'scratch' must be one of 1, 2, 4, 8, not 16"),
    (replace(GOOD, buffers=(Buffer("x", "external", (1 << 32) - 4, 8, "input"),)), "buffer 'x' must end within the 4294967296 bytes of external addresses, not at 4294967300"),
])
def test_refuses_accesses_beyond_bounds(made, message):
    assert message in refused(made)


@pytest.mark.parametrize("made, message", [
    (with_fields(GOOD, 1, "A", temporal_bound_0=65535, temporal_bound_1=65535, temporal_stride_1=4), "jobs[1] (tile) A must make 67108864 accesses at most, not 8589672450"),
    (with_fields(GOOD, 0, "L", temporal_bound_1=65535, temporal_bound_2=65535), "jobs[0] L must make 67108864 accesses at most, not 34358689800"),
    (with_fields(GOOD, 0, "load", external_bound_1=65535, external_bound_2=65535), "jobs[0] load must have 16777216 runs at most, not 4294836225"),
])
def test_refuses_what_is_beyond_any_use(made, message):
    assert message in refused(made)


def test_buffers_that_adjoin_are_one_stretch():
    check(with_fields(GOOD, 2, "store", external_base=504), CONFIG)


def test_external_buffers_need_an_external_memory():
    config = preset("datamaestro-paper")
    made = Program.of(config, [Buffer("x", "external", 0, 16, "input")], [])
    assert "space of buffer 'x' must be scratchpad, the only memory datamaestro-paper has, not external" in refused(made, config)


def test_one_entry_must_not_write_a_word_by_two_channels():
    assert "jobs[1] (tile) D must write scratchpad byte 16 by 8 (bank 0, row 1) by one channel only, not by two" in \
        refused(with_fields(GOOD, 1, "D", spatial_stride_1=0))


def test_waits_must_not_be_half_the_counter_away():
    config = preset("tiny")
    config = config.model_copy(update={"jobs": config.jobs.model_copy(update={"count_width": 8})})
    fields = {"A": {f"temporal_bound_{d}": 0 for d in range(6)}}
    jobs = [Job({"A": Entry(fields["A"])}) for _ in range(130)] + [Job({"B": Entry({}, (Wait("A", 2),))})]
    made = Program(config.name, config.config_hash, (), tuple(jobs))
    assert "waits[0] of jobs[130] B must be for one of the 127 entries of A before or after it, not A #2; 130 have been pushed by then" in refused(made, config)
    check(replace(made, jobs=(*jobs[:-1], Job({"B": Entry({}, (Wait("A", 3),))}))), config)
