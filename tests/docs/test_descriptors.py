# SPDX-License-Identifier: Apache-2.0
"""The worked example, run as printed; and the tables, held to the format."""

import re
import subprocess
import sys
from pathlib import Path

from hwgen.config.descriptor_format import HEADER, MAGIC, SECTION, SOURCE, VERSION

TEXT = (Path(__file__).parents[2] / "docs" / "descriptors.md").read_text(encoding="utf-8")


def block(language):
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return text


def test_example_prints_what_is_printed():
    done = subprocess.run([sys.executable, "-c", block("python")], capture_output=True, text=True, check=True)
    assert done.stdout == block("text")


def test_fields_are_where_the_table_says():
    printed = {name: bits for bits, name in re.findall(r"^\| *\w* *\| ([\d:]+) \| `(\w+)` \|", TEXT, re.MULTILINE)}
    fields = [field for word in (HEADER, SECTION, SOURCE) for field in word.fields if "reserved" not in field.name]
    assert printed == {f.name: f"{f.offset + f.width - 1}:{f.offset}" if f.width > 1 else str(f.offset) for f in fields}
    assert f"| `version` | {VERSION} |" in TEXT and f"| `magic` | 0x{MAGIC:02X} |" in TEXT
