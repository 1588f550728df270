# SPDX-License-Identifier: Apache-2.0
from io import StringIO

import pytest
from cluster.small_designs import with_mover
from hwgen.sim.ablation import GROUPS, SIZES, STEPS, AblationRun, run_step, totals
from hwgen.sim.ablation_report import ablation_table, check_plot, plot_ablation
from rich.console import Console

from hwgen.config import preset
from hwgen.errors import DataError

RUNS = [AblationRun(step, group, size, True, 100, 100 + 10 * (6 - int(step[-1])), 0, 50)
        for step in STEPS for group in GROUPS for size in SIZES]


def test_each_step_adds_one_feature_to_the_one_before():
    configs = [preset(name) for name in STEPS]
    assert [config.streamers["A"].fine_grained_prefetch for config in configs] == [False] + 5 * [True]
    assert [bool(config.streamers["A"].extensions) for config in configs] == 2 * [False] + 4 * [True]
    assert [bool(config.streamers["C"].extensions) for config in configs] == 3 * [False] + 3 * [True]
    assert [config.streamers["A"].temporal_dimensions for config in configs] == 4 * [3] + 2 * [6]
    assert [len(config.streamers["A"].groups) for config in configs] == 5 * [1] + [3]
    assert [config.accelerator.mover for config in configs] == 3 * [True] + 3 * [False]
    for before, after in zip(configs, configs[1:]):
        assert before.memory == after.memory and before.accelerator.core == after.accelerator.core
    assert len(SIZES) == 12


@pytest.mark.xdist_group("mover")
def test_runs_every_group_on_a_small_cluster():
    runs = run_step("tiny", with_mover(), sizes=((4, 4, 4), (3, 5, 2)))
    assert all(run.bit_exact for run in runs) and len(runs) == 2 * len(GROUPS)
    passes = {group: sum(run.pass_cycles for run in runs if run.group == group) for group in GROUPS}
    assert passes["gemm"] == 0 < passes["bias"] and passes["transposed"] == 4 + 4 + 2 + 3


def test_sums_by_group_and_step():
    assert totals(RUNS)["gemm", "step-6"] == (1200, 1200, 600)
    assert totals(RUNS)["gemm", "step-1"] == (1200, 1800, 600)


def test_table_says_what_is_wrong():
    out = StringIO()
    Console(file=out, width=250).print(ablation_table([*RUNS[:-1], AblationRun("step-6", "gemm", (8, 8, 8), False, 1, 1, 0, 1)]))
    assert out.getvalue().count("bit exact") == 5 and "WRONG" in out.getvalue()


def test_draws_the_same_picture_every_time(tmp_path):
    for name in ("one.svg", "two.svg"):
        plot_ablation(RUNS, tmp_path / name)
    text = (tmp_path / "one.svg").read_text()
    assert text.startswith("<?xml") and text == (tmp_path / "two.svg").read_text()


def test_refuses_other_pictures(tmp_path):
    with pytest.raises(DataError, match="plot must be a file ending in .png or .svg, not"):
        check_plot(tmp_path / "plot.pdf")
