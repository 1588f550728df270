# SPDX-License-Identifier: Apache-2.0
"""Simulators that are compiled in a fraction of the time, and run slower."""

import os
import shutil
import time
from pathlib import Path

from .cache import cache_dir, content_key, make_once
from .verilator import Verilator

MAKE_VARIABLES = ("OPT_FAST=-O0", "OPT_GLOBAL=-O2", "OPT_SLOW=-O0", "VM_PARALLEL_BUILDS=0")
"""For designs that are run for less time than the compiler would take to optimize them, all in one piece."""
RUNTIME = "verilated*.o"
"""Objects of Verilator's own library, the same for every design; a third of the work for a small one."""


def _kept(verilator: Verilator) -> Path:
    return cache_dir() / "verilator" / f"runtime-{content_key(str(verilator.executable), verilator.version, *MAKE_VARIABLES)}"


def lend_runtime(verilator: Verilator, folder: Path) -> None:
    """Put the library's objects, if an earlier build has left them, where make looks for its own."""
    folder.mkdir()
    if (kept := _kept(verilator)).is_dir():
        # Verilator's makefile, of which they are made to depend, has still to be written.
        later = time.time() + 86_400
        for file in kept.glob(RUNTIME):
            shutil.copyfile(file, folder / file.name)
            os.utime(folder / file.name, (later, later))


def keep_runtime(verilator: Verilator, folder: Path) -> None:
    """Keep the library's objects of a finished build for later ones."""
    def copy(target: Path) -> None:
        for file in folder.glob(RUNTIME):
            shutil.copyfile(file, target / file.name)

    make_once(_kept(verilator), copy)
