# SPDX-License-Identifier: Apache-2.0
import pytest
from systemrdl import RDLCompiler, rdltypes
from systemrdl.node import FieldNode, MemNode, RegNode

from hwgen.config import preset, preset_names
from hwgen.config.register_map import RegisterMap
from hwgen.emit.systemrdl import identifier, systemrdl

ACCESS = {"rw": rdltypes.AccessType.rw, "ro": rdltypes.AccessType.r, "wo": rdltypes.AccessType.w}


@pytest.mark.parametrize("name", preset_names())
def test_compiles_to_the_register_map(name, tmp_path):
    config = preset(name)
    (tmp_path / "map.rdl").write_text(systemrdl(config))
    compiler = RDLCompiler()
    compiler.compile_file(str(tmp_path / "map.rdl"))
    top = compiler.elaborate().top
    assert top.inst_name == f"{config.module_name}_cluster"

    found = {}
    for node in top.descendants():
        if isinstance(node, RegNode):
            found[f"{node.parent.inst_name}.{node.inst_name}"] = (
                node.absolute_address, node.get_property("regwidth"), node.get_property("desc"),
                [(field.inst_name, field.low, field.width, field.get_property("sw"), field.get_property("reset"),
                  field.get_property("onwrite"), field.get_property("desc"))
                 for field in node.children() if isinstance(field, FieldNode)])
    registers = RegisterMap(config)
    expected = {}
    for block in registers.blocks:
        for word in block.registers:
            clears = rdltypes.OnWriteType.woclr if word.one_clears else None
            expected[f"{block.name}.{word.name}"] = (
                block.address(word.name), 32, word.meaning,
                [(f.name, f.offset, f.width, ACCESS[word.access], f.reset, clears, f.meaning) for f in word.fields])
    assert found == expected

    (memory,) = [node for node in top.children() if isinstance(node, MemNode)]
    assert memory.absolute_address == registers.window_base
    assert memory.size == config.memory.size
    assert memory.get_property("memwidth") == 32


def test_words_of_the_language_are_escaped():
    assert identifier("signal") == "\\signal"
    assert identifier("base") == "base"
