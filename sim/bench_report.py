# SPDX-License-Identifier: Apache-2.0
"""Runs of an accelerator's bench as a table."""

from rich.table import Table

from ..config import ClusterConfig
from .accelerator_bench import StreamRun

SHOWN_STALLS = 3


def bench_table(config: ClusterConfig, runs: list[StreamRun]) -> Table:
    """One row for each run: words, cycles, largest stalls, verdict."""
    table = Table(title=f"{config.name} ({config.config_hash}): {config.accelerator.summary}", title_justify="left")
    for heading in ("run", *(f"{name} words" for name in config.streamers), "steps", "cycles"):
        table.add_column(heading, justify="right")
    table.add_column("largest stalls")
    table.add_column("result")
    for index, run in enumerate(runs):
        stalls = sorted(((name, count) for name, count in run.stalls.items() if count), key=lambda stall: -stall[1])
        verdict = "bit exact" if run.passed else run.first_difference or ("other bytes changed" if not run.untouched else "cycles not accounted for")
        table.add_row(str(index), *(f"{run.words[name]:,}" for name in config.streamers), f"{run.steps:,}", f"{run.cycles:,}",
                      ", ".join(f"{name} {count:,}" for name, count in stalls[:SHOWN_STALLS]),
                      f"[green]{verdict}[/]" if run.passed else f"[red]{verdict}[/]")
    return table
