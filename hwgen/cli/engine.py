# SPDX-License-Identifier: Apache-2.0
"""What a mapped problem runs on: the emitted Verilog, or the cycle model."""

from enum import Enum
from typing import Annotated

import typer


class Engine(str, Enum):
    rtl = "rtl"
    model = "model"


EngineOption = Annotated[Engine, typer.Option(help="The emitted Verilog, or the cycle model: the same cycles many times faster, without data.")]


def computed(mapped, arrays, external, engine: Engine, *, host_config: str, seed: int, waves):
    """The run and its timeline; of the cycle model there is none."""
    from rich.console import Console

    from ..sim.compute import compute
    from ..sim.modeled_run import run_on_model

    if engine is Engine.model:
        return run_on_model(mapped, external, host_config=host_config), None
    return compute(mapped, arrays, external, host_config=host_config, seed=seed, waves=waves, console=Console(stderr=True))
