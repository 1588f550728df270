# SPDX-License-Identifier: Apache-2.0
"""Small programs for the preset tiny, made by hand, and mutations of programs."""

from dataclasses import replace

from hwgen.compiler.jobs import Entry, Job
from hwgen.compiler.program import Buffer, Program
from hwgen.config import preset

CONFIG = preset("tiny")
WORD = CONFIG.memory.word_bytes
TILE, SUMS = 4, 16
"""Bytes of a tile of an operand, and of sums."""
BUFFERS = (
    Buffer("scratch", "scratchpad", 0, 1024, "temporary", 8),
    Buffer("x", "external", 0, 256, "input"),
    Buffer("y", "external", 256, 256, "output"),
    Buffer("z", "external", 512, 256, "temporary"),
)


def loops(prefix, nest, count):
    """Bounds and strides of a loop nest, innermost first."""
    nest = [*nest, *[(1, 0)] * (count - len(nest))]
    return {f"{prefix}_bound_{d}": bound for d, (bound, _) in enumerate(nest)} | {f"{prefix}_stride_{d}": stride for d, (_, stride) in enumerate(nest)}


def outer(address, size):
    """Fields of `load` or `store` for contiguous bytes."""
    return {"external_base": address, "run_bytes": size} | loops("external", [], 4)


def inner(base, size):
    """Fields of L or S for contiguous bytes."""
    steps = -(-(base % WORD + size) // (4 * WORD))
    return {"base": base, "run_bytes": size, "spatial_stride_0": WORD} | loops("temporal", [(steps, 4 * WORD)], 4)


def load(address, base, size, waits=(), *, outer_waits=(), **job):
    return Job({"load": Entry(outer(address, size), tuple(outer_waits)), "L": Entry(inner(base, size), tuple(waits))}, **job)


def store(base, address, size, waits=(), *, outer_waits=(), **job):
    return Job({"S": Entry(inner(base, size), tuple(waits)), "store": Entry(outer(address, size), tuple(outer_waits))}, **job)


def reader(unit, base, nest):
    count = CONFIG.streamers[unit].temporal_dimensions
    return {"base": base, "spatial_stride_0": WORD} | loops("temporal", nest, count)


def sums(unit, base, tiles):
    """Fields of C or D for tiles one after the other."""
    return {"base": base, "spatial_stride_0": WORD, "spatial_stride_1": 2 * WORD} | loops("temporal", [(tiles, SUMS)], 3)


def gemm(a, b, d, *, tiles=1, steps=1, c=None, waits=None, **job):
    """Tiles of sums from tiles of A and B that lie one after the other; ``waits`` by unit."""
    fields = {"A": reader("A", a, [(steps, TILE), (tiles, TILE * steps)]), "B": reader("B", b, [(steps, TILE), (tiles, TILE * steps)]),
              "core": {"steps": steps, "tiles": tiles, "add_c": int(c is not None)}, "D": sums("D", d, tiles)}
    if c is not None:
        fields["C"] = sums("C", c, tiles)
    return Job({unit: Entry(values, tuple((waits or {}).get(unit, ()))) for unit, values in fields.items()}, **job)


def program(*jobs, buffers=BUFFERS):
    return Program.of(CONFIG, buffers, jobs)


def changed(program, job, unit, **values):
    """The program with another entry of a unit in a job."""
    jobs = list(program.jobs)
    entries = jobs[job].entries
    jobs[job] = replace(jobs[job], entries=entries | {unit: replace(entries[unit], **values)})
    return replace(program, jobs=tuple(jobs))


def with_fields(program, job, unit, **fields):
    """The program with other values of an entry's fields."""
    return changed(program, job, unit, fields=program.jobs[job].entries[unit].fields | fields)


def every_wait(program):
    """Job, unit and index of every wait."""
    return [(number, unit, index) for number, job in enumerate(program.jobs)
            for unit, entry in job.entries.items() for index in range(len(entry.waits))]


def without_wait(program, job, unit, index):
    """The program without one wait."""
    waits = program.jobs[job].entries[unit].waits
    return changed(program, job, unit, waits=waits[:index] + waits[index + 1:])
