# SPDX-License-Identifier: Apache-2.0
"""What a reader says it waits for, against the history of every word; and counting ones."""

import random

import pytest
from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from streamer.combinational import outputs_of
from support.streams import simulate

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer.reader import ReadStreamer
from hwgen.streamer.status import WaitCause, count_ones

MEMORY = MemoryConfig(banks=8, bank_width=8, bank_depth=16)
CONFLICT, ADDRESS, LATENCY = WaitCause.BANK_CONFLICT, WaitCause.NO_ADDRESS, WaitCause.MEMORY_LATENCY


class Counter(wiring.Component):
    """`count_ones` as a component."""

    def __init__(self, width):
        super().__init__({"i": In(width), "o": Out(range(width + 1))})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.o.eq(count_ones(m, self.i, "ones"))
        return m


@pytest.mark.parametrize("width", [1, 2, 3, 7, 8])
def test_counts_ones_of_every_number(width):
    counts = outputs_of(Counter(width), [{"i": i} for i in range(1 << width)], "o")
    assert counts == [(i.bit_count(),) for i in range(1 << width)]


@pytest.mark.parametrize("width", [32, 33, 64, 127, 128])
def test_counts_ones_of_wide_numbers(width):
    rng = random.Random(width)
    numbers = [0, (1 << width) - 1, *(1 << i for i in range(width)), *(rng.getrandbits(width) for _ in range(50))]
    assert outputs_of(Counter(width), [{"i": i} for i in numbers], "o") == [(i.bit_count(),) for i in numbers]


class Run:
    """A reader over ``cycles``; ``grants`` and ``ready`` say by cycle what it is given.

    A job may start every ``pause`` cycles. ``causes`` holds for each cycle what the reader said, None while a word is valid or no job is
    running; ``expected`` the same from what was seen at the ports.
    """

    def __init__(self, *, channels=1, depth=4, steps=12, cycles=40, jobs=1, grants=None, ready=None, pause=1):
        self.channels, self.cycles = channels, cycles
        config = StreamerConfig(mode="read", spatial_bounds=(channels,), temporal_dimensions=1, groups=(8,),
                                address_buffer_depth=4, data_buffer_depth=depth)
        self.dut = ReadStreamer(MEMORY, "X", config)
        self.job = {"base": 0, "spatial_stride_0": 1, "temporal_bound_0": steps, "temporal_stride_0": 0}
        self.jobs, self.pause = jobs, pause
        self.grants = grants or (lambda cycle, channel: True)
        self.ready = ready or (lambda cycle: True)
        self.refused = [set() for _ in range(channels)]
        self.granted = [0] * channels
        self.popped, self.running, self.addressed = 0, 0, []
        self.causes, self.expected = [], []
        simulate(self.dut, self.bench, cycles=cycles + 10)

    async def bench(self, ctx):
        dut, ports = self.dut, self.dut.ports
        ctx.set(dut.job.entry.payload, self.job)
        for cycle in range(self.cycles):
            offered = self.jobs > 0 and cycle % self.pause == 0
            ctx.set(dut.job.entry.valid, offered)
            ctx.set(dut.o.ready, self.ready(cycle))
            for c, port in enumerate(ports):
                ctx.set(port.grant, self.grants(cycle, c))
            _, _, taken, done, valid, waiting, *requests = await ctx.tick().sample(
                dut.job.entry.ready, dut.job.done, dut.o.valid, dut.waiting, *(p.request for p in ports))
            for c, request in enumerate(requests):
                if request and not self.grants(cycle, c):
                    self.refused[c].add(self.granted[c])
            waits = self.running and not valid
            self.causes.append(WaitCause(waiting) if waits else None)
            self.expected.append(self.cause(requests) if waits else None)
            for c, request in enumerate(requests):
                self.granted[c] += request and self.grants(cycle, c)
            self.popped += valid and self.ready(cycle)
            taken = bool(taken and offered)
            self.jobs, self.running = self.jobs - taken, self.running + taken - done

    def cause(self, requests):
        """By definition: the first that applies to any channel whose next word is not there."""
        if any(self.popped in refused for refused in self.refused):
            return CONFLICT
        return LATENCY if all(g > self.popped or r for g, r in zip(self.granted, requests, strict=True)) else ADDRESS


@pytest.mark.parametrize("depth,waits", [(1, [ADDRESS, LATENCY]), (2, [ADDRESS, LATENCY]), (4, [ADDRESS, LATENCY, LATENCY])])
def test_first_word_waits_for_its_address_then_for_memory(depth, waits):
    run = Run(depth=depth)
    assert run.causes[:len(waits) + 13] == [None, *waits, *[None] * 12]


def test_every_cycle_after_a_refusal_is_a_conflict():
    """Refused twice in a row at full rate: two cycles are lost, both to the conflict."""
    run = Run(depth=4, steps=20, grants=lambda cycle, channel: cycle not in (10, 11))
    assert [cycle for cycle, cause in enumerate(run.causes) if cause == CONFLICT] == [12, 13]
    assert run.causes.count(LATENCY) == 2 and run.causes.count(ADDRESS) == 1


def test_one_refused_word_in_flight_is_a_conflict():
    run = Run(depth=4, steps=20, grants=lambda cycle, channel: cycle != 10)
    assert [cycle for cycle, cause in enumerate(run.causes) if cause == CONFLICT] == [12]


def test_one_refused_channel_out_of_three():
    run = Run(depth=4, steps=20, channels=3, grants=lambda cycle, channel: channel != 1 or cycle not in (10, 11, 12))
    assert [cycle for cycle, cause in enumerate(run.causes) if cause == CONFLICT] == [12, 13, 14]


def test_refusals_that_cost_nothing_are_not_charged():
    """Four words of slack, gathered while the accelerator paused, outlast one refusal."""
    run = Run(depth=8, steps=20, grants=lambda cycle, channel: cycle != 16, ready=lambda cycle: cycle >= 15)
    assert run.causes.count(CONFLICT) == 0 and run.popped == 20


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("channels", [1, 3])
def test_causes_by_definition(channels, depth):
    rng = random.Random(10 * channels + depth)
    refusals = {(cycle, c) for cycle in range(400) for c in range(channels) if rng.random() < 0.15}
    stalls = {cycle for cycle in range(400) if rng.random() < 0.2}
    run = Run(depth=depth, channels=channels, steps=7, jobs=20, cycles=400, pause=15,
              grants=lambda *place: place not in refusals, ready=lambda cycle: cycle not in stalls)
    assert run.causes == run.expected
    assert {CONFLICT, ADDRESS, LATENCY} <= set(run.causes)
    assert WaitCause.NO_CREDIT not in run.causes
