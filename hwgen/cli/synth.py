# SPDX-License-Identifier: Apache-2.0
"""``hwgen synth``: what each unit of a cluster costs on an FPGA."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from .options import ConfigOption


class Target(str, Enum):
    xcup = "xcup"
    ecp5 = "ecp5"


def register(app: typer.Typer) -> None:
    app.command()(synth)


def synth(
    config: ConfigOption,
    target: Annotated[Target, typer.Option(help="FPGA family; multiplications use no DSP blocks on xcup.")] = Target.xcup,
    unit: Annotated[list[str] | None, typer.Option(help="Only this unit, for example streamer_A; may be repeated.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this JSON file.")] = None,
) -> None:
    """Synthesize a cluster with Yosys: LUTs, registers by role, memory and logic depth of every unit."""
    from rich.console import Console

    from ..config import load
    from ..files import check_writable, save_json
    from ..fpga.cluster import synthesize_cluster

    cluster = load(config)
    if json is not None:
        check_writable(json)
    report = synthesize_cluster(cluster, target.value, only=unit or None, console=Console(stderr=True))
    Console().print(report.table())
    if json is not None:
        save_json(json, report.to_json() | {"config": cluster.name, "config_hash": cluster.config_hash})
