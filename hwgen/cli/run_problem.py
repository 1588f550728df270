# SPDX-License-Identifier: Apache-2.0
"""What the run commands do with a problem: map it, save its jobs, print the plan, or run it and report."""

from pathlib import Path

import typer

from .engine import Engine
from .outputs import Outputs
from .save_jobs import check_save_jobs, save_program_of
from .show_plan import show_plan


def run_problem(problem, cluster, given, external, outputs: Outputs, *, host_config: str | None, engine: Engine, seed: int, plan: bool,
                save_jobs: Path | None, save_operands: bool) -> None:
    """Carry out a command.

    Parameters
    ----------
    problem : GemmProblem or ConvProblem
    cluster : ClusterConfig
    given : dict of array, by role
        Operands that are not random.
    external : ExternalMemory or None
    outputs : Outputs
    host_config : str or None
        As asked for.
    engine, seed, plan, save_jobs, save_operands
        Options of the commands.

    Raises
    ------
    DataError, MappingError, ToolError
    typer.Exit
        If the run is wrong in any respect.
    """
    from rich.console import Console

    from ..compiler.operand_data import check_arrays, random_operands
    from ..sim.mapping import map_problem

    core = cluster.accelerator.core
    check_arrays(problem, given, core)
    outputs.check()
    outputs.check_engine(engine.value, plan=plan)
    check_save_jobs(save_jobs, save_operands)
    # Plans come first: what cannot be done is told before operands are made and a simulator is built.
    with Console(stderr=True).status(f"Mapping {problem.summary()} ..."):
        mapped, chosen = map_problem(problem, cluster, external, host_config)
    arrays = None
    if save_operands or not plan and engine is Engine.rtl:
        arrays = random_operands(problem, seed, core) | given
    if save_jobs is not None:
        save_program_of(save_jobs, mapped, arrays if save_operands else None, divided=chosen != "serial")
    if plan:
        show_plan(mapped, outputs.json)
        return
    run, recorded = _computed(mapped, arrays, external, engine, host_config=chosen, seed=seed, waves=outputs.waves)
    if not outputs.report(run, recorded, seed):
        raise typer.Exit(1)


def _computed(mapped, arrays, external, engine: Engine, *, host_config: str, seed: int, waves: Path | None):
    """The run and its timeline; of the cycle model there is none."""
    from rich.console import Console

    from ..sim.compute import compute
    from ..sim.modeled_run import run_on_model

    if engine is Engine.model:
        return run_on_model(mapped, external, host_config=host_config), None
    return compute(mapped, arrays, external, host_config=host_config, seed=seed, waves=waves, console=Console(stderr=True))
