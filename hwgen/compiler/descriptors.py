# SPDX-License-Identifier: Apache-2.0
"""Jobs as descriptors in memory: written, read, and placed in the ring that the cluster takes them from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..config.descriptor_format import (
    CHECKSUM_INDEX,
    HEADER,
    LARGEST_RING,
    MAGIC,
    MASK_BITS,
    SECTION,
    SOURCE,
    VERSION,
    Runtime,
    Table,
    ValueSource,
    checksum,
    indirect_words,
    mask_words,
)
from ..config.register_map import WORD_BYTES, RegisterMap
from ..config.registers import REGISTER_BITS, Register
from ..errors import MappingError
from ..soc.descriptors.model import DescriptorError, Section, length_of, parse
from .jobs import Entry, Job, entry_values, packed_word

__all__ = ["Descriptor", "DescriptorError", "DescriptorRing", "DescriptorWriter", "Runtime", "Table", "decode", "decode_all"]

ALL_ONES = (1 << REGISTER_BITS) - 1
Value = int | Runtime | Table


class DescriptorWriter:
    """Turns jobs into descriptors that name what differs from the entries before.

    A field of a job's entry may be a `Runtime` or a `Table` value if it is alone in its register.
    Entries stand in the order in which the job has them.

    Parameters
    ----------
    register_map : RegisterMap
        Of a cluster with a descriptor queue.
    """

    def __init__(self, register_map: RegisterMap):
        dma = register_map.config.dma
        if dma is None or dma.descriptors is None:
            raise MappingError(f"the cluster must have dma.descriptors for jobs in memory, not {register_map.config.name!r}")
        self.map, self._limits = register_map, dma.descriptors
        self._reset: dict[str, dict[str, Value]] = {block.name: {word.name: word.reset for word in block.registers} for block in register_map.unit_blocks}
        self._fields = {block.name: [(word, tuple(field.name for field in word.fields)) for word in block.registers] for block in register_map.unit_blocks}
        self._seen: dict[str, dict[tuple, Value]] = {name: {} for name in self._reset}
        self._held: dict[str, dict[str, Value | None]] = {name: dict(values) for name, values in self._reset.items()}

    def encode(self, job: Job, *, fresh: bool = False) -> list[int]:
        """Words of one descriptor that pushes ``job``; they count as carried out from now on.

        With ``fresh`` it does not depend on any entry before, and can be carried out at any time.

        Raises
        ------
        MappingError
            If the job does not fit the cluster, or a descriptor.
        """
        held, body = dict(self._held), []
        for name, entry in job.entries.items():
            values = self._values(name, entry)
            body += self._section(name, values, held[name], fresh)
            # What comes from elsewhere is not known here.
            held[name] = {register: value if isinstance(value, int) else None for register, value in values.items()}
        length = len(body) + CHECKSUM_INDEX + 1
        if not body:
            raise MappingError("a descriptor's job must have an entry for a unit or more, not none")
        if length > self._limits.buffer_words:
            raise MappingError(f"a descriptor must have {self._limits.buffer_words} words at most, not {length}; push fewer units' entries with it")
        self._held = held
        words = [HEADER.pack({"magic": MAGIC, "version": VERSION, "length": length}), 0, *body]
        words[CHECKSUM_INDEX] = checksum(words)
        return words

    def forget(self) -> None:
        """Rely on no entry before: what was written has not all been carried out, or others have been."""
        self._held = {name: dict.fromkeys(held) for name, held in self._held.items()}

    def _values(self, name: str, entry: Entry) -> dict[str, Value]:
        """Value of every register of a unit's entry."""
        values, found = entry_values(self.map, name, entry), {}
        for word, fields in self._fields[name]:
            # Most registers of most entries hold what they have held before.
            key = word.name, *map(values.get, fields)
            if (value := self._seen[name].get(key)) is None:
                value = self._seen[name][key] = self._value(name, word, values)
            found[word.name] = value
        return found

    def _value(self, name: str, word: Register, values: dict) -> Value:
        indirect = [f.name for f in word.fields if isinstance(values.get(f.name), Runtime | Table)]
        if not indirect:
            return packed_word(name, word, values)
        check_source(self.map, name, word, values, indirect[0])
        return values[indirect[0]]

    def _section(self, name: str, values: dict[str, Value], held: dict[str, Value | None], fresh: bool) -> list[int]:
        """Words of an entry; the shorter of what differs from the one before and what differs from reset."""
        reset = self._reset[name]
        from_reset = {register for register, value in values.items() if value != reset[register]}
        from_held = {register for register, value in values.items() if value != held[register]}
        fresh = fresh or len(from_reset) < len(from_held)
        listed = from_reset if fresh else from_held
        mask = indirect = 0
        words: list[int] = []
        for index, (register, value) in enumerate(values.items()):
            if register not in listed:
                continue
            mask |= 1 << index
            match value:
                case Runtime(number, offset):
                    words += [SOURCE.pack({"kind": ValueSource.RUNTIME, "runtime": number}), offset & ALL_ONES]
                case Table(address, number):
                    words += [SOURCE.pack({"kind": ValueSource.TABLE, "runtime": number}), address]
                case _:
                    words.append(value)
            indirect |= (not isinstance(value, int)) << index
        head = SECTION.pack({"unit": self.map.unit_index(name), "fresh": int(fresh), "indirect": int(bool(indirect)), "mask": mask & (1 << MASK_BITS) - 1})
        more = [mask >> MASK_BITS + REGISTER_BITS * part & ALL_ONES for part in range(mask_words(len(values)))]
        sources = [indirect >> REGISTER_BITS * part & ALL_ONES for part in range(indirect_words(len(values)))] if indirect else []
        return [head, *more, *sources, *words]


