# SPDX-License-Identifier: Apache-2.0
"""Every port to every bank it reaches: grants, data, priorities, and that nobody starves."""

import random

import pytest
from amaranth import Module
from amaranth.lib.wiring import connect
from support.soc import TINY
from support.streams import simulate

from hwgen.soc.interconnect import Interconnect
from hwgen.soc.scratchpad import Scratchpad

CONFIG = TINY.model_copy(update={"memory": TINY.memory.model_copy(update={"bank_depth": 4})})
MASKED = CONFIG.model_copy(update={"streamers": CONFIG.all_streamers | {
    "D": CONFIG.all_streamers["D"].model_copy(update={"tail_masks": True})}})
"""One writer may write single bytes, the other always writes whole words."""
MEMORY = CONFIG.memory
READ_WRITE = [(name, c) for name, streamer in CONFIG.all_streamers.items() for c in range(streamer.channels)]
WINDOW = ("window", 0)


class Bench:
    """Interconnect and banks, with a request from each port until it is granted."""

    def __init__(self, ctx, dut, rng):
        self.ctx, self.dut, self.rng = ctx, dut, rng
        self.asked, self.waited = {}, {}
        self.contents, self.expected = {}, {}

    def port(self, who):
        return self.dut.window if who == WINDOW else getattr(self.dut, who[0])[who[1]]

    def reach(self, who):
        if who == WINDOW:
            return 1
        reach = CONFIG.all_streamers[who[0]].reach
        return 1 if reach == "all" else reach

    def ask(self, who, bank, row, *, urgent=False, late=False, write=None, enable=-1):
        """Raise a request; ``bank`` is a physical one within reach."""
        reach = self.reach(who)
        assert bank % reach == who[1] % reach
        port, ctx = self.port(who), self.ctx
        if who != WINDOW:
            write = not CONFIG.all_streamers[who[0]].reads
            if hasattr(port, "write_bytes"):
                ctx.set(port.write_bytes, enable)
            else:
                enable = -1
            ctx.set(port.urgent, urgent)
            ctx.set(port.late, late)
        else:
            ctx.set(port.write, write)
            ctx.set(port.be, enable)
        word = self.rng.getrandbits(MEMORY.bank_width)
        if hasattr(port, "write_data"):
            ctx.set(port.write_data, word)
        ctx.set(port.bank, bank // reach)
        ctx.set(port.row, row)
        ctx.set(port.request, 1)
        self.asked[who] = bank, row, urgent, write, word, enable % (1 << MEMORY.word_bytes)

    async def cycle(self):
        """Check this cycle's grants and the data of the last one's; who was granted."""
        ctx = self.ctx
        for who, word in self.expected.items():
            assert ctx.get(self.port(who).read_data) == word
        granted = [who for who in [*READ_WRITE, WINDOW] if ctx.get(self.port(who).grant)]
        served = [self.asked[who][0] for who in granted]
        assert sorted(served) == sorted({request[0] for request in self.asked.values()}), "one grant for each bank asked"
        self.expected = {}
        for who in granted:
            bank, row, _, write, word, enable = self.asked.pop(who)
            self.waited.pop(who, None)
            if write:
                mask = sum(0xFF << 8 * i for i in range(MEMORY.word_bytes) if enable >> i & 1)
                self.contents[bank, row] = self.contents.get((bank, row), 0) & ~mask | word & mask
            elif (bank, row) in self.contents:
                self.expected[who] = self.contents[bank, row]
        for who in self.asked:
            self.waited[who] = self.waited.get(who, 0) + 1
        await ctx.tick()
        for who in granted:
            ctx.set(self.port(who).request, 0)
        return granted

    async def fill(self):
        """Give every word a value."""
        for bank in range(MEMORY.banks):
            for row in range(MEMORY.bank_depth):
                self.ask(WINDOW, bank, row, write=True)
                await self.cycle()


def run(scenario, seed=0, config=CONFIG):
    m = Module()
    m.submodules.dut = dut = Interconnect(config)
    m.submodules.scratchpad = scratchpad = Scratchpad(CONFIG)
    for b in range(MEMORY.banks):
        connect(m, dut.banks[b], scratchpad.banks[b])

    async def bench(ctx):
        await scenario(Bench(ctx, dut, random.Random(seed)))

    simulate(m, bench, cycles=100_000)


def random_bank(rng, reach, channel, banks=MEMORY.banks):
    return rng.randrange(banks // reach) * reach + channel % reach


@pytest.mark.parametrize("seed, banks", [(1, 8), (2, 8), (3, 2), (4, 4)])
@pytest.mark.parametrize("config", [CONFIG, MASKED], ids=["whole words", "one writer masked"])
def test_random_requests_match_model(config, seed, banks):
    """Fewer banks to choose from make more of them meet."""

    async def scenario(bench):
        rng, grants = bench.rng, dict.fromkeys([*READ_WRITE, WINDOW], 0)
        await bench.fill()
        for _ in range(500):
            busy = rng.random()
            for who in [*READ_WRITE, WINDOW]:
                if who not in bench.asked and rng.random() < busy:
                    bank = random_bank(rng, bench.reach(who), who[1], banks)
                    bench.ask(who, bank, rng.randrange(MEMORY.bank_depth), urgent=rng.random() < 0.2,
                              late=rng.random() < 0.2, write=rng.random() < 0.5, enable=rng.choice([-1, 1, 2]))
            for who in await bench.cycle():
                grants[who] += 1
        # On few banks, a streamer's last channels are held back by its first, which do not wait for them here.
        assert all(count > 18 for count in grants.values()) or banks < MEMORY.banks, grants

    run(scenario, seed, config)


def test_only_masked_writers_have_byte_enables():
    for config in (CONFIG, MASKED):
        dut = Interconnect(config)
        masked = {name for name in config.all_streamers if hasattr(getattr(dut, name)[0], "write_bytes")}
        assert masked == ({"D", "L"} if config is MASKED else {"L"})


def test_ports_are_as_wide_as_their_reach():
    async def scenario(bench):
        for name, streamer in CONFIG.all_streamers.items():
            ports, reach = getattr(bench.dut, name), bench.reach((name, 0))
            assert len(ports) == streamer.channels
            assert all(1 << len(port.bank) == MEMORY.banks // reach for port in ports)

    run(scenario)


@pytest.mark.parametrize("who", READ_WRITE)
def test_reaches_every_bank_of_its_own(who):
    async def scenario(bench):
        await bench.fill()
        reach = bench.reach(who)
        for bank in range(who[1] % reach, MEMORY.banks, reach):
            for row in range(MEMORY.bank_depth):
                bench.ask(who, bank, row)
                assert await bench.cycle() == [who]
        await bench.cycle()
        # What a writer left is read back through the window.
        for bank, row in list(bench.contents):
            bench.ask(WINDOW, bank, row, write=False)
            await bench.cycle()
        await bench.cycle()

    run(scenario)


def test_urgent_requests_come_first_but_for_turns():
    """Everyone asks for bank 0 all the time; one of them urgently."""

    async def scenario(bench):
        everyone = [who for who in READ_WRITE if who[1] % bench.reach(who) == 0]
        period = CONFIG.interconnect.fair_period
        for pressing in everyone:
            count, cycles = 0, 2 * period * (len(CONFIG.all_streamers) + 1)
            for _ in range(cycles):
                for who in everyone:
                    if who not in bench.asked:
                        bench.ask(who, 0, 0, urgent=who == pressing, late=who == pressing)
                count += pressing in await bench.cycle()
            assert count >= cycles * (period - 1) // period
            for who in list(bench.asked):
                bench.ctx.set(bench.port(who).request, 0)
                bench.asked.pop(who)

    run(scenario)


@pytest.mark.parametrize("name", [name for name, streamer in CONFIG.all_streamers.items() if streamer.channels > 2])
def test_late_channels_come_first_within_their_streamer(name):
    """The first late one, urgent or not; without any, the first."""

    async def scenario(bench):
        mine = [who for who in READ_WRITE if who[0] == name and who[1] % bench.reach(who) == 0]
        for mask in range(1 << len(mine)):
            late = [who for bit, who in enumerate(mine) if mask >> bit & 1]
            for who in mine:
                bench.ask(who, 0, 0, late=who in late, urgent=who not in late)
            assert await bench.cycle() == [(late or mine)[0]]
            while bench.asked:
                await bench.cycle()

    run(scenario)


def test_nobody_starves_behind_urgent_requests():
    """One channel of each streamer and the window; all others of a streamer move on together with it."""

    async def scenario(bench):
        ones = [(name, 0) for name in CONFIG.all_streamers] + [WINDOW]
        longest = CONFIG.interconnect.fair_period * len(ones) - 1
        for patient in ones:
            waits = []
            for _ in range(4 * longest):
                for who in ones:
                    if who not in bench.asked:
                        bench.ask(who, 0, 0, urgent=who != patient, write=False)
                waited = bench.waited.get(patient, 0)
                if patient in await bench.cycle():
                    waits.append(waited)
            assert len(waits) >= 3 and max(waits) <= longest
            for who in list(bench.asked):
                bench.ctx.set(bench.port(who).request, 0)
            bench.asked.clear()
            bench.waited.clear()

    run(scenario)
