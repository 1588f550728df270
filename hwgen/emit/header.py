# SPDX-License-Identifier: Apache-2.0
"""The C header: every address, field and number of the register map, and functions to use them."""

from ..config import ClusterConfig
from ..config.counters import cycle_causes
from ..config.error_causes import ErrorCause
from ..config.register_map import WORD_BYTES, Block, RegisterMap
from ..config.registers import Field
from ..errors import ConfigError
from .header_descriptors import descriptor_defines, descriptor_enums
from .header_functions import functions
from .text import common_registers, heading

MACROS = """\
/* A field's value moved to its place, and taken from a word (unsigned). */
#define {prefix}_PLACE(field, value) (((uint32_t)(value) << field##_SHIFT) & field##_MASK)
#define {prefix}_TAKE(field, word) (((uint32_t)(word) & field##_MASK) >> field##_SHIFT)
"""


class Defines:
    """Lines of ``#define``, none of a name twice."""

    def __init__(self, prefix: str):
        self._prefix = prefix
        self._names: set[str] = set()
        self.lines: list[str] = []

    def add(self, name: str, value: int | str, comment: str = "") -> None:
        """Define ``<prefix>_<NAME>``.

        Raises
        ------
        ConfigError
            If there is one already, as for streamers whose names differ in case only.
        """
        name = f"{self._prefix}_{name}".upper()
        if name in self._names:
            raise ConfigError(f"streamers: names must give different C macros, not {name} twice")
        self._names.add(name)
        text = f"0x{value:08X}u" if isinstance(value, int) else value
        self.lines.append(f"#define {name} {text}" + (f" /* {comment} */" if comment else ""))

    def comment(self, text: str) -> None:
        self.lines += ["", f"/* {text} */"]

    def field(self, name: str, field: Field) -> None:
        """Shift, width and mask, and the largest value where the width allows more."""
        self.add(f"{name}_SHIFT", f"{field.offset}u", field.meaning)
        self.add(f"{name}_WIDTH", f"{field.width}u")
        self.add(f"{name}_MASK", ((1 << field.width) - 1) << field.offset)
        if field.maximum is not None:
            self.add(f"{name}_MAX", f"{field.maximum}u")


def header_name(config: ClusterConfig) -> str:
    """File name of the C header."""
    return f"{config.module_name}_cluster.h"


def c_header(config: ClusterConfig) -> str:
    """C99 header of one cluster; needs nothing but ``<stdint.h>``."""
    registers = RegisterMap(config)
    name = config.module_name
    prefix = name.upper()
    guard = f"{prefix}_CLUSTER_H"
    defines = Defines(prefix)
    _geometry(defines, config, registers)
    for block in registers.blocks:
        _block(defines, block)
    defines.comment("Words that every unit's block has")
    for word in common_registers(registers.unit_blocks[0]):
        for field in word.fields:
            defines.field(field.name, field)
    descriptor_defines(defines, registers)
    parts = [
        f"/* {heading(config, 'C header')} */",
        "/* SPDX-License-Identifier: Apache-2.0 */",
        f"#ifndef {guard}\n#define {guard}\n\n#include <stdint.h>",
        "\n".join(defines.lines).lstrip("\n"),
        MACROS.format(prefix=prefix).rstrip("\n"),
        *_enums(config, registers),
        functions(registers),
        f"#endif /* {guard} */",
    ]
    return "\n\n".join(parts) + "\n"


def _geometry(defines: Defines, config: ClusterConfig, registers: RegisterMap) -> None:
    memory = config.memory
    defines.comment("What was generated")
    defines.add("config_hash", f'"{config.config_hash}"')
    defines.add("address_bits", f"{registers.address_bits}u", "of the bus")
    defines.add("units", f"{len(registers.units)}u")
    defines.add("semaphores", f"{config.jobs.semaphores}u")
    defines.add("waits", f"{config.jobs.waits}u", "conditions one job can wait for")
    defines.add("queue_depth", f"{config.jobs.queue_depth}u", "jobs each unit can hold besides the running one")
    defines.add("count_width", f"{config.jobs.count_width}u", "bits of completion counters")
    defines.comment("Scratchpad; the window shows it to the bus in 32-bit words")
    defines.add("memory_banks", f"{memory.banks}u")
    defines.add("memory_bank_width", f"{memory.bank_width}u", "bits of one bank word")
    defines.add("memory_bank_depth", f"{memory.bank_depth}u", "words of one bank")
    defines.add("memory_size", memory.size, "bytes")
    defines.add("memory_window", registers.window_base)


def _block(defines: Defines, block: Block) -> None:
    defines.comment(f"Unit {block.name}" if block.unit else "Registers of the whole cluster")
    common = common_registers(block)
    defines.add(f"{block.name}_block", block.offset)
    for word in block.registers:
        defines.add(f"{block.name}_{word.name}_offset", block.address(word.name), f"{word.access}: {word.meaning}")
        if word.reset:
            defines.add(f"{block.name}_{word.name}_reset", word.reset)
        if word not in common:
            for field in word.fields:
                defines.field(f"{block.name}_{field.name}", field)


def _enums(config: ClusterConfig, registers: RegisterMap) -> list[str]:
    units = [unit.name for unit in registers.units]
    sources = [(unit, registers.unit_index(unit)) for unit in units]
    sources += [(f"semaphore_{s}", registers.semaphore_source(s)) for s in range(config.jobs.semaphores)]
    first = registers.address(f"cluster.count_{cycle_causes(config)[0]}")
    counters = [(cause, (registers.address(f"cluster.count_{cause}") - first) // WORD_BYTES)
                for cause in cycle_causes(config)]
    name = config.module_name
    return [
        _enum(name, "unit", "Units, by their bit in masks", [(unit, registers.unit_index(unit)) for unit in units]),
        _enum(name, "source", "What a job can wait for", sources),
        _enum(name, "error", "What went wrong", [(cause.name, cause.value) for cause in ErrorCause]),
        _enum(name, "counter", "What cycles are charged to, in the order of their registers", counters),
        *(_enum(name, *enum) for enum in (descriptor_enums() if config.dma and config.dma.descriptors else [])),
    ]


def _enum(name: str, kind: str, meaning: str, members: list[tuple[str, int]]) -> str:
    lines = ",\n".join(f"    {name}_{kind}_{member}".upper() + f" = {value}" for member, value in members)
    return f"/* {meaning}. */\nenum {name}_{kind} {{\n{lines}\n}};"
