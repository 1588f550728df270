# SPDX-License-Identifier: Apache-2.0
"""The register reference, as a document for people."""

from collections.abc import Iterable

from ..config import ClusterConfig
from ..config.counters import WAIT_CAUSES, cycle_causes
from ..config.register_map import Block, RegisterMap
from ..config.registers import Field, Register
from .markdown_chapters import errors, jobs, overview
from .text import common_registers, heading


def reference_name(config: ClusterConfig) -> str:
    """File name of the register reference."""
    return f"{config.module_name}_registers.md"


def register_reference(config: ClusterConfig) -> str:
    """Registers of one cluster and how to use them, in Markdown."""
    registers = RegisterMap(config)
    parts = [
        f"<!-- {heading(config, 'register reference')} -->",
        f"# Registers of {config.name}",
        overview(registers),
        "## Address map",
        _address_map(registers),
        jobs(registers),
        errors(registers),
        "## Counters",
        _counters(config),
    ]
    parts += ["## Registers of the whole cluster", _block(registers.global_block, registers.global_block.registers)]
    for block in registers.unit_blocks:
        words = block.registers[:len(block.unit.registers)]
        index, waits = registers.unit_index(block.name), block.address("wait_0")
        place = f"Bit {index} of masks, a {block.unit.kind}. Waits and completion follow at 0x{waits:X} (see below)."
        parts += [f"## Unit {block.name}", place, _block(block, words)]
    first = registers.unit_blocks[0]
    place = f"Every unit's block ends with these words; addresses are those of unit {first.name}."
    parts += ["## Waits and completion", place, _block(first, common_registers(first))]
    return "\n\n".join(parts) + "\n"


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    columns = list(columns)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _address_map(registers: RegisterMap) -> str:
    rows = [(f"0x{block.offset:X}", f"0x{block.end - 1:X}", f"unit {block.name}" if block.unit else "whole cluster")
            for block in registers.blocks]
    size = registers.config.memory.size
    rows.append((f"0x{registers.window_base:X}", f"0x{registers.window_base + size - 1:X}", "memory window"))
    return table(["first byte", "last byte", "what"], rows) + (
        "\n\nAccesses to any other address are answered with an error.")


def _counters(config: ClusterConfig) -> str:
    readers = [name for name, streamer in config.streamers.items() if streamer.reads]
    waits = [f"`{readers[0]}_{cause}`" for cause in WAIT_CAUSES] if readers else ["none"]
    units = config.accelerator.units()
    asked = f"{units[0].name}'s next job" if units else "the accelerator's next job (it takes none)"
    step, busy = "the accelerator did a step of its work", []
    if not config.accelerator.reports_status:
        step = f"a word passed `{config.accelerator.pace or next(iter(config.streamers))}`"
        busy = ["The accelerator leaves a word untaken: `accelerator_busy`."]
    if config.accelerator.passes:
        step += "; `pass` if it carried a word past it instead"
    rest = [*busy, f"{asked[0].upper()}{asked[1:]} waits for another: `dependency`.", "Results are on their way to memory: `drain`.",
            "Some unit's next job waits for another: `dependency`.", "Nothing has been asked of the accelerator: `configuration`."]
    rest_lines = "\n".join(f"{number}. {line}" for number, line in enumerate(rest, 4))
    causes = ", ".join(f"`{cause}`" for cause in cycle_causes(config))
    return f"""\
Every cycle from the first write to a job register to the last completion is charged to exactly one
cause, so `count_steps` and all other `count_` registers add up to `total_cycles`: {causes}.

When several causes apply at once, the first of this order is charged:

1. `steps`: {step}.
2. The accelerator misses a word of a reader, looked at in the order {", ".join(readers)}: `dependency` if the
   reader's job waits for another, `configuration` if it has none, `fill` before the first step after an
   idle accelerator, else the first that applies of {", ".join(waits)} and so on.
3. A result cannot leave: `dependency` or `configuration` likewise if no writer is running, else `output_blocked`.
{rest_lines}"""


def _block(block: Block, words: Iterable[Register]) -> str:
    rows = []
    for word in words:
        access = f"{word.access}, 1 clears" if word.one_clears else word.access
        rows.append((f"0x{block.address(word.name):04X}", f"`{word.name}`", access, f"0x{word.reset:X}", "", "", word.meaning))
        if [field.name for field in word.fields] != [word.name]:
            rows += [("", f"`{field.name}`", "", f"{field.reset}", _bits(field), _range(field), field.meaning)
                     for field in word.fields]
        else:
            rows[-1] = (*rows[-1][:4], _bits(word.fields[0]), _range(word.fields[0]), word.meaning)
    return table(["address", "name", "access", "reset", "bits", "range", "meaning"], rows)


def _bits(field: Field) -> str:
    top = field.offset + field.width - 1
    return f"{top}:{field.offset}" if field.width > 1 else f"{top}"


def _range(field: Field) -> str:
    return f"{field.lowest} to {field.highest}"
