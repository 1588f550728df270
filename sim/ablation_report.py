# SPDX-License-Identifier: Apache-2.0
"""The ablation as a table and as a picture: utilization per step and group, and bank words accessed."""

from pathlib import Path

from rich.table import Table

from ..errors import DataError
from .ablation import GROUPS, STEPS, AblationRun, totals

SUFFIXES = (".png", ".svg")


def ablation_table(runs: list[AblationRun]) -> Table:
    """Cycles, utilization and accesses over all sizes, one row per step."""
    sums = totals(runs)
    table = Table(title=f"{len({run.size for run in runs})} sizes of each group, all steps", title_justify="left")
    table.add_column("step")
    table.add_column("adds")
    for group in GROUPS.values():
        for what in ("cycles", "utilization", "accesses"):
            table.add_column(f"{group.title}: {what}", justify="right")
    table.add_column("result")
    for step, what in STEPS.items():
        cells = []
        for group in GROUPS:
            steps, cycles, accesses = sums[group, step]
            cells += [f"{cycles:,}", f"{steps / cycles:.4f}", f"{accesses:,}"]
        exact = all(run.bit_exact for run in runs if run.step == step)
        table.add_row(step, what, *cells, "[green]bit exact[/]" if exact else "[red]WRONG[/]")
    return table


def check_plot(path: Path) -> None:
    """Refuse a picture of another kind.

    Raises
    ------
    DataError
    """
    if path.suffix not in SUFFIXES:
        raise DataError(f"plot must be a file ending in {' or '.join(SUFFIXES)}, not {str(path)!r}")


def plot_ablation(runs: list[AblationRun], path: Path) -> None:
    """Box plot of utilization per step and group above, accesses relative to the first step below."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "hwgen"  # the same file on every run
    sums, steps = totals(runs), list(STEPS)
    figure, axes = pyplot.subplots(2, len(GROUPS), figsize=(4 * len(GROUPS), 6.5), sharey="row", constrained_layout=True)
    for column, (name, group) in enumerate(GROUPS.items()):
        top, bottom = axes[0][column], axes[1][column]
        top.boxplot([[run.utilization for run in runs if (run.group, run.step) == (name, step)] for step in steps], whis=(0, 100),
                    medianprops={"color": "tab:orange", "linewidth": 2})
        top.set(title=group.title, ylim=(0, 1.02), xticks=range(1, 7), xticklabels=range(1, 7))
        top.grid(axis="y", alpha=0.3)
        first = sums[name, steps[0]][2]
        heights = [sums[name, step][2] / first for step in steps]
        bars = bottom.bar(range(1, 7), heights, color="tab:blue")
        bottom.bar_label(bars, [f"{height:.2f}" for height in heights], fontsize=8)
        bottom.set(xlabel="step", xticks=range(1, 7), ylim=(0, 1.15))
    axes[0][0].set_ylabel("utilization")
    axes[1][0].set_ylabel("bank words accessed / step 1")
    legend = ";  ".join(f"{index} {what}" for index, what in enumerate(STEPS.values(), 1))
    figure.suptitle(f"{legend}\n(utilization: median, quartiles and extremes over all sizes)", fontsize=9)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)
