# SPDX-License-Identifier: Apache-2.0
import re

import pytest

from hwgen.config import preset, preset_names
from hwgen.config.counters import WAIT_CAUSES, cycle_causes
from hwgen.config.error_causes import MEANINGS, ErrorCause
from hwgen.config.register_map import RegisterMap
from hwgen.emit.markdown import reference_name, register_reference, table
from hwgen.emit.text import common_registers


@pytest.mark.parametrize("name", preset_names())
def test_lists_every_register_and_field(name):
    config = preset(name)
    text, registers = register_reference(config), RegisterMap(config)
    chapters = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    shared = registers.unit_blocks[0]
    for block in registers.blocks:
        chapter = chapters[f"Unit {block.name}" if block.unit else "Registers of the whole cluster"]
        for word in block.registers:
            where = chapter
            if word in common_registers(block):
                if block is not shared:
                    continue
                where = chapters["Waits and completion"]
            row = next(line for line in where.splitlines() if f"`{word.name}`" in line and "| 0x" in line)
            assert row.startswith(f"| 0x{block.address(word.name):04X} |")
            assert f"| {word.access}" in row and f"| 0x{word.reset:X} |" in row and word.meaning in row
            for field in word.fields:
                assert f"{field.lowest} to {field.highest} |" in where and field.meaning.replace("|", "\\|") in text


def test_explains_counters_in_the_order_of_charging():
    config = preset("tiny")
    text = register_reference(config)
    for cause in cycle_causes(config):
        assert f"`{cause}`" in text
    positions = [text.index(f"`A_{cause}`", text.index("looked at in the order")) for cause in WAIT_CAUSES]
    assert positions == sorted(positions)


def test_explains_every_error():
    assert set(MEANINGS) == set(ErrorCause)


def test_tables_have_equal_columns():
    text = register_reference(preset("datamaestro"))
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.replace("\\|", "").count("|") for line in block.splitlines()}) == 1


def test_table_escapes_bars():
    assert table(["a"], [["x|y"]]) == "| a |\n| --- |\n| x\\|y |"


def test_file_is_named_after_the_design():
    assert reference_name(preset("datamaestro-paper")) == "datamaestro_paper_registers.md"
