# SPDX-License-Identifier: Apache-2.0
"""The words of a job descriptor, described once for hardware, compiler, C header and documents."""

import enum
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from .registers import REGISTER_BITS, Field, Register, packed

MAGIC = 0xD5
"""Top byte of every descriptor's first word."""
VERSION = 1
"""Version of the format described here; hardware refuses every other."""
SHORTEST = 3
"""Words of the shortest descriptor: header, checksum, one section without a register."""
CHECKSUM_INDEX = 1
"""Which word of a descriptor is its checksum."""
MASK_BITS = 24
"""Registers whose mask bits are in the section word itself."""
LARGEST_RING = 20
"""Largest legal logarithm of a ring's words."""


class QueueSource(enum.IntEnum):
    """Where the ring and its tables lie."""

    EXTERNAL = 0
    SCRATCHPAD = 1


class ValueSource(enum.IntEnum):
    """Where the value of a register comes from."""

    LITERAL = 0
    RUNTIME = 1
    TABLE = 2


@dataclass(frozen=True)
class Runtime:
    """A run-time register's value plus ``offset``, modulo 2^32."""

    register: int
    offset: int = 0


@dataclass(frozen=True)
class Table:
    """The word at byte ``address`` plus four times a run-time register's value, modulo 2^32, in the ring's memory."""

    address: int
    register: int


HEADER = packed(
    "header", "First word of a descriptor; its checksum is the second.",
    Field("length", 16, "Words of the whole descriptor, this one included."),
    Field("flags", 4, "Reserved; must be zero."),
    Field("version", 4, f"Version of the format, {VERSION}."),
    Field("magic", 8, f"0x{MAGIC:02X}."),
)
SECTION = packed(
    "section", "First word of a unit's entry.",
    Field("unit", 5, "The unit, as in masks of the register map."),
    Field("fresh", 1, "Registers that the mask leaves out take their reset values, not those of the unit's previous entry."),
    Field("indirect", 1, "Masks of the registers that do not take a literal follow the mask."),
    Field("section_reserved", 1, "Must be zero."),
    Field("mask", MASK_BITS, f"Registers of the unit's block that follow, number 0 lowest; those from {MASK_BITS} upwards have masks of {REGISTER_BITS} bits in the next words."),
)
SOURCE = packed(
    "source", "Stands before the value of a register that does not take a literal.",
    Field("kind", 2, "; ".join(f"{kind.value} {kind.name.lower()}" for kind in ValueSource) + "."),
    Field("runtime", 6, "Which run-time register."),
    Field("source_reserved", 24, "Must be zero."),
)
WORDS = (HEADER, SECTION, SOURCE)
"""Words that have fields; all others are masks, checksums and values."""


def mask_words(registers: int) -> int:
    """Mask words that follow the section word of a unit whose block has that many registers."""
    return max(0, -(-(registers - MASK_BITS) // REGISTER_BITS))


def indirect_words(registers: int) -> int:
    """Words of the masks that tell which registers do not take a literal."""
    return -(-registers // REGISTER_BITS)


def checksum(words: Sequence[int]) -> int:
    """CRC-32 (IEEE 802.3, as `zlib.crc32`) over all words of a descriptor but the checksum itself, lowest byte first."""
    covered = [word for index, word in enumerate(words) if index != CHECKSUM_INDEX]
    return zlib.crc32(struct.pack(f"<{len(covered)}I", *covered))


def unpack(word: int, layout: Register) -> dict[str, int]:
    """Fields of a word by name."""
    return {field.name: word >> field.offset & (1 << field.width) - 1 for field in layout.fields}
