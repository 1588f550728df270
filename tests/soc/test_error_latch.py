# SPDX-License-Identifier: Apache-2.0
"""The error latch: the first error with its address, until it is cleared."""

import itertools

import pytest
from support.streams import simulate

from hwgen.config import preset
from hwgen.soc.error_latch import ErrorLatch
from hwgen.streamer import model

TINY = preset("tiny")
CONFIG = TINY.model_copy(update={"streamers": {
    name: streamer.model_copy(update={"row_wrap": name in "BD"}) for name, streamer in TINY.streamers.items()}})
NAMES = list(CONFIG.streamers)
STRIDES = (0x1234, -0x10_0002)
ROW_WRAP = -0x777
POINTER = 0xFFFF_FFF0


def settle_cycles():
    """Most cycles until the address is summed up: one for each term to add, one to find none left."""
    return 2 + max(sum(bound - 1 for bound in (*streamer.spatial_bounds, streamer.spatial_bounds[0]))
                   for streamer in CONFIG.streamers.values())


def row_ends(name, channel):
    """Ends of rows reported before a channel: rows are of one position."""
    return CONFIG.streamers[name].lanes()[channel][0] if CONFIG.streamers[name].row_wrap else 0


def report(name, channel, cause=1, pointer=POINTER):
    strides = STRIDES[:CONFIG.streamers[name].spatial_dimensions]
    rows = {"row_ends": row_ends(name, channel), "row_wrap": ROW_WRAP} if CONFIG.streamers[name].row_wrap else {}
    return {"cause": cause, "channel": channel, "pointer": pointer, "strides": list(strides), **rows}


class Bench:
    def __init__(self, ctx, dut):
        self.ctx, self.dut = ctx, dut
        for index in range(dut.unit_count):
            ctx.set(dut.started[index], 10 * index + 1)

    async def show(self, reports, clear=False):
        """One cycle of reports by streamer."""
        for name in NAMES:
            self.ctx.set(getattr(self.dut, name), reports.get(name, report(name, 0, cause=0)))
        self.ctx.set(self.dut.clear, clear)
        await self.ctx.tick()

    async def quiet(self, cycles=1):
        for _ in range(cycles):
            await self.show({})

    def shown(self):
        return {name: self.ctx.get(getattr(self.dut, name)) for name in ("cause", "unit", "channel", "address", "job")}

    async def caught(self, name, channel, cause=1, pointer=POINTER):
        """The latch holds this error, with the address of the channel."""
        assert self.ctx.get(self.dut.held)
        await self.quiet(settle_cycles())
        assert self.ctx.get(self.dut.valid)
        streamer = CONFIG.streamers[name]
        address = model.lane_addresses(pointer, streamer.spatial_bounds, STRIDES[:streamer.spatial_dimensions])[channel]
        address = model.wrap(address + row_ends(name, channel) * ROW_WRAP)
        assert self.shown() == {"cause": cause, "unit": NAMES.index(name), "channel": channel, "address": address,
                                "job": 10 * NAMES.index(name)}


def run(scenario):
    dut = ErrorLatch(CONFIG)

    async def bench(ctx):
        await scenario(Bench(ctx, dut))

    simulate(dut, bench)


EVERY = [(name, channel) for name in NAMES for channel in range(CONFIG.streamers[name].channels)]


@pytest.mark.parametrize("name, channel", EVERY)
def test_sums_up_the_address_of_every_channel(name, channel):
    async def scenario(bench):
        await bench.show({name: report(name, channel, cause=2)})
        await bench.caught(name, channel, cause=2)

    run(scenario)


def test_first_error_wins():
    async def scenario(bench):
        await bench.show({"C": report("C", 5)})
        await bench.show({name: report(name, 1, cause=3, pointer=64) for name in NAMES})
        await bench.caught("C", 5)
        await bench.show({"A": report("A", 1, cause=2)})
        await bench.caught("C", 5)

    run(scenario)


def test_of_several_at_once_the_first_unit_wins():
    async def scenario(bench):
        for first, second in itertools.combinations(NAMES, 2):
            await bench.show({first: report(first, 1), second: report(second, 0, cause=2)})
            await bench.caught(first, 1)
            await bench.show({}, clear=True)

    run(scenario)


def test_nothing_is_held_without_an_error():
    async def scenario(bench):
        await bench.quiet(10)
        assert not bench.ctx.get(bench.dut.held) and not bench.ctx.get(bench.dut.valid)

    run(scenario)


@pytest.mark.parametrize("after", range(6))
def test_clear_makes_room_for_the_next(after):
    """Whether or not the first address has been summed up."""

    async def scenario(bench):
        ctx, dut = bench.ctx, bench.dut
        await bench.show({"D": report("D", 7)})
        await bench.quiet(after)
        await bench.show({}, clear=True)
        assert not ctx.get(dut.held) and not ctx.get(dut.valid)
        await bench.quiet(2)
        await bench.show({"B": report("B", 1, cause=3)})
        await bench.caught("B", 1, cause=3)

    run(scenario)


@pytest.mark.parametrize("held", [False, True])
def test_error_in_the_cycle_of_a_clear_is_not_lost(held):
    async def scenario(bench):
        if held:
            await bench.show({"D": report("D", 7)})
            await bench.quiet(8)
        await bench.show({"E": report("E", 1, cause=3)}, clear=True)
        assert bench.ctx.get(bench.dut.caught)
        await bench.caught("E", 1, cause=3)
        assert not bench.ctx.get(bench.dut.caught)

    run(scenario)
