# SPDX-License-Identifier: Apache-2.0
"""Run a part in Amaranth's simulator with random idle cycles and back-pressure on its streams."""

import random
import warnings
from collections.abc import Iterable

from amaranth.sim import Simulator


class Watchdog(AssertionError):
    """A testbench did not finish: the design under test hangs."""


def simulate(dut, *testbenches, cycles: int = 20_000, checks: Iterable = (), background: Iterable = ()) -> None:
    """Run ``testbenches`` (async functions of a context) until all have finished.

    ``checks`` are streams held to the handshake rules in every cycle; ``background`` are further
    testbenches that never finish by themselves.

    Raises
    ------
    Watchdog
        If they have not after ``cycles`` clock cycles.
    """
    finished = 0

    def counted(bench):
        async def run(ctx):
            nonlocal finished
            await bench(ctx)
            finished += 1
        return run

    async def clock_out(ctx):
        for _ in range(cycles):
            if finished == len(testbenches):
                return
            await ctx.tick()
        raise Watchdog(f"{finished} of {len(testbenches)} testbenches finished after {cycles} cycles")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    for bench in testbenches:
        simulator.add_testbench(counted(bench))
    simulator.add_testbench(clock_out)
    for stream in checks:
        simulator.add_testbench(check_handshake(stream), background=True)
    for bench in background:
        simulator.add_testbench(bench, background=True)
    simulator.run()
    if finished != len(testbenches):
        raise Watchdog(f"{finished} of {len(testbenches)} testbenches finished")


def _plain(value):
    return value.as_bits() if hasattr(value, "as_bits") else value


def check_handshake(stream):
    """Background testbench: once valid, valid stays and the payload holds until taken."""

    async def check(ctx):
        waiting, held = False, None
        async for _, _, valid, ready, payload in ctx.tick().sample(stream.valid, stream.ready, stream.payload):
            payload = _plain(payload)
            if waiting:
                assert valid, "valid fell before the payload was taken"
                assert payload == held, f"payload changed from {held!r} to {payload!r} before it was taken"
            waiting, held = bool(valid and not ready), payload

    return check


def drive(stream, payloads, *, idle: float = 0.0, seed: int = 0):
    """Testbench that sends ``payloads``; ``idle`` is the chance of a cycle without a transfer."""

    async def bench(ctx):
        rng = random.Random(seed)
        for payload in payloads:
            while rng.random() < idle:
                await ctx.tick()
            ctx.set(stream.payload, payload)
            ctx.set(stream.valid, 1)
            await ctx.tick().until(stream.ready)
            ctx.set(stream.valid, 0)

    return bench


def collect(stream, received: list, count: int, *, stall: float = 0.0, seed: int = 1):
    """Testbench that appends ``count`` payloads to ``received``; ``stall`` is the chance of not being ready."""

    async def bench(ctx):
        rng = random.Random(seed)
        while len(received) < count:
            ready = rng.random() >= stall
            ctx.set(stream.ready, ready)
            _, _, valid, payload = await ctx.tick().sample(stream.valid, stream.payload)
            if ready and valid:
                received.append(payload)
        ctx.set(stream.ready, 0)

    return bench


def log_cycles(signal, cycles: list):
    """Background testbench that appends the number of every cycle in which ``signal`` is high."""

    async def bench(ctx):
        cycle = 0
        async for _, _, high in ctx.tick().sample(signal):
            if high:
                cycles.append(cycle)
            cycle += 1
    return bench
