# SPDX-License-Identifier: Apache-2.0
"""Whether a cluster has the units, fields and values that a program's entries name."""

from ...config import ClusterConfig
from ...config.descriptor_format import Runtime, Table
from ...config.register_map import RegisterMap
from ...errors import MappingError
from ..descriptors import check_source
from ..jobs import Entry, Wait, entry_values, packed_word
from .program import SEMAPHORE, Program


def check_config(program: Program, config: ClusterConfig) -> None:
    """Refuse a program that was made for another cluster.

    Raises
    ------
    MappingError
    """
    if program.config_hash != config.config_hash:
        raise MappingError(f"config hash of the program must be that of {config.name}, {config.config_hash}, not {program.config_hash!r}"
                           f" of {program.config_name}")


def check_legal(program: Program, registers: RegisterMap) -> None:
    """Refuse what no register of the cluster can hold.

    Raises
    ------
    MappingError
        With the path of the entry, such as ``jobs[3].entries.A``.
    """
    for number, job in enumerate(program.jobs):
        if job.cluster != 0:
            raise MappingError(f"jobs[{number}].cluster must be 0, the only one there is, not {job.cluster!r}")
        if not job.entries:
            raise MappingError(f"jobs[{number}].entries must have a unit or more, not none")
        for unit, entry in job.entries.items():
            try:
                _check_entry(registers, unit, entry)
            except MappingError as error:
                raise MappingError(f"jobs[{number}].entries.{unit}: {error}") from None


def _check_entry(registers: RegisterMap, unit: str, entry: Entry) -> None:
    jobs = registers.config.jobs
    for i, wait in enumerate(entry.waits):
        limit = (1 << jobs.semaphore_width) - 1 if wait.source.startswith(SEMAPHORE) else None
        if wait.count < 0 or (limit is not None and wait.count > limit):
            raise MappingError(f"count of waits[{i}] must be {f'within 0..{limit}' if limit else '0 or more'}, not {wait.count!r}")
    # Counts that do not wrap are held by registers that do.
    mask = (1 << jobs.count_width) - 1
    held = Entry(entry.fields, tuple(Wait(wait.source, wait.count & mask) for wait in entry.waits), entry.signal, entry.interrupt)
    values = entry_values(registers, unit, held)
    waiting = {f"wait_{i}_{part}" for i in range(jobs.waits) for part in ("enable", "source", "count")}
    for name in entry.fields:
        if name in waiting or name in ("signal_enable", "signal_semaphore", "signal_amount", "interrupt"):
            raise MappingError(f"field {name} must be left out; waits and signals have keys of their own")
    # Registers of which nothing is named hold their reset values.
    for word in [word for word in registers.block(unit).registers if any(field.name in values for field in word.fields)]:
        sources = [field.name for field in word.fields if isinstance(values.get(field.name), Runtime | Table)]
        if sources:
            check_source(registers, unit, word, values, sources[0])
        else:
            packed_word(unit, word, values)
