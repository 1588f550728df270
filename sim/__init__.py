# SPDX-License-Identifier: Apache-2.0
"""Building and running emitted Verilog under Verilator, at full speed."""

from .bench import run_cocotb_bench
from .build import BuiltSimulator, build
from .external_memory import ErrorRange, ExternalMemory
from .external_traffic import Traffic
from .lint import LintWarning, lint
from .program import Program
from .results import Ending, Results
from .session import Session
from .speed import build_bare_array, measure_speed
from .timeline import Timeline
from .timeline_files import load_timeline, render
from .verilator import find_verilator

__all__ = [
    "BuiltSimulator", "Ending", "ErrorRange", "ExternalMemory", "LintWarning", "Program", "Results", "Session",
    "Timeline", "Traffic", "build", "build_bare_array", "find_verilator", "lint", "load_timeline", "measure_speed",
    "render", "run_cocotb_bench",
]
