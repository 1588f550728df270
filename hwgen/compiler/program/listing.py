# SPDX-License-Identifier: Apache-2.0
"""Programs as text for people: a line for each buffer, and one for each entry."""

from collections.abc import Iterator

from ...config.descriptor_format import Runtime, Table
from ..jobs import Entry
from .buffers import Buffer
from .program import Program

INDENT = "    "


def lines(program: Program) -> Iterator[str]:
    """A listing, line by line.

    Each job is a line with its number and label, followed by its entries: ``unit #number: fields``, where the number is
    the count that others wait for, then ``after`` what it waits for, ``signals`` and ``interrupts``. Loops are written
    as ``bound:stride``, the innermost first, those that run once and do not move left out. Numbers are decimal.
    """
    yield f"program for {program.config_name} ({program.config_hash})"
    yield "buffers" if program.buffers else "no buffers"
    rows = [_buffer(buffer) for buffer in program.buffers]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield (INDENT + "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True))).rstrip()
    counts: dict[str, int] = {}
    for number, job in enumerate(program.jobs):
        cluster = f" on cluster {job.cluster}" if job.cluster else ""
        yield f"job {number}{cluster}{f': {job.label}' if job.label else ''}"
        for unit, entry in job.entries.items():
            counts[unit] = counts.get(unit, 0) + 1
            yield f"{INDENT}{f'{unit} #{counts[unit]}':<14} {_entry(entry)}".rstrip()


def _buffer(buffer: Buffer) -> list[str]:
    kind = f"{buffer.dtype} {' x '.join(map(str, buffer.shape))}" if buffer.shape is not None else ""
    banks = f"by {buffer.group}" if buffer.group else ""
    return [buffer.name, buffer.role, buffer.space, f"{buffer.address}..{buffer.end - 1}", banks, kind,
            f"from {buffer.file}" if buffer.file else ""]


def _entry(entry: Entry) -> str:
    words = [*_fields(entry.fields)]
    if entry.waits:
        words.append("after " + ", ".join(f"{wait.source} #{wait.count}" if not wait.source.startswith("semaphore_") else
                                          f"{wait.count} of {wait.source}" for wait in entry.waits))
    if entry.signal is not None:
        words.append(f"signals semaphore_{entry.signal.semaphore} by {entry.signal.amount}")
    if entry.interrupt:
        words.append("interrupts")
    return "; ".join(words)


def _fields(fields: dict) -> Iterator[str]:
    """Fields, loops and spatial strides in one word each."""
    rest = dict(fields)
    loops = {}
    for name, label in (("temporal", "loops"), ("external", "runs")):
        found = sorted({int(key.rsplit("_", 1)[1]) for key in fields if key.startswith((f"{name}_bound_", f"{name}_stride_"))})
        pairs = [(rest.pop(f"{name}_bound_{d}", 0), rest.pop(f"{name}_stride_{d}", 0)) for d in found]
        shown = [f"{value(bound)}:{value(stride)}" for bound, stride in pairs if (bound, stride) != (1, 0)]
        if found:
            loops[label] = " ".join(shown) or "once"
    strides = sorted(key for key in fields if key.startswith("spatial_stride_"))
    spatial = " ".join(f"{key.rsplit('_', 1)[1]}:{value(rest.pop(key))}" for key in strides)
    words = [f"{name}={value(held)}" for name, held in rest.items()]
    if spatial:
        words.append(f"channels {spatial}")
    words += [f"{label} {text}" for label, text in loops.items()]
    if words:
        yield " ".join(words)


def value(held: int | Runtime | Table) -> str:
    """A field's value: a number, ``register 3 + 128`` or ``word at 4096 + 4 * register 3``."""
    match held:
        case Runtime(register, offset):
            return f"[register {register}{f' + {offset}' if offset else ''}]"
        case Table(address, register):
            return f"[word at {address} + 4 * register {register}]"
    return str(held)