def check_source(registers: RegisterMap, name: str, word: Register, values: dict, field: str) -> None:
    """Refuse a `Runtime` or `Table` value that the cluster's descriptors cannot have.

    Parameters
    ----------
    registers : RegisterMap
    name : str
        Of the unit.
    word : Register
        That the value is for.
    values : dict
        Of the entry's fields.
    field : str
        That has the value.

    Raises
    ------
    MappingError
    """
    value, dma = values[field], registers.config.dma
    if dma is None or dma.descriptors is None:
        raise MappingError(f"unit {name}: {field} must be a number, as {registers.config.name} has no dma.descriptors, not {value!r}")
    if len(word.fields) > 1:
        raise MappingError(f"unit {name}: a value that is not known beforehand must be alone in its register, not {field!r} in {word.name}")
    if not 0 <= value.register < dma.descriptors.runtime_registers:
        raise MappingError(f"unit {name}: {field} must come from a run-time register within 0..{dma.descriptors.runtime_registers - 1}, not {value.register!r}")
    if isinstance(value, Table) and (value.address % WORD_BYTES or not 0 <= value.address <= ALL_ONES):
        raise MappingError(f"unit {name}: {field} must come from a table at a multiple of {WORD_BYTES} of 32 bits, not {value.address!r}")


@dataclass(frozen=True)
class Descriptor:
    """What a descriptor says; as text, a line for each register."""

    length: int
    sections: tuple[Section, ...]

    def __str__(self) -> str:
        lines = [f"descriptor of {self.length} words"]
        for section in self.sections:
            lines.append(f"  {section.unit}{', from reset values' if section.fresh else ''}")
            lines += [f"    {name} = {_shown(value)}" for name, value in section.values.items()]
        return "\n".join(lines)


def _shown(value: Value) -> str:
    match value:
        case Runtime(register, offset):
            return f"runtime_{register} + 0x{offset:X}"
        case Table(address, register):
            return f"word at 0x{address:X} + 4 * runtime_{register}"
    return f"0x{value:X}"


def decode(words: Sequence[int], register_map: RegisterMap) -> Descriptor:
    """The descriptor that ``words`` begin with.

    Raises
    ------
    DescriptorError
        If version, length, checksum or structure are wrong; its name is that of the hardware's cause.
    """
    return Descriptor(length_of(words, register_map), tuple(parse(words, register_map)))


def decode_all(words: Sequence[int], register_map: RegisterMap) -> Iterator[Descriptor]:
    """Descriptors that follow one another; errors as of `decode`."""
    words = list(words)
    while words:
        descriptor = decode(words, register_map)
        yield descriptor
        del words[:descriptor.length]


class DescriptorRing:
    """The ring in memory, as the one who fills it keeps it.

    Parameters
    ----------
    base : int
        Byte address, a multiple of 4.
    size : int
        Words, a power of two.
    store : callable
        Puts a word at a byte address.

    Attributes
    ----------
    tail, head : int
        Words announced and done with, modulo 2^32, as in the registers.
    """

    def __init__(self, base: int, size: int, store: Callable[[int, int], None]):
        if base < 0 or base % WORD_BYTES:
            raise MappingError(f"a ring's base must be a multiple of {WORD_BYTES}, not {base!r}")
        if size < 1 or size & size - 1 or size > 1 << LARGEST_RING:
            raise MappingError(f"a ring's size must be a power of two up to {1 << LARGEST_RING} words, not {size!r}")
        self.base, self.size, self._store = base, size, store
        self.tail = self.head = 0

    @property
    def layout(self) -> int:
        """Value of the field queue_size."""
        return self.size.bit_length() - 1

    @property
    def room(self) -> int:
        """Words that can be placed now."""
        return self.size - (self.tail - self.head & ALL_ONES)

    def place(self, words: Sequence[int]) -> int:
        """Put descriptors behind the tail; returns the tail to write, once they are in memory.

        Raises
        ------
        MappingError
            If there is no room; nothing is placed.
        """
        if len(words) > self.room:
            raise MappingError(f"the ring has room for {self.room} words until head moves, not {len(words)}")
        for index, word in enumerate(words):
            self._store(self.base + WORD_BYTES * ((self.tail + index) % self.size), word)
        self.tail = self.tail + len(words) & ALL_ONES
        return self.tail

    def release(self, head: int) -> None:
        """What register queue_head was read as.

        Raises
        ------
        MappingError
            If it is not between the last one and the tail.
        """
        if (head - self.head & ALL_ONES) > (self.tail - self.head & ALL_ONES):
            raise MappingError(f"queue_head must be within {self.head}..{self.tail}, not {head!r}")
        self.head = head
