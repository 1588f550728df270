# SPDX-License-Identifier: Apache-2.0
"""``hwgen explain``: where a run's cycles went, in words."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("explain")(explain)


def explain(
    run: Annotated[Path, typer.Argument(metavar="RUN.json", help="What --json of hwgen run has written.")],
    plot: Annotated[Path | None, typer.Option(help="Write a stacked bar to this file: .png, .svg or .html.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the explanation to this JSON file.")] = None,
) -> None:
    """Say where the cycles of a run beyond its steps went, who kept whom waiting, and what would change it."""
    from rich.console import Console

    from ..files import check_writable, load_json, save_json
    from ..sim import explanation
    from ..sim.explanation_report import check_plot, plot_explanation, print_explanation

    for path, check in ((plot, check_plot), (json, None)):
        if path is not None:
            check_writable(path)
            if check is not None:
                check(path)
    found = explanation.explain(load_json(run))
    print_explanation(found, Console())
    if plot is not None:
        plot_explanation(found, plot)
    if json is not None:
        save_json(json, found.as_dict())
