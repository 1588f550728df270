# SPDX-License-Identifier: Apache-2.0
"""How a runtime register is described: once, by name, without any hardware.

The register file, job entries, C header, register documents, manifest and compiler all read these
descriptions; none of them repeats one.
"""

from dataclasses import dataclass
from typing import Literal

Access = Literal["rw", "ro", "wo"]

REGISTER_BITS = 32
"""Width of the register bus (AXI4-Lite)."""


@dataclass(frozen=True)
class Field:
    """A named value within a register.

    Attributes
    ----------
    name : str
    width : int
        Bits, 1 to 32.
    meaning : str
        One sentence for the documents; units included.
    signed : bool
        Two's complement; a register holding one signed field narrower than 32 bits is written
        sign-extended.
    offset : int
        Lowest bit within the register.
    reset : int
    maximum : int or None
        Largest legal value when it is below what the width allows.
    """

    name: str
    width: int
    meaning: str
    signed: bool = False
    offset: int = 0
    reset: int = 0
    maximum: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.width <= REGISTER_BITS - self.offset:
            raise ValueError(f"Field {self.name} must lie within {REGISTER_BITS} bits, not {self.width} bits at {self.offset}")

    @property
    def lowest(self) -> int:
        return -(1 << self.width - 1) if self.signed else 0

    @property
    def highest(self) -> int:
        if self.maximum is not None:
            return self.maximum
        return (1 << self.width - self.signed) - 1


@dataclass(frozen=True)
class Register:
    """One 32-bit word on the bus, holding one or more fields.

    Attributes
    ----------
    name : str
    meaning : str
    fields : tuple of Field
    access : {"rw", "ro", "wo"}
    one_clears : bool
        Writing 1 to a bit clears it, writing 0 leaves it as it is.
    """

    name: str
    meaning: str
    fields: tuple[Field, ...]
    access: Access = "rw"
    one_clears: bool = False

    @property
    def width(self) -> int:
        """Bits from the lowest up to the last field's highest."""
        return self.fields[-1].offset + self.fields[-1].width

    @property
    def reset(self) -> int:
        """The word after reset."""
        return self.pack({})

    def unpack(self, word: int) -> dict[str, int]:
        """Values of the unsigned fields in a bus word, by name."""
        return {field.name: word >> field.offset & (1 << field.width) - 1 for field in self.fields}

    def pack(self, values: dict[str, int]) -> int:
        """Bus word for the given field values; fields not named hold their reset value."""
        word = 0
        for field in self.fields:
            value = values.get(field.name, field.reset)
            if not field.lowest <= value <= field.highest:
                raise ValueError(f"{field.name} must be within {field.lowest}..{field.highest}, not {value!r}")
            if field.signed and len(self.fields) == 1:
                return value & 0xFFFF_FFFF
            word |= (value & (1 << field.width) - 1) << field.offset
        return word


def register(name: str, width: int, meaning: str, *, access: Access = "rw", **options) -> Register:
    """A register that holds one field of the same name."""
    return Register(name, meaning, (Field(name, width, meaning, **options),), access)


def packed(name: str, meaning: str, *fields: Field, access: Access = "rw", one_clears: bool = False) -> Register:
    """A register that holds several fields, packed from bit 0 upwards in the order given."""
    placed, offset = [], 0
    for field in fields:
        placed.append(Field(field.name, field.width, field.meaning, field.signed, offset, field.reset, field.maximum))
        offset += field.width
    return Register(name, meaning, tuple(placed), access, one_clears)


@dataclass(frozen=True)
class Unit:
    """A part of the cluster that takes jobs: what one of its job entries holds.

    Attributes
    ----------
    name : str
        As in signals, registers and reports, for example ``A`` or ``core``.
    kind : str
        ``streamer``, ``core`` or ``quantizer``.
    registers : tuple of Register
        The entry's own words; waits and signals, common to all units, are added by the register map.
    """

    name: str
    kind: str
    registers: tuple[Register, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for word in self.registers for field in word.fields)
