# SPDX-License-Identifier: Apache-2.0
"""From Verilog to a simulator, compiled once and kept."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ..errors import ToolError
from . import quick as quickly
from .cache import cache_dir, content_key, make_once
from .recorder import Recorder
from .testbench import Testbench, bare_testbench, free_running_testbench, player_testbench
from .verilator import Verilator, find_verilator

Kind = Literal["player", "free", "bare"]
TESTBENCHES = {"player": player_testbench, "free": free_running_testbench, "bare": bare_testbench}

ARGUMENTS = (
    "-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-assert", "--timing",
    "--no-public-flat-rw", "-Wno-fatal",
)
"""Speed: nothing but a few signals of the testbench is visible from outside; lint is a step of its own."""

MAKE_VARIABLES = ("OPT_FAST=-O3", "OPT_GLOBAL=-O2", "OPT_SLOW=-O0")
"""What runs once, like initial values of memories, is not worth the compiler's time."""

VERILOG_SUFFIXES = (".v", ".sv", ".vlt")
"""Of the testbench's sources that Verilator reads; what else there is goes to the C++ compiler."""

LOG_LINES = 12


@dataclass(frozen=True)
class BuiltSimulator:
    """A compiled simulator.

    Attributes
    ----------
    executable : Path
    top : str
        Name of the top module.
    kind : {"player", "free", "bare"}
        Testbench around the design.
    waves : bool
        Whether it can record a VCD file.
    seconds : float
        How long compiling took; zero if it was there already.
    log : Path
        Output of the compilation.
    records : bool
        Whether it can record what the units do.
    external : bool
        Whether it has external memory.
    """

    executable: Path
    top: str
    kind: Kind
    waves: bool
    seconds: float
    log: Path
    records: bool = False
    external: bool = False


def build(
    verilog_files: Sequence[Path | str],
    top: str,
    *,
    key: Sequence[str] = (),
    kind: Kind = "player",
    waves: bool = False,
    recorder: Recorder | None = None,
    quick: bool = False,
    console: Console | None = None,
) -> BuiltSimulator:
    """Compile a design with its testbench, or take what an earlier call has compiled.

    Parameters
    ----------
    verilog_files : sequence of Path
        The design.
    top : str
        Module under test.
    key : sequence of str
        Further parts of the key under which the simulator is kept, such as the config hash.
    kind : {"player", "free", "bare"}
        ``player`` plays bus programs, ``free`` only clocks the design, ``bare`` has the design
        itself as top, for benches written in Python.
    waves : bool
        Compile tracing in, for a VCD file; about half as fast.
    recorder : Recorder, optional
        Compile it in; of the design's config, and for kind ``player`` only.
    quick : bool
        Compile without optimizing, in about half the time, for a simulator that is hardly used.
    console : Console, optional
        Where progress is shown; standard error by default.

    Raises
    ------
    ToolError
        If a tool is missing or compiling fails.
    """
    if kind not in TESTBENCHES:
        raise ValueError(f"kind must be one of {', '.join(TESTBENCHES)}, not {kind!r}")
    if recorder is not None and kind != "player":
        raise ValueError(f"kind must be 'player' to record, not {kind!r}")
    files = [Path(file).absolute() for file in verilog_files]
    text = "\n".join(_read(file) for file in files)
    options = {} if recorder is None else {"recorder": recorder}
    testbench = TESTBENCHES[kind](text, top, **options)
    verilator = find_verilator()
    variables = quickly.MAKE_VARIABLES if quick else MAKE_VARIABLES
    versions = (verilator.version, metadata.version("cocotb"), str(verilator.executable))
    digest = content_key(
        *key, text, json.dumps(testbench.sources), testbench.top, *versions, *ARGUMENTS, *variables, str(waves)
    )
    folder = cache_dir() / "simulators" / f"{top}-{kind}{'-waves' if waves else ''}-{digest}"
    started = time.monotonic()
    made = not folder.is_dir()
    if made:
        with _progress(f"Compiling the simulator of {top}", console):
            make_once(folder, lambda target: _compile(target, top, files, testbench, verilator, waves, quick))
    seconds = time.monotonic() - started if made else 0.0
    return BuiltSimulator(folder / "simulator", testbench.top, kind, waves, seconds, folder / "build.log",
                          recorder is not None, testbench.external)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise ToolError(f"Verilog file {str(file)!r} cannot be read: {error.strerror}") from None


def _compile(
    target: Path, top: str, files: list[Path], testbench: Testbench, verilator: Verilator, waves: bool, quick: bool
) -> None:
    """Fill the folder with the executable, the log and the sources it came from."""
    for name, text in testbench.sources.items():
        (target / name).write_text(text)
    written = [target / name for name in testbench.sources]
    sources = [path for path in written if path.suffix in VERILOG_SUFFIXES]
    models = [str(path) for path in written if path.suffix == ".cpp"]
    work = target / "obj"
    specification = {
        "sources": [str(source) for source in [*sources, *files]],
        "top": testbench.top,
        "arguments": [*ARGUMENTS, *models],
        "folder": str(work),
        "waves": waves,
    }
    variables = quickly.MAKE_VARIABLES if quick else MAKE_VARIABLES
    environment = verilator.environment() | {"MAKEFLAGS": " ".join(variables)}
    environment.pop("WAVES", None)
    log = target / "build.log"
    if quick:
        quickly.lend_runtime(verilator, work)
    command = [sys.executable, "-m", "hwgen.sim.compile", json.dumps(specification)]
    if run_logged(command, log, environment) != 0:
        raise ToolError(_failure(top, log))
    if quick:
        quickly.keep_runtime(verilator, work)
    shutil.move(work / testbench.top, target / "simulator")
    shutil.rmtree(work)


def run_logged(command: Sequence[str], log: Path, environment: dict[str, str], cwd: Path | None = None) -> int:
    """Run a command and all it starts, output to a file; whatever ends this ends them all."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env=environment, cwd=cwd, start_new_session=True,
        )
        try:
            return process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


def _failure(top: str, log: Path) -> str:
    """One line on what went wrong and the end of the log, which moves to where it stays."""
    kept = cache_dir() / "logs" / f"build-{top}.log"
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(log, kept)
    lines = kept.read_text(errors="replace").splitlines()
    errors = [line for line in lines if line.startswith("%Error") or " error: " in line] or lines
    return "\n".join([f"compiling the simulator of {top!r} failed, log in {kept}:", *errors[:LOG_LINES]])


@contextmanager
def _progress(what: str, console: Console | None) -> Iterator[None]:
    """A spinner with the elapsed time on a terminal, else a line at the start and one at the end."""
    console = console or Console(stderr=True)
    started = time.monotonic()
    if console.is_terminal:
        columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
        with Progress(*columns, console=console, transient=True) as progress:
            progress.add_task(what, total=None)
            yield
    else:
        console.print(f"{what} ...", highlight=False)
        yield
    console.print(f"{what}: {time.monotonic() - started:.0f} s", highlight=False)
