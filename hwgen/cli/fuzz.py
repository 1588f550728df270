# SPDX-License-Identifier: Apache-2.0
"""``hwgen fuzz``: random jobs on random clusters, held to an interpreter of its own."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(fuzz)


def fuzz(
    minutes: Annotated[float | None, typer.Option(min=0.0, help="Begin no config later than this.")] = None,
    configs: Annotated[int | None, typer.Option(min=1, help="Distinct configs, those of earlier runs included.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Jobs on each config.")] = 50,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 32) - 1, help="Of configs and jobs.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Configs at a time.")] = 2,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for results and failures; a run with the same seed goes on from what is there.")] = Path("fuzz"),
    stop: Annotated[bool, typer.Option("--stop", help="Begin no further config after a failure.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write a summary to this JSON file.")] = None,
    replay: Annotated[Path | None, typer.Option(metavar="FILE", help="Run a failing case again instead; exit code 1 if it still fails.")] = None,
) -> None:
    """Run random jobs on random clusters and compare every byte with an independent model; 1 if any differs."""
    from rich.console import Console

    from ..files import check_writable, save_json
    from ..sim.fuzz.campaign import Campaign
    from ..sim.fuzz.case import load
    from ..sim.fuzz.report import Progress, headline, replay_line, summary, summary_table
    from ..sim.fuzz.trial import run_case

    console = Console()
    if json is not None:
        check_writable(json)
    if replay is not None:
        case = load(replay)
        outcome = run_case(case)
        console.print(replay_line(case, outcome), highlight=False, soft_wrap=True)
        raise typer.Exit(int(outcome.failure is not None))
    if minutes is None and configs is None:
        configs = 20
    campaign = Campaign(out, seed=seed, jobs=jobs, configs=configs, minutes=minutes, workers=workers, stop=stop)
    with Progress(campaign, Console(stderr=True)) as progress:
        campaign.run(progress.report)
    console.print(summary_table(campaign.results))
    console.print(headline(campaign.results), highlight=False)
    if json is not None:
        save_json(json, summary(campaign.results) | {"seed": seed, "jobs_for_each": jobs})
    if campaign.failures:
        raise typer.Exit(1)
