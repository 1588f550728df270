# SPDX-License-Identifier: Apache-2.0
"""The register map in SystemRDL 2.0."""

from ..config import ClusterConfig
from ..config.register_map import Block, RegisterMap
from ..config.registers import REGISTER_BITS, Field, Register
from .text import heading

SOFTWARE = {"rw": "rw", "ro": "r", "wo": "w"}
HARDWARE = {"rw": "r", "ro": "w", "wo": "r"}

KEYWORDS = frozenset([
    "abstract", "accesstype", "addressingtype", "addrmap", "alias", "all", "bit", "boolean", "bothedge", "compact",
    "component", "componentwidth", "constraint", "default", "encode", "enum", "external", "false", "field",
    "fullalign", "hw", "inside", "internal", "level", "longint", "mem", "na", "negedge", "nonsticky", "number",
    "onreadtype", "onwritetype", "posedge", "property", "r", "rclr", "ref", "reg", "regalign", "regfile", "rset",
    "ruser", "rw", "rw1", "signal", "string", "struct", "sw", "this", "true", "type", "unsigned", "w", "w1", "wclr",
    "woclr", "woset", "wot", "wr", "wset", "wuser", "wzc", "wzs", "wzt",
])


def systemrdl_name(config: ClusterConfig) -> str:
    """File name of the SystemRDL description."""
    return f"{config.module_name}.rdl"


def systemrdl(config: ClusterConfig) -> str:
    """One ``addrmap`` with a ``regfile`` for each block and the window as an external ``mem``."""
    registers = RegisterMap(config)
    blocks = "\n".join(_block(block) for block in registers.blocks)
    return f"""\
// SPDX-License-Identifier: Apache-2.0
// {heading(config, "register map in SystemRDL")}

addrmap {identifier(f"{config.module_name}_cluster")} {{
    name = {_string(config.name)};
    default regwidth = {REGISTER_BITS};
    default accesswidth = {REGISTER_BITS};

{blocks}
    external mem {{
        name = "Memory window";
        mementries = {config.memory.size * 8 // REGISTER_BITS};
        memwidth = {REGISTER_BITS};
        sw = rw;
    }} memory_window @ 0x{registers.window_base:X};
}};
"""


def identifier(name: str) -> str:
    """``name``, escaped if the language uses the word itself."""
    return f"\\{name}" if name.lower() in KEYWORDS else name


def _block(block: Block) -> str:
    words = "\n".join(_register(block, word) for word in block.registers)
    title = f"Unit {block.name}" if block.unit else "Whole cluster"
    return f"""\
    regfile {{
        name = {_string(title)};
{words}
    }} {identifier(block.name)} @ 0x{block.offset:X};
"""


def _register(block: Block, word: Register) -> str:
    fields = "\n".join(_field(word, field) for field in word.fields)
    return f"""\
        reg {{
            desc = {_string(word.meaning)};
{fields}
        }} {identifier(word.name)} @ 0x{block.address(word.name) - block.offset:X};"""


def _field(word: Register, field: Field) -> str:
    properties = [f"desc = {_string(field.meaning)}", f"sw = {SOFTWARE[word.access]}",
                  f"hw = {'rw' if word.one_clears else HARDWARE[word.access]}"]
    if word.one_clears:
        properties.append("onwrite = woclr")
    top = field.offset + field.width - 1
    reset = field.reset & (1 << field.width) - 1
    return (f"            field {{ {'; '.join(properties)}; }} {identifier(field.name)}[{top}:{field.offset}]"
            f" = {field.width}'h{reset:X};")


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
