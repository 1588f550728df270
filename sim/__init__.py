# SPDX-License-Identifier: Apache-2.0
"""Building and running emitted Verilog under Verilator, at full speed."""

from .bench import run_cocotb_bench
from .build import BuiltSimulator, build
from .lint import LintWarning, lint
from .program import Program
from .results import Ending, Results
from .session import Session
from .speed import build_bare_array, measure_speed
from .verilator import find_verilator

__all__ = [
    "BuiltSimulator", "Ending", "LintWarning", "Program", "Results", "Session", "build", "build_bare_array",
    "find_verilator", "lint", "measure_speed", "run_cocotb_bench",
]
