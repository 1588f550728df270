# SPDX-License-Identifier: Apache-2.0
"""The model and the emitted Verilog count the same cycles, causes and accesses, and do the same in each cycle."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hwgen.sim.cycle_model.agreement import compare, first_difference
from hwgen.sim.external_memory import ExternalMemory
from support.cycle_trials import conv_trial, ordered_trial, random_external, resident_trial, tiled_trial

from hwgen.compiler.gemm import plan
from hwgen.compiler.problem import GemmProblem

TRIALS = 500


def agree(pair, seed, kind):
    """The outcome of a trial on both."""
    cluster, model = pair
    rng = random.Random(seed)
    if kind in ("tiled", "conv"):
        cluster.session.external = random_external(rng)
        jobs, options = (tiled_trial if kind == "tiled" else conv_trial)(cluster.config, cluster.session.external, rng)
    else:
        jobs, options = (resident_trial if kind == "resident" else ordered_trial)(cluster.config, rng)
    return compare(cluster, model, jobs, **options)


@pytest.mark.parametrize("name, kind, seed", [
    *(("tiny", kind, seed) for kind in ("resident", "tiled", "conv", "ordered") for seed in range(12)),
    *(("datamaestro", kind, seed) for kind in ("resident", "tiled", "conv") for seed in range(4)),
])
def test_random_jobs_take_the_same_cycles(pairs, name, kind, seed):
    found = agree(pairs(name), seed, kind)
    assert found.first_difference is None
    assert found.differences() == {}
    assert found.equal and found.error == 0


@pytest.mark.parametrize("name", ["datamaestro"])
def test_rows_and_tail_masks(pairs, name):
    """A's rows end within and between steps, and its tails leave out channels, whole steps among them."""
    cluster, model = pairs(name)
    (job,) = plan(GemmProblem(32, 32, 64, out_type="int32"), cluster.config).jobs()
    a = job.entries["A"]
    for options in (
        {"row_length": 3, "row_wrap": 8, "row_loop": 0}, {"row_length": 12, "row_wrap": -64, "row_loop": 1},
        {"tail_loops_0": 1, "tail_lanes_0": 5, "tail_bytes_0": 0}, {"tail_loops_0": 3, "tail_lanes_0": 0, "tail_bytes_0": 4},
        {"tail_word_loops": 1, "tail_word_bytes": 0},
    ):
        changed = replace(job, entries=job.entries | {"A": replace(a, fields=a.fields | options)})
        found = compare(cluster, model, [changed])
        assert found.first_difference is None and found.differences() == {}


@pytest.mark.parametrize("name", ["tiny"])
def test_a_difference_is_found(pairs, name):
    """Another latency than the Verilog's shows in the counters, and in the first cycle that it changes."""
    cluster, model = pairs(name)
    cluster.session.external = external = ExternalMemory(latency=50)
    jobs, options = tiled_trial(cluster.config, external, random.Random(3))
    found = compare(cluster, model, jobs, **options)
    assert found.equal
    later = model.run(jobs, external=ExternalMemory(latency=51), since_reset=found.since_reset, record=10_000, **options)
    assert later.counters["total_cycles"] > found.simulated["total_cycles"]
    assert "dma" in (replace(found, modeled=later.counters).differences())
    assert first_difference(cluster.timeline(), later).startswith("cycle ")
    shorter = replace(found.run, record=np.array(found.run.record[:-1]))
    assert first_difference(cluster.timeline(), shorter) == f"cycles: {len(found.run.record)} and {len(found.run.record) - 1}"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiny", "datamaestro"])
def test_share_of_equal_runs(pairs, name, capsys):
    found = [agree(pairs(name), 1000 + seed, ("resident", "tiled", "conv")[seed % 3]) for seed in range(TRIALS)]
    equal = sum(one.equal for one in found)
    with capsys.disabled():
        cycles, seconds = sum(one.run.simulated_cycles for one in found), sum(one.run.seconds for one in found)
        print(f"\n{name}: {equal} of {TRIALS} runs equal in all counters, largest error of total_cycles "
              f"{max(one.error for one in found):.2%}, {cycles} cycles at {cycles / seconds / 1e6:.2f} M/s")
    assert equal == TRIALS
