# SPDX-License-Identifier: Apache-2.0
"""``hwgen layers``: random convolution layers on the emitted Verilog."""

from typing import Annotated

import typer

from .options import ConfigOption


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("layers")(layers)


def layers(
    config: ConfigOption = "datamaestro",
    count: Annotated[int, typer.Option(min=1, help="Layers to compute.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of the first layer; the next is that of the next seed.")] = 0,
) -> None:
    """Compute random convolution layers, dimensions 1 to 17 and some larger, all options mixed.

    Every byte of external memory is compared with the golden model. Interrupted, it can go on from the seed it names.
    """
    from rich.console import Console
    from rich.progress import track

    from ..config import load
    from ..sim.design import simulator_for
    from ..sim.layers import run_layers

    cluster, console = load(config), Console(stderr=True)
    built = simulator_for(cluster, console=console)
    done = steps = cycles = roomless = 0
    at = seed
    try:
        for found in track(run_layers(cluster, built, range(seed, seed + count)), "layers", total=count, console=console):
            at = found.seed + 1
            if found.run is None:
                roomless += 1
                continue
            if not found.run.passed:
                typer.echo(f"WRONG: layer {found.seed}, {found.run.plan.problem.summary()}; first difference {found.run.first_difference}")
                raise typer.Exit(1)
            done, steps, cycles = done + 1, steps + found.run.measures.steps, cycles + found.run.measures.total_cycles
    except KeyboardInterrupt:
        typer.echo(f"{done} layers bit exact; go on with --seed {at}")
        raise
    typer.echo(f"{done} layers bit exact: {steps:,} steps in {cycles:,} cycles"
               + (f"; {roomless} not run, for want of room in the scratchpad of {cluster.name}" if roomless else ""))
