# SPDX-License-Identifier: Apache-2.0
"""Fields whose values are only known when a program runs, replaced by the values they then have."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ...config import ClusterConfig
from ...config.descriptor_format import Runtime, Table
from ...config.register_map import WORD_BYTES
from ...config.registers import REGISTER_BITS, Field
from ...config.units import units
from ...errors import MappingError
from .buffers import UNWRITTEN, Buffer
from .program import Program

Registers = Mapping[int, int]
"""Values of run-time registers by number."""
ALL_ONES = (1 << REGISTER_BITS) - 1


def indirect(program: Program) -> Iterator[tuple[int, str, str, Runtime | Table]]:
    """Number of the job, unit, field and source of every value that is not known beforehand."""
    for number, job in enumerate(program.jobs):
        for unit, entry in job.entries.items():
            for name, value in entry.fields.items():
                if isinstance(value, Runtime | Table):
                    yield number, unit, name, value


def resolved(program: Program, config: ClusterConfig, registers: Registers | None = None, external: np.ndarray | None = None) -> Program:
    """The program with numbers for everything that comes from run-time registers and tables.

    Parameters
    ----------
    program : Program
    config : ClusterConfig
    registers : mapping of int, optional
        What the run-time registers hold, by number.
    external : array of uint8, optional
        External memory, for tables.

    Raises
    ------
    MappingError
        If a value is needed that is not given, or a table does not lie in buffers that nobody writes.
    """
    if not any(True for _ in indirect(program)):
        return program
    known = {(unit.name, field.name): field for unit in units(config) for field in unit.fields}
    tables = [buffer for buffer in program.buffers if buffer.space == "external" and buffer.role in UNWRITTEN]
    jobs = list(program.jobs)
    for number, unit, name, source in indirect(program):
        where = f"jobs[{number}].entries.{unit}.fields.{name}"
        word = _word(where, source, registers or {}, tables, external)
        entry = jobs[number].entries[unit]
        fields = entry.fields | {name: _signed(word, known.get((unit, name)))}
        jobs[number] = replace(jobs[number], entries=jobs[number].entries | {unit: replace(entry, fields=fields)})
    return replace(program, jobs=tuple(jobs))


def _word(where: str, source: Runtime | Table, registers: Registers, tables: list[Buffer], external: np.ndarray | None) -> int:
    if source.register not in registers:
        raise MappingError(f"run-time register {source.register} must be given a value, since {where} depends on it")
    held = registers[source.register]
    if not 0 <= held <= ALL_ONES:
        raise MappingError(f"run-time register {source.register} must be within 0..{ALL_ONES}, not {held!r}")
    if isinstance(source, Runtime):
        return held + source.offset & ALL_ONES
    address = source.address + WORD_BYTES * held & ALL_ONES
    if address % WORD_BYTES or not any(buffer.address <= address and address + WORD_BYTES <= buffer.end for buffer in tables):
        raise MappingError(f"{where} must come from a word of an input or constant buffer in external memory, not from byte {address}")
    if external is None:
        raise MappingError(f"contents of external memory must be given, since {where} comes from its byte {address}")
    return int.from_bytes(external[address:address + WORD_BYTES].tobytes(), "little")


def _signed(word: int, field: Field | None) -> int:
    """A register's word as the number that its only field holds."""
    return word - (1 << REGISTER_BITS) if field is not None and field.signed and word >> REGISTER_BITS - 1 else word
