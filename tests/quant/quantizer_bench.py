# SPDX-License-Identifier: Apache-2.0
"""Runs a quantizer through jobs and compares it with the golden model."""

import random

import numpy as np
from quant import oracle
from support.streams import collect, drive, simulate

from hwgen.config.quantizer import QuantizerConfig
from hwgen.quant import model
from hwgen.quant.quantizer import Quantizer

SCALARS = ("input_zero_point", "output_zero_point", "minimum", "maximum")


def build(m: int, n: int, *, lanes: int, channels: int = 1) -> Quantizer:
    return Quantizer(QuantizerConfig(lanes=lanes, channels=channels), m=m, n=n)


def pack(tile, width: int) -> int:
    """Bits of a tile on a stream, first element lowest."""
    return sum((int(element) & (1 << width) - 1) << i * width for i, element in enumerate(np.ravel(tile)))


class Job:
    """Parameters and tiles of one job."""

    def __init__(self, rng: random.Random, m: int, n: int, channels: int, tiles: int):
        self.parameters = oracle.parameters(rng, channels)
        self.tiles = [np.array([oracle.value(rng) for _ in range(m * n)]).reshape(m, n) for _ in range(tiles)]

    @property
    def entry(self) -> dict[str, int]:
        per_channel = {f"{name}_{c}": value for name in ("multiplier", "shift")
                       for c, value in enumerate(self.parameters[name])}
        return {"tiles": len(self.tiles)} | per_channel | {name: self.parameters[name] for name in SCALARS}

    @property
    def expected(self) -> list[int]:
        """Packed results by the golden model."""
        return [pack(model.rescale(tile, **self.parameters), 8) for tile in self.tiles]


def observe(dut: Quantizer, log: dict):
    """Background testbench: cycles in which entries, tiles and results were taken, or done was high."""

    async def bench(ctx):
        cycle, under_way = 0, 0
        signals = (dut.job.entry.valid, dut.job.entry.ready, dut.i.valid, dut.i.ready, dut.o.valid, dut.o.ready,
                   dut.job.done, dut.active)
        async for _, _, entry, entry_ready, i, i_ready, o, o_ready, done, active in ctx.tick().sample(*signals):
            under_way -= done
            assert under_way >= 0, "done without a job taken in an earlier cycle"
            assert active == (under_way > 0), f"active is {active} with {under_way} jobs under way"
            under_way += entry and entry_ready
            for name, happens in (("entry", entry and entry_ready), ("i", i and i_ready), ("o", o and o_ready),
                                  ("o_valid", o), ("done", done)):
                if happens:
                    log[name].append(cycle)
            cycle += 1

    return bench


def run(dut: Quantizer, jobs: list[Job], *, idle=0.0, stall=0.0, job_idle=0.0, refuse=0, seed=0) -> dict:
    """Run ``jobs``, compare every tile, and return the cycles of every event.

    ``refuse`` is for how many cycles the first result is left waiting.
    """
    log, received = {name: [] for name in ("entry", "i", "o", "o_valid", "done")}, []
    expected = [result for job in jobs for result in job.expected]

    async def take(ctx):
        if refuse:
            await ctx.tick().until(dut.o.valid)
            await ctx.tick().repeat(refuse - 1)
        await collect(dut.o, received, len(expected), stall=stall, seed=seed + 2)(ctx)

    async def until_done(ctx):
        while len(log["done"]) < len(jobs):
            await ctx.tick()
        await ctx.tick().repeat(5)

    simulate(
        dut,
        drive(dut.job.entry, [job.entry for job in jobs], idle=job_idle, seed=seed),
        drive(dut.i, [pack(tile, 32) for job in jobs for tile in job.tiles], idle=idle, seed=seed + 1),
        take,
        until_done,
        checks=[dut.o],
        background=[observe(dut, log)],
    )
    assert received == expected
    return log
