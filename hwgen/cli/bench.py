# SPDX-License-Identifier: Apache-2.0
"""``hwgen bench``: random jobs on a cluster with any accelerator."""

from pathlib import Path
from typing import Annotated

import typer

from .options import ConfigOption


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(bench)


def bench(
    config: ConfigOption,
    golden: Annotated[Path | None, typer.Option(help="Python file with golden(inputs, jobs); the accelerator's own model if left out.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="Runs, each of one to four jobs.")] = 20,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 32) - 1, help="Of jobs, words and pauses.")] = 1,
    idle: Annotated[float, typer.Option(min=0.0, max=0.9, help="Share of cycles in which the bus pauses.")] = 0.0,
    json: Annotated[Path | None, typer.Option(help="Write every run to this JSON file.")] = None,
    waves: Annotated[Path | None, typer.Option(help="Record a waveform to this VCD file.")] = None,
) -> None:
    """Stream random words through the accelerator and compare with its golden model."""
    from rich.console import Console

    from ..config import load
    from ..files import check_writable, save_json
    from ..sim.accelerator_bench import run_bench
    from ..sim.bench_report import bench_table

    cluster = load(config)
    for path in (json, waves):
        if path is not None:
            check_writable(path)
    results = run_bench(cluster, golden=golden, runs=runs, seed=seed, idle=idle, waves=waves, console=Console(stderr=True))
    Console().print(bench_table(cluster, results))
    if json is not None:
        save_json(json, {"config": cluster.name, "config_hash": cluster.config_hash, "seed": seed, "runs": [run.as_dict() for run in results]})
    if not all(run.passed for run in results):
        raise typer.Exit(1)
