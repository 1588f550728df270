# SPDX-License-Identifier: Apache-2.0
"""``--plan`` of the run commands: how a problem is mapped, and why so, without running anything."""

from pathlib import Path

ALTERNATIVES = 6
"""Kinds of mappings named beside the one chosen."""


def show_plan(mapped, json: Path | None) -> None:
    """Print a plan, and write it to a file.

    Parameters
    ----------
    mapped : Plan, TiledPlan or ConvPlan
    json : Path, optional
    """
    from rich.console import Console
    from rich.table import Table

    from ..files import save_json
    from ..sim.report import plan_rows

    problem, config, made = mapped.problem, mapped.config, mapped.as_dict()
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, words in [("problem", problem.summary()), *plan_rows(mapped), ("banks", mapped.bank_plan())]:
        table.add_row(name, words)
    table.add_row("chosen from", f"{made['compared']:,} mappings; the best of each kind:")
    for kind, cycles in list(made["alternatives"].items())[:ALTERNATIVES]:
        table.add_row("", f"{cycles:,} cycles: {kind}")
    Console().print(table)
    if json is not None:
        save_json(json, {"config": config.name, "config_hash": config.config_hash, "problem": problem.as_dict(), "plan": made})
