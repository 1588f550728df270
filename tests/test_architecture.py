# SPDX-License-Identifier: Apache-2.0
"""Imports point one way; the compiler and the command line load no hardware."""

import ast
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hwgen.compiler

ROOT = Path(__file__).parent.parent
FOLDERS = {"sim": ROOT / "sim", "fpga": ROOT / "fpga"}
"""Packages below ``hwgen`` that have their sources elsewhere."""

COMMON = {"errors", "cache", "files", ""}
"""Modules at the top that everything may import; the empty name is ``hwgen`` itself, for its version."""
HARDWARE = {"config", "parts", "streamer", "gemm", "quant", "accelerators", "dma", "soc"}
ALLOWED = {
    "": {"errors"},
    "errors": set(),
    "cache": {"errors"},
    "files": {"errors"},
    "config": set(),
    "parts": {"config"},
    "streamer": {"config", "parts"},
    "gemm": {"config", "parts"},
    "quant": {"config", "parts"},
    "accelerators": {"config", "parts", "gemm", "quant"},
    "dma": {"config", "parts", "streamer"},
    "soc": {"config", "parts", "streamer", "dma"},
    "compiler": {"config"},
    "emit": HARDWARE,
    "sim": HARDWARE | {"compiler", "emit"},
    "fpga": HARDWARE | {"emit"},
    "api": {"config", "compiler", "sim"},
    "cli": HARDWARE | {"compiler", "emit", "sim", "fpga"},
}
MODELS = {"hwgen.accelerators.gemm_model", "hwgen.dma.model", "hwgen.gemm.model", "hwgen.quant.model", "hwgen.soc.descriptors.model", "hwgen.streamer.model"}
"""Golden models, pure Python and NumPy, that the compiler may import as well."""


def sources():
    """Dotted name and path of every source file."""
    for path in sorted((ROOT / "hwgen").rglob("*.py")):
        yield name_of(("hwgen", *path.relative_to(ROOT / "hwgen").with_suffix("").parts)), path
    for package, folder in FOLDERS.items():
        for path in sorted(folder.rglob("*.py")):
            yield name_of(("hwgen", package, *path.relative_to(folder).with_suffix("").parts)), path


def name_of(parts):
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(name, path):
    """Dotted names of the modules that a source file imports, wherever in the file."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[:len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            # `from package import module` imports that module, `from module import thing` this one.
            modules = {f"{base}.{alias.name}" for alias in node.names} & NAMES
            yield from modules or {base}


SOURCES = list(sources())
NAMES = {name for name, _ in SOURCES}


def part(name):
    """The folder, or the module at the top, that a module belongs to."""
    return (name.split(".") + [""])[1]


@pytest.mark.parametrize("text, expected", [
    ("from .. import parts", {"hwgen.parts"}),
    ("from ..parts.queue import Queue", {"hwgen.parts.queue"}),
    ("from ..parts import queue", {"hwgen.parts.queue"}),
    ("from . import base", {"hwgen.config.base"}),
    ("def f():\n    import hwgen.soc.cluster as c, amaranth", {"hwgen.soc.cluster", "amaranth"}),
])
def test_imports_are_found_in_every_form(text, expected, tmp_path):
    (tmp_path / "file.py").write_text(text)
    assert set(imports("hwgen.config.file", tmp_path / "file.py")) == expected


@pytest.mark.parametrize("name, path", SOURCES, ids=lambda value: value if isinstance(value, str) else "")
def test_imports_point_one_way(name, path):
    own = part(name)
    for imported in imports(name, path):
        if imported.split(".")[0] in FOLDERS:
            pytest.fail(f"{name} must import {imported} by its relative name")
        if imported.split(".")[0] != "hwgen" or part(imported) == own or part(imported) in COMMON:
            continue
        if own == "compiler" and imported in MODELS:
            continue
        assert part(imported) in ALLOWED[own], f"{name} must not import {imported}"


@pytest.mark.parametrize("name, path", [source for source in SOURCES if part(source[0]) in ("compiler", "config")],
                         ids=lambda value: value if isinstance(value, str) else "")
def test_no_hardware_language_in_compiler_and_config(name, path):
    assert not [imported for imported in imports(name, path) if imported.split(".")[0] == "amaranth"]


def test_every_folder_has_its_place():
    assert {part(name) for name, _ in SOURCES} <= set(ALLOWED)


def test_every_folder_is_packaged():
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert sorted(packages) == sorted({name for name, path in SOURCES if path.name == "__init__.py"} | {f"hwgen.{package}" for package in FOLDERS})


def loaded_by(*modules):
    """Names of all modules that are loaded once these are."""
    script = f"import sys, {', '.join(modules)}; print('\\n'.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split())


def test_compiler_runs_without_amaranth():
    modules = [f"hwgen.compiler.{module.name}" for module in pkgutil.iter_modules(hwgen.compiler.__path__)]
    assert modules
    assert "amaranth" not in loaded_by("hwgen.compiler", *modules)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_models_run_without_amaranth(model):
    assert "amaranth" not in loaded_by(model)


def test_command_line_starts_without_hardware():
    assert not {"amaranth", "numpy", "hwgen.emit", "hwgen.soc", "hwgen.sim"} & loaded_by("hwgen.cli")
