# SPDX-License-Identifier: Apache-2.0
"""What Verilator has to say about emitted Verilog."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..errors import ToolError
from .verilator import find_verilator

WAIVERS = Path(__file__).with_name("waivers.vlt")
"""Reviewed waivers, each with its reason."""

_MESSAGE = re.compile(r"^%(Warning|Error)(?:-(\w+))?: (?:(.+?):(\d+):\d+: )?(.*)$")
_SUMMARY = re.compile(r"Exiting due to|\.\.\. ")


@dataclass(frozen=True)
class LintWarning:
    """One finding.

    Attributes
    ----------
    rule : str
        Verilator's name of it, such as ``WIDTHTRUNC``; ``ERROR`` where it has none.
    file : str
    line : int
        Zero if the finding has no place.
    message : str
    """

    rule: str
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


def lint(verilog: Path | str, top: str, waivers: Path | str | None = WAIVERS) -> list[LintWarning]:
    """Check a Verilog file with every warning turned on.

    Parameters
    ----------
    verilog : Path
    top : str
        Top module.
    waivers : Path, optional
        Verilator control file of findings to leave out.

    Raises
    ------
    ToolError
        If Verilator or a file is missing, or Verilator fails without a finding.
    """
    files = [Path(file) for file in (waivers, verilog) if file is not None]
    for file in files:
        if not file.is_file():
            raise ToolError(f"file {str(file)!r} is missing")
    verilator = find_verilator()
    command = [str(verilator.executable), "--lint-only", "-Wall", "--top-module", top, *map(str, files)]
    process = subprocess.run(command, capture_output=True, text=True, check=False, env=verilator.environment())
    output = process.stdout + process.stderr
    found = [
        LintWarning(rule or "ERROR", file or "", int(line or 0), message)
        for _, rule, file, line, message in _findings(output)
    ]
    if process.returncode != 0 and not found:
        raise ToolError(f"verilator --lint-only failed with exit code {process.returncode}: {output.strip()[-400:]}")
    return found


def _findings(output: str) -> list[tuple[str | None, ...]]:
    matches = (_MESSAGE.match(line) for line in output.splitlines())
    return [match.groups() for match in matches if match and not _SUMMARY.search(match[5])]
