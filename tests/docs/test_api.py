# SPDX-License-Identifier: Apache-2.0
"""The example of the Python interface, run as printed."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hwgen.api

pytestmark = pytest.mark.xdist_group("tiny")
TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_example_runs():
    (code,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "program for tiny" in done.stdout


def test_every_name_is_described():
    assert {name for name in hwgen.api.__all__ if name not in ("Layer", "Mapped", "Rescale")} <= set(re.findall(r"`(\w+)\(", TEXT))
    assert doctest.testmod(hwgen.api).failed == 0
