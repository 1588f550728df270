# SPDX-License-Identifier: Apache-2.0
"""Golden model: what a descriptor says, and what it does to registers and queues. Plain Python."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...config.descriptor_format import (
    CHECKSUM_INDEX, HEADER, MAGIC, MASK_BITS, SECTION, SHORTEST, SOURCE, VERSION, Runtime, Table, ValueSource, checksum,
    indirect_words, mask_words, unpack,
)
from ...config.error_causes import ErrorCause
from ...config.register_map import Block, RegisterMap
from ...config.registers import REGISTER_BITS, Register
from ...errors import HwgenError

ALL_ONES = (1 << REGISTER_BITS) - 1
Value = int | Runtime | Table


class DescriptorError(HwgenError):
    """A descriptor is refused.

    Attributes
    ----------
    cause : ErrorCause
    fatal : bool
        Its length cannot be trusted.
    """

    def __init__(self, cause: ErrorCause, message: str, *, fatal: bool = False):
        super().__init__(f"{cause.name}: {message}")
        self.cause, self.fatal = cause, fatal


@dataclass(frozen=True)
class Section:
    """One unit's entry: registers by name with their values, and whether all others take their reset values."""

    unit: str
    fresh: bool
    values: dict[str, Value]


def legal(word: Register, value: int) -> bool:
    """Whether a bus word is a legal value of a register, by the definition of its fields."""
    if len(word.fields) == 1 and word.fields[0].signed:
        signed = value - (1 << REGISTER_BITS) if value >> REGISTER_BITS - 1 else value
        return word.fields[0].lowest <= signed <= word.fields[0].highest
    return value >> word.width == 0 and all(
        (value >> f.offset & (1 << f.width) - 1) <= f.highest for f in word.fields if not f.signed)


def length_of(words: Sequence[int], registers: RegisterMap, announced: int | None = None) -> int:
    """Length of the descriptor that begins with these words; ``announced`` words of it are known to be there.

    Raises
    ------
    DescriptorError
        If its first word is not that of a descriptor of this version, or the length is not legal.
    """
    header = unpack(words[0], HEADER)
    if (header["magic"], header["version"]) != (MAGIC, VERSION):
        raise DescriptorError(ErrorCause.DESCRIPTOR_VERSION, f"a descriptor must begin with 0x{MAGIC:02X} and version {VERSION}, not 0x{header['magic']:02X} and {header['version']}", fatal=True)
    announced, longest = len(words) if announced is None else announced, registers.config.dma.descriptors.buffer_words
    if not SHORTEST <= header["length"] <= min(announced, longest):
        raise DescriptorError(ErrorCause.DESCRIPTOR_CONTENT, f"a descriptor's length must be within {SHORTEST}..{min(announced, longest)} words, not {header['length']}", fatal=True)
    return header["length"]


def parse(words: Sequence[int], registers: RegisterMap) -> list[Section]:
    """Sections of one whole descriptor.

    Raises
    ------
    DescriptorError
        If version, length, checksum or structure are wrong; values are not looked at.
    """
    words = list(words[:length_of(words, registers)])
    if (expected := checksum(words)) != words[CHECKSUM_INDEX]:
        raise DescriptorError(ErrorCause.DESCRIPTOR_CHECKSUM, f"the checksum must be 0x{expected:08X}, not 0x{words[CHECKSUM_INDEX]:08X}")
    _demand(unpack(words[0], HEADER)["flags"] == 0, "reserved bits of the header must be zero")
    rest, sections = words[CHECKSUM_INDEX + 1:], []
    while rest:
        sections.append(_section(rest, registers))
    return sections


def _demand(condition: bool, message: str) -> None:
    if not condition:
        raise DescriptorError(ErrorCause.DESCRIPTOR_CONTENT, message)


def _take(rest: list[int]) -> int:
    _demand(bool(rest), "the last section needs more words than the descriptor has")
    return rest.pop(0)


