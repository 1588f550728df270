# SPDX-License-Identifier: Apache-2.0
"""``hwgen network``: the convolution layers of a published network."""

from pathlib import Path
from typing import Annotated

import typer

from .engine import Engine
from .options import ConfigOption


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("network")(network)


def network(
    name: Annotated[str, typer.Argument(help="resnet-18")] = "resnet-18",
    config: ConfigOption = "datamaestro",
    engine: Annotated[Engine, typer.Option(help="The emitted Verilog, or the cycle model.")] = Engine.rtl,
    json: Annotated[Path | None, typer.Option(help="Write the measures to this JSON file.")] = None,
) -> None:
    """Run every kind of convolution layer of a network once, with random operands, and add up the cycles of all its layers."""
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    from ..config import load
    from ..errors import DataError
    from ..files import check_writable, save_json
    from ..sim.networks import NETWORKS, run_network, totals
    from ..sim.report import as_json

    cluster = load(config)
    if name not in NETWORKS:
        raise DataError(f"network must be one of {', '.join(NETWORKS)}, not {name!r}")
    if json is not None:
        check_writable(json)
    measured = list(track(run_network(cluster, name, engine=engine.value), name, total=len(NETWORKS[name]), console=Console(stderr=True)))
    table = Table(box=None, header_style="bold")
    for heading in ("layer", "times", "steps", "total_cycles", "utilization", "effective", "bits"):
        table.add_column(heading, justify="left" if heading in ("layer", "bits") else "right")
    for one in measured:
        found = one.run.measures
        table.add_row(one.layer.name, str(one.layer.count), f"{found.steps:,}", f"{found.total_cycles:,}", f"{found.utilization:.4f}",
                      f"{found.effective_utilization:.4f}", "" if one.run.engine == "model" else "exact" if one.run.passed else "WRONG")
    whole = totals(measured, cluster)
    console = Console()
    console.print(table)
    console.print(f"all layers: {whole['total_cycles']:,} cycles, effective utilization {whole['effective_utilization']:.4f} of {whole['ceiling']:.4f}")
    if json is not None:
        save_json(json, {"network": name, **whole, "layers": [
            {"name": one.layer.name, "count": one.layer.count, **as_json(one.run, seed=0)} for one in measured]})
    if not all(one.run.passed for one in measured):
        raise typer.Exit(1)
