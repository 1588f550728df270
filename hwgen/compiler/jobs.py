# SPDX-License-Identifier: Apache-2.0
"""Jobs as data: entries for units, with waits and signals, and their way onto the register bus."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..config.register_map import WORD_BYTES, RegisterMap
from ..config.registers import Register
from ..errors import MappingError


@dataclass(frozen=True)
class Wait:
    """Start only once ``source`` has reached ``count``.

    ``source`` is a unit's name (``count`` jobs completed since reset, modulo the counter) or
    ``semaphore_<i>`` (``count`` is taken from it).
    """

    source: str
    count: int


@dataclass(frozen=True)
class Signal:
    """Add ``amount`` to a semaphore on completion."""

    semaphore: int
    amount: int = 1


@dataclass(frozen=True)
class Entry:
    """What one unit does in a job: its register fields, what it waits for, what it signals.

    Where jobs are handed over as descriptors, a field may hold a `Runtime` or `Table` value instead of a number.
    """

    fields: dict[str, int]
    waits: tuple[Wait, ...] = ()
    signal: Signal | None = None
    interrupt: bool = False


@dataclass(frozen=True)
class Job:
    """Entries by unit, pushed together.

    Attributes
    ----------
    entries : dict of Entry, by unit
    label : str
        What it is for, for people; it means nothing to the hardware.
    cluster : int
        Which cluster carries it out.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    label: str = ""
    cluster: int = 0


class BusWriter:
    """Turns jobs into register writes, leaving out registers that already hold their value.

    Parameters
    ----------
    register_map : RegisterMap
    """

    def __init__(self, register_map: RegisterMap):
        self.map = register_map
        self._held: dict[int, int | None] = {}
        for block in register_map.unit_blocks:
            for word in block.registers:
                self._held[block.address(word.name)] = word.pack({})

    def writes(self, job: Job) -> list[tuple[int, int]]:
        """Address and data of each write that prepares and pushes ``job``; they count as written from now on.

        Raises
        ------
        MappingError
            If there is no such unit, field or wait source, or a value does not fit its register.
        """
        wanted = {address: word for name, entry in job.entries.items() for address, word in self._words(name, entry)}
        changed = {address: word for address, word in wanted.items() if self._held[address] != word}
        self._held |= changed
        mask = sum(1 << self.map.unit_index(name) for name in job.entries)
        return [*changed.items(), (self.map.address("cluster.push"), mask)]

    def forget(self) -> None:
        """Rely on no register's value: others have written them."""
        self._held = dict.fromkeys(self._held)

    def _words(self, name: str, entry: Entry) -> Iterator[tuple[int, int]]:
        """Address and word of every register of a unit's entry."""
        values, block = entry_values(self.map, name, entry), self.map.block(name)
        for index, word in enumerate(block.registers):
            yield block.offset + WORD_BYTES * index, packed_word(name, word, values)


def entry_values(registers: RegisterMap, name: str, entry: Entry) -> dict:
    """Values of a unit's fields by name, waits, signal and interrupt included; what is missing is as after reset.

    Raises
    ------
    MappingError
        If there is no such unit, field or wait source, or too many waits.
    """
    if name not in (names := [block.name for block in registers.unit_blocks]):
        raise MappingError(f"a job has entries for the units {', '.join(names)}, not {name!r}")
    if unknown := sorted(entry.fields.keys() - registers.block(name).field_names):
        raise MappingError(f"unit {name} has no field {unknown[0]!r}")
    if len(entry.waits) > registers.config.jobs.waits:
        raise MappingError(f"a job entry can wait for {registers.config.jobs.waits} things, not {len(entry.waits)}")
    values = dict(entry.fields)
    for i, wait in enumerate(entry.waits):
        values |= {f"wait_{i}_enable": 1, f"wait_{i}_source": _source(registers, wait.source), f"wait_{i}_count": wait.count}
    if entry.signal is not None:
        values |= {"signal_enable": 1, "signal_semaphore": entry.signal.semaphore, "signal_amount": entry.signal.amount}
    return values | {"interrupt": int(entry.interrupt)}


def packed_word(name: str, word: Register, values: dict) -> int:
    """Bus word of a register of a unit.

    Raises
    ------
    MappingError
        If a value does not fit its field.
    """
    try:
        return word.pack(values)
    except ValueError as error:
        raise MappingError(f"unit {name}: {error}") from None


def _source(registers: RegisterMap, source: str) -> int:
    number = source.removeprefix("semaphore_")
    if number != source and number.isdecimal():
        return registers.semaphore_source(int(number))
    if source not in [unit.name for unit in registers.units]:
        raise MappingError(f"a job entry waits for a unit or semaphore_<number>, not {source!r}")
    return registers.unit_index(source)