def _section(rest: list[int], registers: RegisterMap) -> Section:
    head = unpack(_take(rest), SECTION)
    _demand(head["section_reserved"] == 0, "reserved bits of a section must be zero")
    _demand(head["unit"] < len(registers.units), f"a unit must be within 0..{len(registers.units) - 1}, not {head['unit']}")
    block = registers.unit_blocks[head["unit"]]
    count = len(block.registers)
    mask = head["mask"]
    for part in range(mask_words(count)):
        mask |= _take(rest) << MASK_BITS + REGISTER_BITS * part
    indirect = sum(_take(rest) << REGISTER_BITS * part for part in range(indirect_words(count))) if head["indirect"] else 0
    _demand(mask >> count == 0, f"unit {block.name} has {count} registers; the mask 0x{mask:X} names others")
    _demand(indirect & ~mask == 0, f"registers without a value in the descriptor have no source; the mask 0x{indirect:X} names some")
    values = {word.name: _value(rest, indirect >> index & 1, registers) for index, word in enumerate(block.registers) if mask >> index & 1}
    return Section(block.name, bool(head["fresh"]), values)


def _value(rest: list[int], indirect: int, registers: RegisterMap) -> Value:
    if not indirect:
        return _take(rest)
    source, literal = unpack(_take(rest), SOURCE), _take(rest)
    count = registers.config.dma.descriptors.runtime_registers
    _demand(source["source_reserved"] == 0, "reserved bits of a source must be zero")
    _demand(source["runtime"] < count, f"a run-time register must be within 0..{count - 1}, not {source['runtime']}")
    match source["kind"]:
        case ValueSource.RUNTIME:
            return Runtime(source["runtime"], literal)
        case ValueSource.TABLE:
            return Table(literal, source["runtime"])
    raise DescriptorError(ErrorCause.DESCRIPTOR_CONTENT, f"a source must be run-time register or table, not {source['kind']}")


class DescriptorModel:
    """Carries descriptors out on the registers of the units' blocks.

    Parameters
    ----------
    registers : RegisterMap
    read : callable
        Word at a byte address of the memory that ring and tables lie in, or None outside of it.
    """

    def __init__(self, registers: RegisterMap, read: Callable[[int], int | None]):
        self.map, self.read = registers, read
        self.held = {block.name: self._reset(block) for block in registers.unit_blocks}

    @staticmethod
    def _reset(block: Block) -> dict[str, int]:
        return {word.name: word.reset for word in block.registers}

    def run(self, words: Sequence[int], runtime: Sequence[int]) -> list[tuple[str, dict[str, int]]]:
        """Entries that the descriptor pushes, in order: unit, and all registers of its block.

        Raises
        ------
        DescriptorError
            And nothing has changed.
        """
        resolved = []
        for section in parse(words, self.map):
            block = self.map.block(section.unit)
            values = {name: self._resolve(value, runtime) for name, value in section.values.items()}
            for name, value in values.items():
                _demand(legal(block.register(name), value), f"0x{value:08X} is not a legal value of {block.name}.{name}")
            resolved.append((block, section.fresh, values))
        pushes = []
        for block, fresh, values in resolved:
            before = self._reset(block) if fresh else self.held[block.name]
            self.held[block.name] = before | values
            pushes.append((block.name, self.held[block.name]))
        return pushes

    def _resolve(self, value: Value, runtime: Sequence[int]) -> int:
        match value:
            case Runtime(register, offset):
                return runtime[register] + offset & ALL_ONES
            case Table(address, register):
                place = address + 4 * runtime[register] & ALL_ONES
                _demand(place % 4 == 0, f"a table entry's address must be a multiple of 4, not 0x{place:X}")
                word = self.read(place)
                if word is None:
                    raise DescriptorError(ErrorCause.DESCRIPTOR_FETCH, f"no word can be read at 0x{place:X}")
                return word
        return value
