# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[str, typer.Option(
    "--config", "-c", metavar="PRESET|FILE", help="A preset's name (see hwgen presets) or a TOML file.")]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write to, made if there is none.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
