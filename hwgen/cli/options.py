# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import DataError

ConfigOption = Annotated[str, typer.Option(
    "--config", "-c", metavar="PRESET|FILE", help="A preset's name (see hwgen presets) or a TOML file.")]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write to, made if there is none.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
RegisterOption = Annotated[list[str] | None, typer.Option(
    "--register", metavar="NUMBER=VALUE", help="What a run-time register holds, where jobs depend on it; may be given several times.")]


def registers_of(given: list[str] | None) -> dict[int, int]:
    """Values of run-time registers as given, by number.

    Raises
    ------
    DataError
    """
    found = {}
    for text in given or ():
        number, separator, value = text.partition("=")
        try:
            found[int(number, 0)] = int(value, 0)
        except ValueError:
            separator = ""
        if not separator:
            raise DataError(f"register must be NUMBER=VALUE, such as 3=128, not {text!r}")
    return found


def named_files(option: str, given: list[str] | None) -> dict[str, Path]:
    """Files as given, by the name of their buffer.

    Raises
    ------
    DataError
    """
    found: dict[str, Path] = {}
    for text in given or ():
        name, separator, path = text.partition("=")
        if not (separator and name and path):
            raise DataError(f"{option} must be NAME=FILE, such as a=A.npy, not {text!r}")
        if name in found:
            raise DataError(f"{option} must name a buffer once, not {name!r} twice")
        found[name] = Path(path)
    return found
