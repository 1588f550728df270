# SPDX-License-Identifier: Apache-2.0
"""What the model refuses, and what it says of jobs that never end."""

from dataclasses import replace

import pytest
from hwgen.sim.cycle_model import CycleModel
from hwgen.sim.external_memory import ExternalMemory

from hwgen.compiler.gemm import plan
from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.compiler.problem import GemmProblem
from hwgen.config import from_dict, preset
from hwgen.config.descriptor_format import Runtime, Table
from hwgen.errors import MappingError, ToolError

CONFIG = preset("tiny")


@pytest.fixture(scope="module")
def model():
    return CycleModel(CONFIG)


def job(**changes):
    """A small one; changes are of fields of A."""
    (found,) = plan(GemmProblem(6, 6, 6), CONFIG).jobs()
    entry = found.entries["A"]
    return Job(found.entries | {"A": replace(entry, fields=entry.fields | changes)})


def test_every_cycle_is_charged_once_and_every_word_counted(model):
    run = model.run([job()])
    steps = 3 * 3 * 3
    counters = run.counters
    assert counters["steps"] == steps
    assert counters["accesses_A"] == counters["accesses_B"] == 2 * steps
    assert counters["accesses_D"] == 8 * 9
    causes = [name for name in counters if name not in ("total_cycles", "cycles") and not name.startswith("accesses_")]
    assert sum(counters[name] for name in causes) == counters["total_cycles"] < run.simulated_cycles


def test_a_record_has_a_row_for_each_counted_cycle(model):
    run = model.run([job()], record=10_000)
    assert run.record.shape == (run.counters["total_cycles"], 1 + len(model.map.units))
    assert (run.record[:, 0] == 0).sum() == run.counters["steps"]
    assert model.run([job()], record=7).record.shape[0] == 7


def test_the_same_run_takes_the_same_cycles(model):
    assert model.run([job()]).counters == model.run([job()]).counters


def test_whose_turn_it_is_depends_on_the_time_since_the_reset(model):
    jobs = plan(GemmProblem(12, 12, 2, c="full"), CONFIG).jobs()
    turns = (len(CONFIG.all_streamers) + 1) * CONFIG.interconnect.fair_period
    taken = [model.run(jobs, since_reset=cycle).counters for cycle in range(turns)]
    assert len({counters["total_cycles"] for counters in taken}) > 1
    assert model.run(jobs, since_reset=turns).counters == taken[0]


def test_entries_completed_before_count(model):
    waiting = {name: replace(entry, waits=(Wait("D", 5),)) for name, entry in job().entries.items()}
    assert model.run([Job(waiting)], completed={"D": 5}).counters["steps"] == 27


def test_a_job_that_waits_for_ever(model):
    entries = job().entries | {"A": replace(job().entries["A"], waits=(Wait("D", 3),))}
    with pytest.raises(ToolError, match=r"hangs: A holds job 0 until D has reached 3; .*core is running"):
        model.run([Job(entries)])


def test_a_job_that_waits_for_a_semaphore(model):
    entries = job().entries | {"B": replace(job().entries["B"], waits=(Wait("semaphore_2", 1),), signal=Signal(2))}
    with pytest.raises(ToolError, match=r"B holds job 0 until semaphore_2 has reached 1"):
        model.run([Job(entries)])


def test_a_job_without_interrupt(model):
    silent = {name: replace(entry, interrupt=False) for name, entry in job().entries.items()}
    with pytest.raises(ToolError, match="no unit has a job, and the interrupt has not come"):
        model.run([Job(silent)])


def test_a_limit_of_cycles(model):
    with pytest.raises(ToolError, match="hangs after 50 cycles"):
        model.run([job()], limit=50)


@pytest.mark.parametrize("changes, meaning", [
    ({"base": -2}, "A at 0xfffffffe: outside the memory"),
    ({"base": CONFIG.memory.size}, "A at 0x800: outside the memory"),
    ({"base": 1}, "A at 0x1: not aligned to a bank word"),
])
def test_an_access_that_is_suppressed(model, changes, meaning):
    with pytest.raises(ToolError, match=f"error of {meaning}"):
        model.run([job(**changes)])


