# SPDX-License-Identifier: Apache-2.0
"""The model's C++, compiled once for all configs and kept."""

import ctypes
import shutil
from functools import cache
from importlib import resources
from pathlib import Path

from ...errors import ToolError
from ..build import run_logged
from ..cache import cache_dir, content_key, make_once
from ..verilator import check_host_tools

SOURCE, LIBRARY = "cycle_model.cpp", "libcycle_model.so"
ARGUMENTS = ("-std=c++17", "-O3", "-fvisibility=hidden", "-DNDEBUG", "-shared", "-fPIC")

Words = ctypes.POINTER(ctypes.c_int64)
Bytes = ctypes.POINTER(ctypes.c_uint8)


def sources() -> dict[str, str]:
    """Text of the C++ files by name."""
    folder = resources.files(__package__)
    return {file.name: file.read_text() for file in folder.iterdir() if file.name.endswith((".cpp", ".h"))}


@cache
def library() -> ctypes.CDLL:
    """The compiled model, made first if no earlier call has.

    Raises
    ------
    ToolError
        If there is no compiler, or it fails.
    """
    check_host_tools()
    compiler = shutil.which("g++")
    texts = dict(sorted(sources().items()))
    key = content_key(compiler, *ARGUMENTS, *texts, *texts.values())
    folder = make_once(cache_dir() / "cycle_model" / key, lambda target: _compile(target, compiler, texts))
    loaded = ctypes.CDLL(str(folder / LIBRARY))
    loaded.hwgen_cycles_layout.restype = ctypes.c_int64
    loaded.hwgen_cycles_run.restype = None
    number = ctypes.c_int64
    loaded.hwgen_cycles_run.argtypes = [
        Words, Words, Words, Words, number, Words, Words, Words, number, number, Bytes, number, Words]
    return loaded


def _compile(target: Path, compiler: str, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (target / name).write_text(text)
    log = target / "build.log"
    if run_logged([compiler, *ARGUMENTS, SOURCE, "-o", LIBRARY], log, None, cwd=target):
        raise ToolError("\n".join(["compiling the cycle model failed:", *log.read_text(errors="replace").splitlines()[:12]]))
