# SPDX-License-Identifier: Apache-2.0
"""Jobs of every kind of mapping are right in any order that their waits allow, and come in the order that holds nobody up."""

import numpy as np
import pytest
from support.conv import CONFIGS, mappings

from hwgen.compiler.conv.buffers import place_buffers
from hwgen.compiler.conv.golden import golden_conv
from hwgen.compiler.conv.jobs import PIECE_STEPS, ConvJobs
from hwgen.compiler.conv.plan import ConvPlan
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.tiling import ConvTiling
from hwgen.compiler.interpreter import InterpretedCluster
from hwgen.compiler.jobs import Wait
from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.program.check import check
from hwgen.compiler.tiled.contents import Held
from hwgen.compiler.tiled.plan import default_timing

CONFIG = CONFIGS["datamaestro"]
BASE = {"A": 65530, "L": 65500, "S": 3, "D": 65535, "store": 65530, "core": 9}
"""Entries that units had completed before, so that counts wrap on the way."""


def carry_out(plan, seed, *, order, queue_depth=None, divided=True):
    """Check and carry out a mapping; the result is right and nothing else in external memory has changed."""
    config, problem = plan.config, plan.problem
    places = plan.place(offsets={"a": seed % 11, "b": seed % 5, "out": seed % 7})
    check(plan.program(places, divided=divided), config, queue_depth=queue_depth, serial=not divided)
    noise = np.random.default_rng(seed)
    external = noise.integers(0, 256, places.end + 64, dtype=np.uint8)
    scratchpad = noise.integers(0, 256, (config.memory.words, config.memory.word_bytes), dtype=np.uint8)
    arrays = random_operands(problem, seed, config.accelerator.core)
    plan.store(arrays, places, external)
    before = external.copy()
    machine = InterpretedCluster(config, scratchpad, external, seed=order, queue_depth=queue_depth)
    machine.completed |= BASE
    machine.run(plan.jobs(places, BASE, divided=divided))
    np.testing.assert_array_equal(plan.load(places, external), golden_conv(problem, arrays, config.accelerator.core))
    out = places["out"]
    before[out.address:out.end] = external[out.address:out.end]
    np.testing.assert_array_equal(external, before)


