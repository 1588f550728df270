# SPDX-License-Identifier: Apache-2.0
"""The worked example, run as printed; and the tables, held to what they list."""

import re
import subprocess
import sys
from pathlib import Path

from support.programs import BUFFERS, CONFIG

from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.compiler.program import Program
from hwgen.compiler.program.buffers import ROLES, Buffer
from hwgen.compiler.program.file import as_dict
from hwgen.compiler.program.parse import FORMAT, VERSION

TEXT = (Path(__file__).parents[2] / "docs" / "programs.md").read_text(encoding="utf-8")


def block(language):
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return text


def test_example_prints_what_is_printed():
    done = subprocess.run([sys.executable, "-c", block("python")], capture_output=True, text=True, check=True)
    assert done.stdout == block("text")


def test_every_key_of_the_format_is_told():
    told = set(re.findall(r"`(\w+)`", TEXT))
    buffer = Buffer("w", "external", 1024, 64, "constant", dtype="int16", shape=(4, 8), file="w.npz")
    content = as_dict(Program(CONFIG.name, CONFIG.config_hash, (*BUFFERS, buffer), (Job({"A": Entry({"base": 1}, (Wait("L", 1),), Signal(1), True)}, "a", 1),)))
    (job,) = content["jobs"]
    keys = {*content, *(key for one in content["buffers"] for key in one), *job, *job["entries"]["A"], *job["entries"]["A"]["waits"][0], *job["entries"]["A"]["signal"]}
    assert keys | set(ROLES) <= told
    assert f"`{FORMAT}`, {VERSION} |" in TEXT