def test_an_access_beyond_the_reach(model):
    entry = job().entries["D"]
    wrong = Job(job().entries | {"D": replace(entry, fields=entry.fields | {"base": entry.fields["base"] + 2})})
    with pytest.raises(ToolError, match="error of D .*beyond the port's reach"):
        model.run([wrong])


def copy(run_bytes, steps):
    """From external memory; the scratchpad's side has room for 8 bytes a step."""
    load = {"run_bytes": run_bytes} | {f"external_bound_{d}": 1 for d in range(4)}
    side = {"spatial_stride_0": 2, "run_bytes": 8 * steps, "temporal_stride_0": 8, "temporal_bound_0": steps}
    return Job({"load": Entry(load), "L": Entry(side | {f"temporal_bound_{d}": 1 for d in range(1, 4)}, interrupt=True)})


def test_a_copy_of_unequal_sides(model):
    assert model.run([copy(32, 4)]).counters["accesses_L"] == 16
    with pytest.raises(ToolError, match="error of load: a copy whose two sides are not of the same number of bytes"):
        model.run([copy(24, 4)])


@pytest.mark.parametrize("options", [{"pause": 0.1}, {"jitter": 3}, {"reorder": True}, {"errors": ((0, 4),)}, {"base": 4096}])
def test_external_memory_that_is_not_modeled(model, options):
    (name,) = options
    with pytest.raises(ToolError, match=f"{name} of the cycle model's external memory must be none, not"):
        model.run([job()], external=ExternalMemory(**options))


@pytest.mark.parametrize("name, what", [("elementwise-add", "elementwise_add"), ("step-1", "gemm with a mover")])
def test_accelerators_that_are_not_modeled(name, what):
    with pytest.raises(ToolError, match=f"accelerator must be gemm without a mover, not {what}"):
        CycleModel(preset(name))


def test_clusters_that_are_too_wide():
    description = preset("tiny").model_dump(mode="json")
    description["memory"]["banks"] = 128
    with pytest.raises(ToolError, match="must be 64 at most, not 128"):
        CycleModel(from_dict(description))


def test_external_memory_of_a_cluster_without():
    description = preset("tiny").model_dump(mode="json")
    description["dma"] = None
    alone = CycleModel(from_dict(description))
    assert alone.run([job()]).counters["steps"] == 27
    with pytest.raises(ToolError, match="external must be left out on tiny, which has no dma"):
        alone.run([job()], external=ExternalMemory())
    with pytest.raises(ToolError, match="host_config must be serial or shadow"):
        alone.run([job()], host_config="queue")


def test_a_memory_that_is_not_of_whole_pages(model):
    with pytest.raises(ToolError, match="memory_size must be a positive multiple of 4096, not 4100"):
        model.run([job()], host_config="queue", memory_size=4100)


def test_a_unit_that_does_not_exist(model):
    with pytest.raises(ToolError, match="completed must name units of A, B, .*, not 'Z'"):
        model.run([job()], completed={"Z": 1})


def test_completed_entries_are_counted_as_far_as_the_counter_goes(model):
    beyond = 1 << CONFIG.jobs.count_width
    assert model.run([job()], completed={"D": beyond}, host_config="serial").counters == model.run([job()], host_config="serial").counters


@pytest.mark.parametrize("option", ["limit", "since_reset", "record"])
def test_numbers_below_zero(model, option):
    with pytest.raises(ToolError, match=f"{option} must be 0 or more, not -1"):
        model.run([job()], **{option: -1})


@pytest.mark.parametrize("value", [Runtime(2), Table(64, 0)])
def test_values_that_are_not_known_beforehand(model, value):
    with pytest.raises(ToolError, match=f"base of A must be a number to be modeled, not {type(value).__name__}"):
        model.run([job(base=value)], host_config="queue")


def test_a_job_of_another_cluster(model):
    with pytest.raises(MappingError, match="a job has entries for the units"):
        model.run([Job({"P": Entry({})})])
