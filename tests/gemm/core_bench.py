# SPDX-License-Identifier: Apache-2.0
"""Random jobs for the GeMM core, what they should give, and the streams that carry them."""

import random
from dataclasses import dataclass, field

import numpy as np
from support.streams import collect, drive, simulate

from hwgen.config.gemm import GemmConfig
from hwgen.gemm import model
from hwgen.gemm.core import GemmCore

EXTREMES = (-128, 127)


@dataclass
class Job:
    """One job with its operands, shaped (tiles, steps, M, K), (tiles, steps, K, N), (tiles, M, N)."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    a_zero_point: int = 0
    b_zero_point: int = 0
    add_c: int = 0
    quantize: int = 0

    @property
    def entry(self):
        return {
            "tiles": self.a.shape[0], "steps": self.a.shape[1],
            "a_zero_point": self.a_zero_point, "b_zero_point": self.b_zero_point,
            "add_c": self.add_c, "quantize": self.quantize,
        }

    @property
    def empty(self):
        return 0 in self.a.shape[:2]

    def results(self):
        if self.empty:
            return []
        return [
            model.tile(a, b, c if self.add_c else None, a_zero_point=self.a_zero_point, b_zero_point=self.b_zero_point)
            for a, b, c in zip(self.a, self.b, self.c)
        ]


def random_job(rng: np.random.Generator, config: GemmConfig, *, tiles: int, steps: int, extreme=False, **options) -> Job:
    """A job of random operands; ``extreme`` ones are -128 or 127 and ready to overflow."""
    def operands(*shape):
        return rng.choice(EXTREMES, shape) if extreme else rng.integers(-128, 128, shape)

    limit = 1 << 31
    c = rng.choice((-limit, limit - 1), (tiles, config.m, config.n)) if extreme \
        else rng.integers(-limit, limit, (tiles, config.m, config.n))
    return Job(
        a=operands(tiles, steps, config.m, config.k), b=operands(tiles, steps, config.k, config.n), c=c,
        a_zero_point=int(operands()), b_zero_point=int(operands()), **options,
    )


def random_jobs(config: GemmConfig, count: int, *, seed: int) -> list[Job]:
    """Jobs of every kind, about one in five of them empty."""
    rng, shapes = np.random.default_rng(seed), random.Random(seed)
    return [
        random_job(
            rng, config, tiles=shapes.choice((0, 1, 1, 2, 3)), steps=shapes.choice((0, 1, 1, 2, 3, 5, 1, 2)),
            extreme=shapes.random() < 0.3, add_c=shapes.getrandbits(1), quantize=shapes.getrandbits(1),
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
        return [model.pack(step, 8) for job in running for tile in getattr(job, name) for step in tile]
    if name == "c":
        return [model.pack(tile, 32) for job in running if job.add_c for tile in job.c]
    return [model.pack(tile, 32) for job in running if job.quantize == (name == "q") for tile in job.results()]


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
