# SPDX-License-Identifier: Apache-2.0
"""``hwgen jobs``: programs of jobs in files, printed and checked."""

from pathlib import Path
from typing import Annotated

import typer

from .options import RegisterOption, registers_of

ProgramFile = Annotated[Path, typer.Argument(metavar="FILE", help="A program of jobs, as hwgen run gemm --save-jobs writes it.", show_default=False)]
ProgramConfig = Annotated[str | None, typer.Option(
    "--config", "-c", metavar="PRESET|FILE", help="A preset's name or a TOML file; the preset that the program names if left out.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    group = typer.Typer(help="Print and check programs of jobs.", no_args_is_help=True)
    group.command("show")(show)
    group.command("check")(check)
    app.add_typer(group, name="jobs")


def show(file: ProgramFile) -> None:
    """Print a program: its buffers, and every job's entries."""
    from ..compiler.program.file import load_program

    print(load_program(file))


def check(file: ProgramFile, config: ProgramConfig = None, register: RegisterOption = None) -> None:
    """Say whether a program is right whatever the order in which its waits let units go on; exit code 2 if not."""
    from ..compiler.interpreter.run import filled
    from ..compiler.program.check import check as check_program
    from ..compiler.program.contents import stored_contents
    from ..compiler.program.file import load_program

    registers = registers_of(register)
    program = load_program(file)
    cluster = cluster_of(program, config)
    memories = filled(program, cluster, stored_contents(program, file.parent))
    check_program(program, cluster, registers=registers, external=memories.external)
    entries = sum(program.counts.values())
    print(f"{file}: {len(program.jobs):,} jobs of {entries:,} entries in {len(program.buffers)} buffers, in order on {cluster.name}")


def cluster_of(program, config: str | None):
    """The config asked for, or the preset that a program names.

    Raises
    ------
    DataError
        If there is no such preset.
    """
    from ..config import load, preset_names
    from ..errors import DataError

    if config is None and program.config_name not in preset_names():
        raise DataError(f"config must be given, since the program is for {program.config_name!r}, which is no preset")
    return load(program.config_name if config is None else config)
