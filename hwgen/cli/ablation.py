# SPDX-License-Identifier: Apache-2.0
"""``hwgen ablation``: what each feature of the streaming engine is worth."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(ablation)


def ablation(
    json: Annotated[Path | None, typer.Option(help="Write every run to this JSON file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw utilization and accesses to this .png or .svg file.")] = None,
) -> None:
    """Run the same problems on clusters that gain one feature after the other.

    Simulators are kept, so that an interrupted run goes on where it was.
    """
    from rich.console import Console

    from ..files import check_writable, save_json
    from ..sim.ablation import run_ablation
    from ..sim.ablation_report import ablation_table, check_plot, plot_ablation

    for path in (json, plot):
        if path is not None:
            check_writable(path)
    if plot is not None:
        check_plot(plot)
    runs = run_ablation(console=Console(stderr=True))
    Console(width=200 if not Console().is_terminal else None).print(ablation_table(runs))
    if json is not None:
        save_json(json, {"runs": [run.as_dict() for run in runs]})
    if plot is not None:
        plot_ablation(runs, plot)
    if not all(run.bit_exact for run in runs):
        raise typer.Exit(1)
