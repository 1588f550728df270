# SPDX-License-Identifier: Apache-2.0
"""Semaphores against a counter each: who is served, in which order, and that nothing is lost."""

import random

import pytest
from support.soc import with_jobs
from support.streams import simulate

from hwgen.soc.semaphores import Semaphores

UNITS = 3


def semaphores(count=3, width=4):
    return Semaphores(with_jobs(semaphores=count, semaphore_width=width), UNITS)


class Model:
    """What one cycle serves: the first possible request of each kind."""

    def __init__(self, count, width):
        self.values, self.limit = [0] * count, 1 << width

    def serve(self, requests, possible):
        for index, request in enumerate(requests):
            if request and possible(*request):
                return index, request
        return None, None

    def cycle(self, acquires, signals):
        """Index of the acquiring and of the adding request served; then counts."""
        taker, taken = self.serve(acquires, lambda s, amount: self.values[s] >= amount)
        adder, added = self.serve(signals, lambda s, amount: self.values[s] + amount < self.limit)
        for request, sign in ((taken, -1), (added, 1)):
            if request:
                self.values[request[0]] += sign * request[1]
        return taker, adder


def streams(dut):
    return list(dut.acquire), [dut.host, *dut.signal]


def read_values(ctx, dut, count):
    return [ctx.get(dut.values[s]) for s in range(count)]


@pytest.mark.parametrize("count, width", [(3, 4), (1, 4), (8, 5)])
@pytest.mark.parametrize("seed", range(3))
def test_random_requests_match_model(count, width, seed):
    dut, model, rng = semaphores(count, width), Model(count, width), random.Random(seed)
    served = {"take": 0, "add": 0, "refused": 0}

    async def bench(ctx):
        waiting = [[None] * UNITS, [None] * (UNITS + 1)]
        for _ in range(2000):
            for kind, ports in zip(waiting, streams(dut), strict=True):
                for i, port in enumerate(ports):
                    if kind[i] is None and rng.random() < 0.3:
                        kind[i] = rng.randrange(count), rng.choice([0, 1, 1, 2, rng.randrange(1 << width)])
                    ctx.set(port.valid, kind[i] is not None)
                    # What is not asked for may hold anything.
                    semaphore, amount = kind[i] or (rng.randrange(count), rng.randrange(1 << width))
                    ctx.set(port.payload, {"semaphore": semaphore, "amount": amount})
            assert read_values(ctx, dut, count) == model.values
            expected = model.cycle(*waiting)
            for kind, ports, index, name in zip(waiting, streams(dut), expected, served, strict=False):
                ready = [i for i, port in enumerate(ports) if ctx.get(port.valid) and ctx.get(port.ready)]
                assert ready == ([] if index is None else [index])
                served[name] += len(ready)
                served["refused"] += index is None and any(kind)
                for i in ready:
                    kind[i] = None
            # The host does not wait: it is told, and gives up.
            waiting[1][0] = None
            await ctx.tick()

    simulate(dut, bench)
    assert all(count > 50 for count in served.values()), served


def test_full_semaphore_refuses_and_empty_one_withholds():
    dut = semaphores(2, 4)

    async def bench(ctx):
        async def signal(amount):
            ctx.set(dut.host.payload, {"semaphore": 1, "amount": amount})
            ctx.set(dut.host.valid, 1)
            ready = ctx.get(dut.host.ready)
            await ctx.tick()
            ctx.set(dut.host.valid, 0)
            return ready

        assert await signal(15)
        assert not await signal(1)
        assert read_values(ctx, dut, 2) == [0, 15]
        ctx.set(dut.acquire[2].payload, {"semaphore": 0, "amount": 1})
        ctx.set(dut.acquire[2].valid, 1)
        assert not ctx.get(dut.acquire[2].ready)
        # A request that cannot be served does not stand in the way of a later one.
        ctx.set(dut.acquire[2].payload, {"semaphore": 1, "amount": 16 - 1})
        ctx.set(dut.acquire[0].payload, {"semaphore": 0, "amount": 1})
        ctx.set(dut.acquire[0].valid, 1)
        assert ctx.get(dut.acquire[2].ready) and not ctx.get(dut.acquire[0].ready)
        await ctx.tick()
        assert read_values(ctx, dut, 2) == [0, 0]

    simulate(dut, bench)