@pytest.mark.parametrize("name, index", [(name, index) for name in CONFIGS for index in range(14)])
def test_mappings_of_every_kind_are_right_in_any_order(name, index):
    found = mappings(name)
    plan, seed = found[index * (len(found) - 1) // 13]
    carry_out(plan, seed, order=index if index % 2 else None, queue_depth=(None, 1, 2)[index % 3], divided=index % 4 != 0)


def mapped(problem, *, rows, n, k=None, outer="m", kind="halves", a_buffers=2, whole=False):
    """A plan of a tiling, in buffers of one kind."""
    tiling = ConvTiling(problem, CONFIG, "pixels", outer, rows, problem.out_size[1], n, k or -(-problem.channels // 8), whole)
    buffers = next(buffers for buffers in place_buffers(tiling, divided=True) if buffers.kind == kind and len(buffers.pools["a"]) == a_buffers)
    return ConvPlan(problem, CONFIG, tiling, buffers, default_timing(CONFIG), 0)


def listed(plan):
    """What each job is, in order: a fill, a load into some role's buffer, a phase or a store."""
    found = []
    for job in plan.jobs(plan.place()):
        fields = {unit: entry.fields for unit, entry in job.entries.items()}
        if "load" in fields:
            base, group = fields["L"]["base"], CONFIG.dma.load.groups[fields["L"]["addressing_mode"]]
            (name,) = [buffer.name for pool in plan.buffers.pools.values() for buffer in pool
                       if buffer.group == group and buffer.base <= base < buffer.base + buffer.size]
            found.append(("fill " if fields["load"].get("fill", 0) else "load ") + name)
        else:
            found.append("phase" if "A" in fields else "store" if "S" in fields else "rest")
    return found


PADDED = ConvProblem(16, 8, 16, 32, (3, 3), padding=(1, 1, 1, 1), out_type="int8", a_zero_point=-7)


def test_no_unit_runs_before_the_first_blocks_are_there():
    jobs = mapped(PADDED, rows=4, n=2).jobs(mapped(PADDED, rows=4, n=2).place())
    number = next(index for index, job in enumerate(jobs) if "core" in job.entries)
    loads = sum("L" in job.entries for job in jobs[:number])
    first, second = [job for job in jobs if "core" in job.entries][:2]
    assert set(first.entries) == {"A", "B", "core", "quantizer", "E"}
    assert all(entry.waits == (Wait("L", loads),) for entry in first.entries.values())
    assert not any(second.entries[unit].waits for unit in ("core", "quantizer"))


def test_fills_come_before_the_copies_of_their_tile():
    found = listed(mapped(PADDED, rows=4, n=2))
    first = found.index("phase")
    before = [job for job in found[:first] if job.endswith("a0")]
    assert before == [*["fill a0"] * 3, "load a0"], "above, and at both sides"
    later = [job for job in found[first:] if job.endswith(("a0", "a1"))]
    assert later == ["fill a1", "fill a1", "load a1", "load a0", "fill a1", "load a1"], "sides are filled once in each buffer, and the last band below"


def test_narrow_bands_fill_their_sides_each_time():
    tiling = ConvTiling(PADDED, CONFIG, "pixels", "m", 1, 3, 4, 2)
    buffers = next(place_buffers(tiling, divided=True))
    plan = ConvPlan(PADDED, CONFIG, tiling, buffers, default_timing(CONFIG), 0)
    found = listed(plan)
    # Bands of 3, 3 and 2 columns: the first lacks one on the left, the last on the right; above and below, whole rows.
    assert sum(job.startswith("fill") for job in found) == 16 * 2 + 2 * 3
    carry_out(plan, 3, order=1)


@pytest.mark.parametrize("outer", "mn")
@pytest.mark.parametrize("rows", [3, 5, 7, 16])
@pytest.mark.parametrize("kernel, padding", [((3, 3), (1, 1, 1, 1)), ((5, 3), (4, 0, 0, 2)), ((2, 2), (0, 1, 1, 0))])
def test_padding_is_there_in_tiles_of_any_height(outer, rows, kernel, padding):
    problem = ConvProblem(10, 6, 8, 24, kernel, padding=padding, batch=2, out_type="int32", a_zero_point=77)
    carry_out(mapped(problem, rows=min(rows, problem.out_size[0]), n=2, outer=outer), rows, order=rows)


def test_a_lower_tile_leaves_sides_to_be_filled():
    """A buffer counts as filled once a tile of full height has been there, and never if bands are parts of rows."""
    plan = mapped(ConvProblem(10, 8, 16, 32, (3, 3), padding=(1, 1, 1, 1), out_type="int8"), rows=4, n=2)
    jobs = ConvJobs(plan.tiling, plan.buffers, plan.place())
    whole, middle, low = (next(phase for phase in jobs.phases if phase.m.index == index) for index in range(3))
    held = Held(plan.buffers.pools["a"][0])
    counts = [len(jobs._fills(held, phase)) for phase in (low, middle, low, whole, middle)]
    assert counts == [3, 2, 1, 1, 0]


def test_blocks_are_asked_for_before_the_phase_that_uses_them_and_after_the_one_that_frees_them():
    found = listed(mapped(ConvProblem(8, 8, 16, 96, (3, 3), out_type="int8"), rows=6, n=2))
    # The third block replaces the first, as soon as the phase behind that has been pushed.
    loads = {number: found[:found.index("phase")].count(f"load b{number}") for number in (0, 1)}
    phases = [index for index, job in enumerate(found) if job == "phase"]
    assert loads == {0: 1, 1: 0} and len(phases) == 6
    between = [[job for job in found[one:other] if job.startswith("load b")] for one, other in zip(phases, [*phases[1:], len(found)], strict=True)]
    assert between == [["load b1"], ["load b0"], ["load b1"], ["load b0"], ["load b1"], []]


def test_filters_in_one_quarter_are_all_loaded_beforehand():
    found = listed(mapped(PADDED, rows=4, n=2, kind="quarters"))
    assert [job for job in found[:found.index("phase")] if job.startswith("load b")] == ["load b0", "load b1"]
    assert not [job for job in found[found.index("phase"):] if job.startswith("load b")]


def test_blocks_of_filters_come_in_short_pieces():
    plan = mapped(ConvProblem(8, 8, 64, 64, (3, 3), out_type="int8"), rows=6, n=4)
    pieces = [job.entries["L"].fields["run_bytes"] for job in plan.jobs(plan.place()) if "B" not in job.entries and "L" in job.entries
              and job.entries["L"].fields["base"] >= plan.buffers.pools["b"][0].base and job.entries["L"].fields["addressing_mode"] == 2]
    # A tile of 4608 bytes is more than half a piece.
    assert pieces == [4608] * 8 and PIECE_STEPS == 64
    small = mapped(ConvProblem(8, 8, 8, 64, (3, 3), out_type="int8"), rows=6, n=4)
    counts = [job.entries["L"].fields["run_bytes"] for job in small.jobs(small.place()) if "L" in job.entries and job.entries["L"].fields["addressing_mode"] == 2]
    assert counts == [4 * 576] * 2


def test_stores_follow_the_next_phase_where_results_have_two_buffers():
    found = [job for job in listed(mapped(PADDED, rows=4, n=2)) if job in ("phase", "store")]
    assert found == ["phase", *["phase", "store"] * 7, "store"]
    alone = mapped(PADDED, rows=16, n=2, a_buffers=2)
    assert [job for job in listed(alone) if job in ("phase", "store")] == ["phase", "phase", "store", "store"]


@pytest.mark.parametrize("name", CONFIGS)
def test_the_last_store_alone_raises_the_interrupt(name):
    for plan, _ in mappings(name)[::8]:
        jobs = plan.jobs(plan.place())
        interrupts = [(number, unit) for number, job in enumerate(jobs) for unit, entry in job.entries.items() if entry.interrupt]
        assert interrupts == [(len(jobs) - 1, "store")]
