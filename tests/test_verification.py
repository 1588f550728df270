# SPDX-License-Identifier: Apache-2.0
"""The table of what is verified names tests that exist, and every hardware component."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
CHAPTERS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TABLE, re.MULTILINE | re.DOTALL))
PROPERTIES = re.findall(r"^\| ([a-z ]+) \|", TABLE.split("\n## ")[0], re.MULTILINE)[1:]
HARDWARE = ("accelerators", "dma", "gemm", "parts", "quant", "soc", "streamer")
COMPONENTS = {"Component", "Extension"}
CELL = re.compile(r"(proved .+: `|tested: `.+; not proved because |n/a: ).+")


@cache
def names_in(path: str) -> set[str]:
    """Names of the test functions in a file below ``tests``."""
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def components() -> dict[str, str]:
    """File of every class derived from a component in the folders of hardware."""
    found = {}
    for file in sorted(path for folder in HARDWARE for path in (ROOT / "hwgen" / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base).split(".")[-1] in COMPONENTS for base in node.bases):
                found[node.name] = str(file.relative_to(ROOT))
    return found


def listed() -> list[str]:
    """Components that the chapters name, one after the other."""
    return [name for line in re.findall(r"^Components: ([^.]+)\.", TABLE, re.MULTILINE) for name in re.findall(r"`(\w+)`", line)]


def test_every_named_test_exists():
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)
    assert len(named) > 100
    missing = [f"{path}::{name}" for path, name in named if not (ROOT / "tests" / path).is_file() or name not in names_in(path)]
    assert not missing


def test_every_component_has_a_chapter_and_only_one():
    assert len(components()) > 40
    assert sorted(listed()) == sorted(components())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_property_is_answered(chapter):
    rows = re.findall(r"^\| ([a-z ]+) \| (.+) \|$", CHAPTERS[chapter], re.MULTILINE)
    assert [name for name, _ in rows] == ["property", *PROPERTIES]
    assert [cell for _, cell in rows[1:] if not CELL.fullmatch(cell)] == []


def test_every_proof_has_planted_bugs():
    proofs = {path for path, name in re.findall(r"proved [^`|]+: `([\w/]+\.py)::(\w+)`", TABLE)}
    lacking = [path for path in proofs if not any(name.startswith("test_proof_catches") for name in names_in(path))]
    assert not lacking
