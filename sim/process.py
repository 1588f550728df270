# SPDX-License-Identifier: Apache-2.0
"""A simulator process with cocotb in it."""

import os
import sys
from pathlib import Path

from cocotb_tools import config

from .verilator import libpython


def cocotb_environment(top: str, module: str) -> dict[str, str]:
    """Variables with which a simulator built against cocotb runs the tests of a Python module.

    Raises
    ------
    ToolError
        If Python's shared library is missing.
    """
    environment = dict(os.environ)
    for name in ("COCOTB_TESTCASE", "COCOTB_TEST_FILTER", "COCOTB_RESULTS_FILE", "WAVES"):
        environment.pop(name, None)
    return environment | {
        "COCOTB_TOPLEVEL": top,
        "COCOTB_TEST_MODULES": module,
        "COCOTB_TRUST_INERTIAL_WRITES": "1",
        "GPI_USERS": f"{libpython()};{config.pygpi_entry_point()}",
        "PYGPI_PYTHON_BIN": sys.executable,
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        "TOPLEVEL_LANG": "verilog",
    }


def log_tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, for an error message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
