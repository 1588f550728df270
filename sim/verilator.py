# SPDX-License-Identifier: Apache-2.0
"""Finding a Verilator that can build on this host, and mending the one from the Python package."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import find_libpython

from ..errors import ToolError
from .cache import cache_dir, content_key, make_once

OLDEST = (5, 36)
"""Version that cocotb needs at least."""

HOST_TOOLS = {"g++": "g++", "make": "make", "perl": "perl"}
"""Programs that Verilator needs at run time, and the Debian packages that hold them."""

MENDS = {
    "AR": "ar",
    "CXX": "g++",
    "LINK": "g++",
    "PERL": "perl",
    "PYTHON3": "python3",
    "CFG_CXXFLAGS_STD": "-std=gnu++17",
    "CFG_CXXFLAGS_COROUTINES": "-fcoroutines",
    "CFG_CXXFLAGS_PCH_I": "-include",
    "CFG_LDLIBS_THREADS": "-pthread",
}
"""Settings of ``verilated.mk``, which the package leaves as they were on the machine that built it."""


@dataclass(frozen=True)
class Verilator:
    """A Verilator ready for use.

    Attributes
    ----------
    executable : Path
    version : str
    root : Path or None
        Value for ``VERILATOR_ROOT``; ``None`` where the executable knows its own.
    """

    executable: Path
    version: str
    root: Path | None

    def environment(self) -> dict[str, str]:
        """Variables that a process which calls this Verilator needs."""
        environment = dict(os.environ)
        environment.pop("VERILATOR_ROOT", None)
        environment["PATH"] = f"{self.executable.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
        if self.root is not None:
            environment["VERILATOR_ROOT"] = str(self.root)
        return environment


def check_host_tools() -> None:
    """Make sure that what a build calls is there.

    Raises
    ------
    ToolError
        Naming the first thing that is missing and the Debian package that holds it.
    """
    for program, package in HOST_TOOLS.items():
        if shutil.which(program) is None:
            raise ToolError(f"{program} is missing: install the Debian package {package}")


@cache
def libpython() -> str:
    """Path of Python's shared library, which a simulator loads.

    Raises
    ------
    ToolError
        If there is none.
    """
    path = find_libpython.find_libpython()
    if path is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise ToolError(f"libpython{version}.so is missing: install the Debian package libpython{version}")
    return path


def find_verilator() -> Verilator:
    """The packaged Verilator, mended, or else the system's if it is new enough.

    Raises
    ------
    ToolError
        If there is neither, or a program that Verilator needs is missing.
    """
    check_host_tools()
    try:
        distribution = metadata.distribution("verilator")
    except metadata.PackageNotFoundError:
        return _system()
    return _packaged(Path(str(distribution.locate_file("verilator"))), distribution.version)


def _packaged(package: Path, version: str) -> Verilator:
    key = content_key(str(package), version, repr(MENDS))
    root = make_once(cache_dir() / "verilator" / f"{version}-{key}", lambda folder: _mend(package, folder))
    return Verilator(root / "bin" / "verilator", version, root)


def _mend(package: Path, folder: Path) -> None:
    """Copy the package's tree with a ``verilated.mk`` that suits this host."""
    for part in ("bin", "include"):
        shutil.copytree(package / part, folder / part)
    makefile = folder / "include" / "verilated.mk"
    text = makefile.read_text()
    for name, value in MENDS.items():
        text, count = re.subn(rf"^{name} *=.*$", f"{name} = {value}", text, flags=re.MULTILINE)
        if count == 0:
            raise ToolError(f"verilated.mk of the Python package verilator has no setting {name!r} to mend")
    makefile.write_text(text)


def _system() -> Verilator:
    executable = shutil.which("verilator")
    if executable is None:
        raise ToolError("Verilator is missing: install the Python package verilator")
    output = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"Verilator (\d+)\.(\d+)", output)
    version = (int(match[1]), int(match[2])) if match else None
    if version is None or version < OLDEST:
        oldest = f"{OLDEST[0]}.{OLDEST[1]:03d}"
        raise ToolError(f"Verilator must be {oldest} or newer (install the Python package verilator), not {output!r}")
    return Verilator(Path(executable).absolute(), f"{match[1]}.{match[2]}", None)
