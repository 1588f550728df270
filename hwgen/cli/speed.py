# SPDX-License-Identifier: Apache-2.0
"""``hwgen speed``: how fast the emitted Verilog simulates."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command()(speed)


def speed(
    config: Annotated[str, typer.Option(help="Preset or TOML file.")] = "datamaestro",
    json: Annotated[Path | None, typer.Option(help="Write the figures to this JSON file.")] = None,
) -> None:
    """Simulated cycles per second of a whole cluster, beside a bare 8 x 8 x 8 array in the same run."""
    from rich.console import Console

    from ..config import load
    from ..files import check_writable, save_json
    from ..sim.cluster_speed import cluster_speed

    cluster = load(config)
    if json is not None:
        check_writable(json)
    result = cluster_speed(cluster, console=Console(stderr=True))
    print(f"{cluster.name}: {result['cycles_per_second'] / 1000:,.0f} k cycles/s,"
          f" bare array {result['bare_cycles_per_second'] / 1000:,.0f} k cycles/s, ratio {result['ratio']:.2f}")
    if json is not None:
        save_json(json, {"config": cluster.name, "config_hash": cluster.config_hash, **result})
