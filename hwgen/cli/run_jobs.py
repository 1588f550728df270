# SPDX-License-Identifier: Apache-2.0
"""``hwgen run --jobs``: a program from a file on the emitted Verilog."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import DataError
from .engine import Engine, EngineOption
from .host_config import HostConfigOption, checked_host_config, external_memory
from .jobs import ProgramConfig, cluster_of
from .options import RegisterOption, named_files, registers_of
from .run_options import Bandwidth, Latency

BufferFiles = Annotated[list[str] | None, typer.Option(
    "--x", metavar="NAME=FILE", help="Contents of a buffer from a .npy file, instead of those that the program names; may be given several times.")]
SavedBuffers = Annotated[list[str] | None, typer.Option(
    "--save", metavar="NAME=FILE", help="Write what a buffer holds afterwards to a .npy file; may be given several times.")]


def run_jobs(
    context: typer.Context,
    jobs: Annotated[Path | None, typer.Option(metavar="FILE", help="A program of jobs to run, as hwgen run gemm --save-jobs writes it.")] = None,
    x: BufferFiles = None,
    save: SavedBuffers = None,
    config: ProgramConfig = None,
    register: RegisterOption = None,
    bandwidth: Bandwidth = None,
    latency: Latency = None,
    host_config: HostConfigOption = None,
    engine: EngineOption = Engine.rtl,
    seed: Annotated[int, typer.Option(min=0, help="Of all bytes that no file gives.")] = 0,
    json: Annotated[Path | None, typer.Option(help="Write the measures to this JSON file.")] = None,
) -> None:
    """Compute on the emitted Verilog, checked against the golden model.

    With --jobs, a program of jobs: it is checked, run, and all of both memories compared with what the interpreter makes of it.
    """
    usual = (("seed", 0), ("engine", Engine.rtl))
    given = {name: value for name, value in context.params.items() if value not in (None, [], ()) and (name, value) not in usual}
    if context.invoked_subcommand is not None:
        if given:
            raise DataError(f"option --{next(iter(given)).replace('_', '-')} must stand behind {context.invoked_subcommand}, not before it")
        return
    if jobs is None:
        raise DataError("jobs must be given, as a file, or a command such as gemm, not neither")
    saved = named_files("save", save)
    run = _run(jobs, named_files("x", x), saved, config, registers_of(register), bandwidth, latency, host_config, engine, seed, json)
    _report(run, saved, json, seed)
    if not run.passed:
        raise typer.Exit(1)


def _run(path, files, saved, config, registers, bandwidth, latency, host_config, engine, seed, json):
    """Load, check and run; whatever can be refused is refused before a simulator is built."""
    from rich.console import Console

    from ..compiler.interpreter.run import filled
    from ..compiler.program.check import check
    from ..compiler.program.contents import check_contents, stored_contents
    from ..compiler.program.file import load_program
    from ..files import check_writable, load_array
    from ..sim.cluster import SimulatedCluster
    from ..sim.design import simulator_for
    from ..sim.host_config import usual_host_config
    from ..sim.job_program import check_registers, program_memory_size, run_program
    from ..sim.modeled_run import run_program_on_model

    program = load_program(path)
    cluster = cluster_of(program, config)
    contents = stored_contents(program, path.parent)
    for name, file in files.items():
        contents[name] = load_array(file)
        check_contents(program.buffer(name), contents[name])
    for name in saved:
        program.buffer(name)
    for file in (*saved.values(), json):
        if file is not None:
            check_writable(file)
    external = external_memory(cluster, False, bandwidth, latency)
    chosen = checked_host_config(cluster, host_config) or usual_host_config(cluster, external)
    check_registers(program, cluster, chosen)
    check(program, cluster, registers=registers, external=filled(program, cluster, contents, seed=seed).external, serial=chosen == "serial")
    if engine is Engine.model:
        if saved:
            raise DataError(f"save needs --engine rtl, since the cycle model has no data; it must be left out, not {next(iter(saved))!r}")
        return run_program_on_model(program, cluster, external, host_config=chosen)
    options = {} if external is None else {"external": external, "memory_size": program_memory_size(program)}
    built = simulator_for(cluster, console=Console(stderr=True))
    with SimulatedCluster(cluster, built, **options) as simulated:
        return run_program(simulated, program, contents, seed=seed, registers=registers, host_config=chosen, from_reset=True)


def _report(run, saved, json, seed) -> None:
    from rich.console import Console

    from ..files import save_array, save_json
    from ..sim.program_report import print_program_report, program_json

    print_program_report(run, Console())
    for name, file in saved.items():
        save_array(file, run.contents[name])
    if json is not None:
        save_json(json, program_json(run, seed=seed))
