# SPDX-License-Identifier: Apache-2.0
"""The interpreter shares nothing with what it judges."""

import ast
import sys
from pathlib import Path

import hwgen.sim.fuzz
import pytest

FOLDER = Path(hwgen.sim.fuzz.__path__[0])
INTERPRETER = ("model", "walk", "extend", "arithmetic")
FORBIDDEN = ("hwgen.streamer", "hwgen.gemm", "hwgen.quant", "hwgen.compiler", "hwgen.config", "hwgen.accelerators", "hwgen.soc", "hwgen.parts")


def imports(path):
    """Modules that a file names: those of its own folder by their name alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level == 1 and not node.module:
                yield from (f".{alias.name}" for alias in node.names)
            else:
                yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("name", INTERPRETER)
def test_interpreter_imports_itself_and_the_standard_library(name):
    for module in imports(FOLDER / f"{name}.py"):
        assert module.removeprefix(".") in INTERPRETER if module.startswith(".") else module.split(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_here_calls_a_golden_model(path):
    names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert not names & {"golden", "extend_model"}
    assert not [module for module in imports(path) if module.endswith(".model") and module != ".model"]
