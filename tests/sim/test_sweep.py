# SPDX-License-Identifier: Apache-2.0
"""Sweeps over external memories: every run right, slower memories never faster."""

import pytest
from hwgen.sim.design import simulator_for
from hwgen.sim.sweep import run_sweep
from hwgen.sim.sweep_report import plot_sweep, sweep_table

from hwgen.compiler.problem import GemmProblem
from hwgen.config import preset

CONFIG = preset("tiny")
PROBLEM = GemmProblem(16, 16, 32)


@pytest.fixture(scope="module")
def runs():
    return run_sweep(CONFIG, simulator_for(CONFIG), PROBLEM, [5, 200], [1, 8])


def test_every_pair_is_run_and_right(runs):
    assert [(run.latency, run.bandwidth) for run in runs] == [(5, 1), (5, 8), (200, 1), (200, 8)]
    assert all(run.bit_exact and run.measures.accounted and 0 < run.of_bound <= 1 for run in runs)
    bound = {run.bandwidth: run.measures.bound_cycles for run in runs}
    assert bound[1] > bound[8] >= PROBLEM.flat_steps(CONFIG)


def test_worse_memories_take_longer(runs):
    cycles = [run.measures.total_cycles for run in runs]
    assert cycles[1] < cycles[0] < cycles[2] and cycles[1] < cycles[3]


def test_pausing_memory(runs):
    [run] = run_sweep(CONFIG, simulator_for(CONFIG), PROBLEM, [50], [8], pause=0.5)
    assert run.bit_exact and run.measures.total_cycles > runs[1].measures.total_cycles


def test_refuses_memories_that_cannot_be_before_any_run():
    with pytest.raises(ValueError, match="bandwidth must be"):
        run_sweep(CONFIG, None, PROBLEM, [50], [8, -1])


def test_table_and_plot(runs, tmp_path):
    table = sweep_table(runs)
    assert table.row_count == len(runs)
    plot_sweep(runs, "tiny", tmp_path / "sweep.png")
    assert (tmp_path / "sweep.png").read_bytes().startswith(b"\x89PNG")
