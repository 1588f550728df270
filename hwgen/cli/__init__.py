# SPDX-License-Identifier: Apache-2.0
"""The ``hwgen`` command: every subcommand is a thin shell over a Python function."""

import sys
from importlib import import_module
from typing import Annotated

import typer

from .. import __version__
from ..errors import HwgenError

COMMANDS = ("generate", "run", "jobs", "explain", "layers", "network", "bench", "sweep", "fuzz", "ablation", "synth", "speed")
"""Modules of this package; ``register(app)`` of each adds its commands.

They load quickly: what a command needs beyond its options is imported when it runs.
"""
USER_ERROR = 2
INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        print(f"hwgen {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Generate data streaming engines and dataflow accelerators, and run and measure them."""


def build() -> typer.Typer:
    """The command with all its subcommands."""
    app = typer.Typer(name="hwgen", callback=_root, no_args_is_help=True, add_completion=False,
                      pretty_exceptions_enable=False, rich_markup_mode=None)
    for name in COMMANDS:
        import_module(f"{__name__}.{name}").register(app)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 when done, 2 with one line for what the user can mend, 130 on Ctrl-C."""
    try:
        build()(arguments, prog_name="hwgen")
    except HwgenError as error:
        _fail(str(error), USER_ERROR)
    except OSError as error:
        where = f"{str(error.filename)!r}: " if error.filename else ""
        _fail(where + (error.strerror or str(error)), USER_ERROR)
    except MemoryError as error:
        _fail(f"this needs more memory than there is: {error}", USER_ERROR)
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _fail("interrupted", INTERRUPTED)
        raise


def _fail(message: str, code: int) -> None:
    """One line, whatever the message holds."""
    print(f"hwgen: error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)
