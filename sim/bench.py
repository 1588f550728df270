# SPDX-License-Identifier: Apache-2.0
"""Running a bench written with cocotb on a design as it is, without the bus player."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from cocotb_tools.check_results import get_results

from ..errors import ToolError
from .build import BuiltSimulator, build, run_logged
from .cache import cache_dir
from .process import cocotb_environment, log_tail


def run_cocotb_bench(
    verilog_files: Sequence[Path | str],
    top: str,
    module: str,
    *,
    key: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run all cocotb tests of a Python module with the design as top; only its ports are visible.

    Parameters
    ----------
    verilog_files : sequence of Path
    top : str
    module : str
        Importable by name from ``sys.path``.
    key : sequence of str
        As for ``build``.
    environment : mapping of str to str, optional
        Variables to hand to the bench.

    Returns
    -------
    int
        How many tests ran.

    Raises
    ------
    ToolError
        If building fails, a test fails or none ran; with the end of the log.
    """
    built = build(verilog_files, top, key=key, kind="bare")
    folder = Path(tempfile.mkdtemp(prefix="hwgen-bench-"))
    try:
        return _run(built, module, folder, dict(environment or {}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(built: BuiltSimulator, module: str, folder: Path, extra: dict[str, str]) -> int:
    log, results = folder / "simulator.log", folder / "results.xml"
    environment = cocotb_environment(built.top, module) | extra | {"COCOTB_RESULTS_FILE": str(results)}
    try:
        run_logged([str(built.executable)], log, environment, cwd=folder)
        tests, failures = get_results(results)
    except (OSError, RuntimeError, subprocess.SubprocessError):
        tests, failures = 0, 0
    if tests == 0 or failures:
        what = f"{failures} of {tests} tests failed" if tests else "no test ran"
        kept = cache_dir() / "logs" / f"bench-{module}.log"
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(log, kept)
        raise ToolError(f"cocotb bench {module!r}: {what}, log in {kept}:\n{log_tail(log, 30)}")
    return tests
