# SPDX-License-Identifier: Apache-2.0
"""Random copies for one engine, with the steps of the streamer at its other side."""

from dataclasses import dataclass

from .external import bytes_at, random_entry
from .pieces import steps_of_runs


@dataclass
class EngineCopy:
    """An entry, the pieces of the streamer's steps, and how many bytes the streamer's side has."""

    entry: dict
    pieces: list
    local: int

    @property
    def fill(self):
        return self.entry.get("fill", 0)


def random_copies(memory, config, rng, count, *, reads, fills=0.0, nothing=0.2, wrong=0.0, most=60, overlapping=True):
    """Copies of any shape; a share of them are fills, move nothing, or have sides of different length."""
    copies = []
    for _ in range(count):
        entry = random_entry(config, rng, most=most, overlapping=overlapping)
        if rng.random() < nothing:
            entry[rng.choice(["run_bytes", "external_bound_0"])] = 0
            copies.append(EngineCopy(entry, [], 0))
            continue
        total = len(bytes_at(config, entry))
        if rng.random() < wrong:
            total = max(1, total + rng.choice([-2 * config.data_bytes, -1, 1, config.data_bytes, 50]))
        if rng.random() < fills:
            entry |= {"fill": 1, "fill_pattern": rng.getrandbits(32)}
        runs = rng.choice([n for n in (1, 1, 2, 3, 4, 6) if total % n == 0])
        pieces = steps_of_runs(rng, config.data_bytes, memory.word_bytes, total // runs, runs, reads=reads)
        copies.append(EngineCopy(entry, pieces, total))
    return copies


def log_reports(report, found: list):
    """Background testbench that appends (cause, address, job) of every report; the address of errors only."""

    async def bench(ctx):
        async for _, _, error, mismatch, address, job in ctx.tick().sample(report.error, report.mismatch, report.address, report.job):
            if error:
                found.append(("error", address, job))
            elif mismatch:
                found.append(("mismatch", None, job))
    return bench


def wait_count(signal, count):
    """Testbench that ends once ``signal`` has been high in ``count`` cycles."""

    async def bench(ctx):
        seen = 0
        while seen < count:
            _, _, high = await ctx.tick().sample(signal)
            seen += high
    return bench
