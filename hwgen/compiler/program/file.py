# SPDX-License-Identifier: Apache-2.0
"""Programs as JSON files, and back."""

import json
from pathlib import Path
from typing import Any

from ...config.descriptor_format import Runtime, Table
from ...errors import DataError
from ...files import write_whole
from ..jobs import Entry, Job
from .buffers import Buffer
from .parse import FORMAT, VERSION, parsed
from .program import Program


def as_dict(program: Program) -> dict[str, Any]:
    """A program as what JSON can hold; what has its default is left out."""
    return {"format": FORMAT, "version": VERSION, "config": program.config_name, "config_hash": program.config_hash,
            "buffers": [_buffer(buffer) for buffer in program.buffers], "jobs": [_job(job) for job in program.jobs]}


def dumps(program: Program) -> str:
    """Text of a program's file: a line for each buffer and each job."""
    content = as_dict(program)
    head = [f"{json.dumps(key)}: {json.dumps(content[key])}" for key in ("format", "version", "config", "config_hash")]
    lists = [f"{json.dumps(key)}: [\n" + ",\n".join(f"  {json.dumps(one)}" for one in content[key]) + "\n ]" for key in ("buffers", "jobs")]
    return "{" + ",\n ".join(head + lists) + "}\n"


def loads(text: str, what: str = "the program") -> Program:
    """The program that a file holds.

    Parameters
    ----------
    text : str
    what : str
        What the text is called in messages.

    Raises
    ------
    DataError
        If it is not one, with the path of what is wrong, such as ``jobs[3].entries.A.waits[0].source``.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise DataError(f"{what} must be JSON, which it is not: {error}") from None
    return parsed(content, what)


def save_program(program: Program, path: Path) -> None:
    """Write a program's file, whole or not at all."""
    write_whole(path, lambda file: file.write(dumps(program).encode()))


def load_program(path: Path) -> Program:
    """Read a program's file.

    Raises
    ------
    DataError
        If it cannot be read or holds no program.
    """
    what = f"program file {str(path)!r}"
    try:
        text = Path(path).read_text()
    except OSError as error:
        raise DataError(f"{what} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(f"{what} must be a text file, which it is not") from None
    return loads(text, what)


def _buffer(buffer: Buffer) -> dict[str, Any]:
    shown = {"name": buffer.name, "space": buffer.space, "address": buffer.address, "size": buffer.size, "role": buffer.role}
    for key in ("group", "dtype", "shape", "file"):
        held = getattr(buffer, key)
        if held is not None:
            shown[key] = list(held) if key == "shape" else held
    return shown


def _job(job: Job) -> dict[str, Any]:
    shown: dict[str, Any] = {"label": job.label} if job.label else {}
    if job.cluster:
        shown["cluster"] = job.cluster
    return shown | {"entries": {unit: _entry(entry) for unit, entry in job.entries.items()}}


def _entry(entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {"fields": {name: _value(value) for name, value in entry.fields.items()}} if entry.fields else {}
    if entry.waits:
        shown["waits"] = [{"source": wait.source, "count": wait.count} for wait in entry.waits]
    if entry.signal is not None:
        shown["signal"] = {"semaphore": entry.signal.semaphore, "amount": entry.signal.amount}
    if entry.interrupt:
        shown["interrupt"] = True
    return shown


def _value(value: int | Runtime | Table) -> Any:
    match value:
        case Runtime(register, offset):
            return {"register": register} | ({"offset": offset} if offset else {})
        case Table(address, register):
            return {"table": address, "register": register}
    return value
