# SPDX-License-Identifier: Apache-2.0
"""A sweep as a table and as a plot."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from .sweep import SweepRun


def sweep_table(runs: Sequence[SweepRun]) -> Table:
    """A row for each run."""
    table = Table(title="Effective utilization by external memory")
    for heading in ("latency", "bytes a cycle", "total_cycles", "bound_cycles", "of the bound", "effective utilization", "bit exact"):
        table.add_column(heading, justify="right")
    for run in runs:
        measures = run.measures
        table.add_row(f"{run.latency:,}", f"{run.bandwidth:g}", f"{measures.total_cycles:,}", f"{measures.bound_cycles:,}",
                      f"{run.of_bound:.3f}", f"{measures.effective_utilization:.4f}", {True: "yes", False: "NO", None: "not computed"}[run.bit_exact])
    return table


def plot_sweep(runs: Sequence[SweepRun], title: str, path: Path) -> None:
    """Effective utilization over bandwidth, a line for each latency, and what the bound allows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    bounds = {}
    for latency in sorted({run.latency for run in runs}):
        mine = sorted((run for run in runs if run.latency == latency), key=lambda run: run.bandwidth)
        axes.plot([run.bandwidth for run in mine], [run.measures.effective_utilization for run in mine], marker="o",
                  label=f"latency {latency}")
        bounds |= {run.bandwidth: run.measures.effective_utilization / run.of_bound for run in mine}
    axes.plot(list(bounds), list(bounds.values()), color="gray", linestyle="--", label="bound")
    axes.set(xlabel="bandwidth in bytes a cycle", ylabel="effective utilization", title=title, ylim=(0, 1.02))
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted(bounds), [f"{bandwidth:g}" for bandwidth in sorted(bounds)])
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=150)
