# SPDX-License-Identifier: Apache-2.0
"""Random jobs for the GeMM core, what they should give, and the streams that carry them."""

import random
from dataclasses import dataclass, field

import numpy as np
from support.streams import collect, drive, simulate

from hwgen.config.gemm import GemmConfig
from hwgen.gemm import model
from hwgen.gemm.core import GemmCore

DEFAULT = GemmConfig()


def span(width: int, unsigned=False) -> tuple[int, int]:
    """Least and largest element."""
    return (0, (1 << width) - 1) if unsigned else (-(1 << width - 1), (1 << width - 1) - 1)


def random_elements(rng: np.random.Generator, width: int, unsigned: int, shape=(), *, extreme=False) -> np.ndarray:
    """Elements over their whole range, or at its two ends only."""
    low, high = span(width, unsigned)
    return rng.choice((low, high), shape) if extreme else rng.integers(low, high + 1, shape)


@dataclass
class Job:
    """One job with its operands, shaped (tiles, steps, M, K), (tiles, steps, K, N), (tiles, M, N)."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    config: GemmConfig = DEFAULT
    a_zero_point: int = 0
    b_zero_point: int = 0
    a_unsigned: int = 0
    b_unsigned: int = 0
    add_c: int = 0
    quantize: int = 0

    @property
    def entry(self):
        return {
            "tiles": self.a.shape[0], "steps": self.a.shape[1],
            "add_c": self.add_c, "quantize": self.quantize, **self.reading,
        }

    @property
    def reading(self):
        """How operands are read: the fields that the core and its model share."""
        return {f"{name}_{what}": getattr(self, f"{name}_{what}") for name in "ab" for what in ("zero_point", "unsigned")}

    @property
    def empty(self):
        return 0 in self.a.shape[:2]

    def results(self):
        if self.empty:
            return []
        widths = self.config.model_dump(include={"a_width", "b_width", "accumulator_width"})
        return [
            model.tile(a, b, c if self.add_c else None, **self.reading, **widths)
            for a, b, c in zip(self.a, self.b, self.c)
        ]


def random_job(rng: np.random.Generator, config: GemmConfig, *, tiles: int, steps: int, extreme=False, **options) -> Job:
    """A job of random operands; ``extreme`` ones are at the ends of their range and ready to overflow."""
    def elements(width, unsigned, *shape):
        return random_elements(rng, width, unsigned, shape, extreme=extreme)

    a_kind = config.a_width, options.get("a_unsigned", 0)
    b_kind = config.b_width, options.get("b_unsigned", 0)
    return Job(
        a=elements(*a_kind, tiles, steps, config.m, config.k), b=elements(*b_kind, tiles, steps, config.k, config.n),
        c=elements(config.accumulator_width, 0, tiles, config.m, config.n), config=config,
        a_zero_point=int(elements(*a_kind)), b_zero_point=int(elements(*b_kind)), **options,
    )


def random_jobs(config: GemmConfig, count: int, *, seed: int) -> list[Job]:
    """Jobs of every kind, about one in five of them empty."""
    rng, shapes = np.random.default_rng(seed), random.Random(seed)
    return [
        random_job(
            rng, config, tiles=shapes.choice((0, 1, 1, 2, 3)), steps=shapes.choice((0, 1, 1, 2, 3, 5, 1, 2)),
            extreme=shapes.random() < 0.3,
            **{field: shapes.getrandbits(1) for field in ("add_c", "quantize", "a_unsigned", "b_unsigned")},
        )
        for _ in range(count)
    ]


@dataclass
class Run:
    """What a core did: result words by stream, and one record of its status outputs for each cycle."""

    d: list = field(default_factory=list)
    q: list = field(default_factory=list)
    trace: list = field(default_factory=list)


STATUS = ("step", "active", "needs_a", "needs_b", "needs_c", "blocked")


def words(jobs: list[Job], name: str) -> list[int]:
    """The words a stream has to carry for ``jobs``."""
    running = [job for job in jobs if not job.empty]
    if name in "ab":
        return [model.pack(step, getattr(job.config, f"{name}_width"))
                for job in running for tile in getattr(job, name) for step in tile]
    if name == "c":
        return [model.pack(tile, job.config.accumulator_width) for job in running if job.add_c for tile in job.c]
    return [model.pack(tile, job.config.accumulator_width)
            for job in running if job.quantize == (name == "q") for tile in job.results()]


def run(config: GemmConfig, jobs: list[Job], *, idle=0.0, stall=0.0, seed=0, cycles=20_000) -> Run:
    """Send ``jobs`` through a core; ``idle`` and ``stall`` map stream names to chances, or are one for all."""
    dut = GemmCore(config)
    result = Run()
    idles = idle if isinstance(idle, dict) else dict.fromkeys(("entry", "a", "b", "c"), idle)
    stalls = stall if isinstance(stall, dict) else dict.fromkeys("dq", stall)
    done = 0

    async def watch(ctx):
        nonlocal done
        taken = 0
        sampled = [dut.job.entry.valid, dut.job.entry.ready, dut.job.done, *(getattr(dut, name) for name in STATUS)]
        for name in "abcdq":
            port = getattr(dut, name)
            sampled.append(port.valid & port.ready)
        while done < len(jobs) or ctx.get(dut.active):
            _, _, valid, ready, ended, *rest = await ctx.tick().sample(*sampled)
            record = dict(zip((*STATUS, *(f"{name}_moved" for name in "abcdq")), rest))
            record["taken"], record["done"] = bool(valid and ready), ended
            done += ended
            assert done <= taken, "done before the entry was taken"
            taken += record["taken"]
            assert record["step"] == record["a_moved"] == record["b_moved"]
            result.trace.append(record)

    simulate(
        dut, watch,
        drive(dut.job.entry, [job.entry for job in jobs], idle=idles.get("entry", 0), seed=seed),
        *(drive(getattr(dut, name), words(jobs, name), idle=idles.get(name, 0), seed=seed + ord(name)) for name in "abc"),
        *(collect(getattr(dut, name), getattr(result, name), len(words(jobs, name)), stall=stalls.get(name, 0),
                  seed=seed + ord(name)) for name in "dq"),
        cycles=cycles, checks=(dut.d, dut.q),
    )
    return result
