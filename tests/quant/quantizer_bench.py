# SPDX-License-Identifier: Apache-2.0
"""Runs a quantizer through jobs and compares it with the golden model."""

import random

import numpy as np
from quant import operands
from support.streams import collect, drive, simulate

from hwgen.config.quantizer import QuantizerConfig
from hwgen.quant import model
from hwgen.quant.quantizer import Quantizer

SCALARS = ("input_zero_point", "output_zero_point", "minimum", "maximum")
EVENTS = ("entry", "i", "p", "o", "o_valid", "done")


def build(m: int, n: int, *, input_width: int = 32, **config) -> Quantizer:
    return Quantizer(QuantizerConfig(**config), m=m, n=n, input_width=input_width)


def pack(tile, width: int) -> int:
    """Bits of a tile on a stream, first element lowest."""
    return sum((int(element) & (1 << width) - 1) << i * width for i, element in enumerate(np.ravel(tile)))


class Job:
    """Parameters and tiles of one job for a quantizer.

    Parameters
    ----------
    tiles : int
    per_channel : bool
        Each tile brings its own multipliers and shifts.
    """

    def __init__(self, rng: random.Random, dut: Quantizer, tiles: int, *, per_channel: bool = False, rounding: str | None = None):
        self.config, self.m, self.n, self.input_width = dut.config, dut.m, dut.n, dut.input_width
        self.sizes = {"input_width": dut.input_width, "result_width": dut.config.result_width}
        self.parameters = operands.parameters(rng, dut.config.channels, **self.sizes)
        self.per_channel = per_channel
        self.rounding = rounding or rng.choice(dut.config.rounding_modes)
        self.tiles = [np.array([operands.value(rng, dut.input_width) for _ in range(dut.m * dut.n)]).reshape(dut.m, dut.n)
                      for _ in range(tiles)]
        self.columns = [operands.parameters(rng, dut.n, **self.sizes) for _ in range(tiles if per_channel else 0)]
        self.noise = rng

    @property
    def entry(self) -> dict[str, int]:
        fields = {f"{name}_{c}": value for name in ("multiplier", "shift") for c, value in enumerate(self.parameters[name])}
        fields |= {"tiles": len(self.tiles)} | {name: self.parameters[name] for name in SCALARS}
        if len(self.config.rounding_modes) > 1:
            fields["rounding"] = self.config.rounding_modes.index(self.rounding)
        if self.config.parameter_stream:
            fields["per_channel"] = int(self.per_channel)
        return fields

    @property
    def words(self) -> list[int]:
        """What the job takes from the stream of parameters, with noise in the bits that do not count."""
        return [sum((multiplier & 0xFFFF_FFFF | shift << 32 | self.noise.getrandbits(2) << 38) << 40 * j
                    for j, (multiplier, shift) in enumerate(zip(columns["multiplier"], columns["shift"], strict=True)))
                for columns in self.columns]

    @property
    def expected(self) -> list[int]:
        """Packed results by the golden model."""
        packed = []
        for t, tile in enumerate(self.tiles):
            arguments = dict(self.parameters)
            if self.per_channel:
                arguments |= {name: self.columns[t][name] for name in ("multiplier", "shift")}
            packed.append(pack(model.rescale(tile, **arguments, **self.sizes, rounding=self.rounding), self.config.result_width))
        return packed


def random_jobs(seed: int, dut: Quantizer, counts, *, per_channel: float = 0.0) -> list[Job]:
    """Jobs of so many tiles; ``per_channel`` is the chance that one takes its parameters from the stream."""
    rng = random.Random(seed)
    return [Job(rng, dut, count, per_channel=rng.random() < per_channel) for count in counts]


def observe(dut: Quantizer, log: dict):
    """Background testbench: cycles in which entries, tiles and results were taken, or done was high."""

    async def bench(ctx):
        cycle, under_way = 0, 0
        streams = {"entry": dut.job.entry, "i": dut.i, "o": dut.o}
        if dut.config.parameter_stream:
            streams["p"] = dut.p
        signals = [signal for stream in streams.values() for signal in (stream.valid, stream.ready)]
        async for _, _, done, active, *handshakes in ctx.tick().sample(dut.job.done, dut.active, *signals):
            valid, ready = (dict(zip(streams, handshakes[k::2], strict=True)) for k in (0, 1))
            under_way -= done
            assert under_way >= 0, "done without a job taken in an earlier cycle"
            assert active == (under_way > 0), f"active is {active} with {under_way} jobs under way"
            happens = {name: valid[name] and ready[name] for name in streams} | {"o_valid": valid["o"], "done": done}
            under_way += happens["entry"]
            for name in EVENTS:
                if happens.get(name):
                    log[name].append(cycle)
            assert not dut.config.parameter_stream or 0 <= len(log["p"]) <= sum(log["wanted"][:len(log["entry"])]), (
                "a word was taken before its job")
            cycle += 1

    return bench


def offer(stream, words: list[int], *, idle: float, seed: int):
    """Background testbench: sends ``words``, then offers one more that nobody should take."""

    async def bench(ctx):
        rng, left, valid = random.Random(seed), [*words, 0], False
        async for _, _, ready in ctx.tick().sample(stream.ready):
            if valid and ready:
                left.pop(0)
                valid = False
            valid = valid or rng.random() >= idle
            ctx.set(stream.valid, valid)
            ctx.set(stream.payload, left[0] if valid else rng.getrandbits(40))

    return bench


def run(dut: Quantizer, jobs: list[Job], *, idle=0.0, stall=0.0, job_idle=0.0, p_idle=0.0, refuse=0, seed=0) -> dict:
    """Run ``jobs``, compare every tile, and return the cycles of every event.

    ``refuse`` is for how many cycles the first result is left waiting.
    """
    log, received = {name: [] for name in EVENTS} | {"wanted": [len(job.columns) for job in jobs]}, []
    expected = [result for job in jobs for result in job.expected]
    words = [word for job in jobs for word in job.words]

    async def take(ctx):
        if refuse:
            await ctx.tick().until(dut.o.valid)
            await ctx.tick().repeat(refuse - 1)
        await collect(dut.o, received, len(expected), stall=stall, seed=seed + 2)(ctx)

    async def until_done(ctx):
        while len(log["done"]) < len(jobs):
            await ctx.tick()
        await ctx.tick().repeat(5)

    offers = [offer(dut.p, words, idle=p_idle, seed=seed + 3)] if dut.config.parameter_stream else []
    simulate(
        dut,
        drive(dut.job.entry, [job.entry for job in jobs], idle=job_idle, seed=seed),
        drive(dut.i, [pack(tile, dut.input_width) for job in jobs for tile in job.tiles], idle=idle, seed=seed + 1),
        take,
        until_done,
        checks=[dut.o],
        background=[observe(dut, log), *offers],
    )
    assert received == expected
    assert len(log["p"]) == len(words)  # and not the one too many that was offered
    return log
