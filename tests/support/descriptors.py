# SPDX-License-Identifier: Apache-2.0
"""Job control with external memory, scratchpad, bus and units around it, all at a random pace."""

import random

from hwgen.config.register_map import RegisterMap
from hwgen.soc.control import JobControl

from .streams import simulate

OKAY, SLVERR = 0, 2


class QueueBench:
    """Runs one scenario on job control.

    Parameters
    ----------
    config : ClusterConfig
    seed : int
    stall : float
        Chance that memory, bus or a unit does nothing in a cycle.
    latency : int
        Cycles from a request to external memory to its first beat.

    Attributes
    ----------
    external : dict
        Words by byte address; zero where nothing is.
    broken : set of int
        External byte addresses of words that cannot be read.
    pushes : list
        Units in order of their pushes, with all words of their entries by register.
    """

    def __init__(self, config, *, seed=0, stall=0.2, latency=10):
        self.config, self.map = config, RegisterMap(config)
        self.dut = JobControl(config)
        self.rng, self.stall, self.latency = random.Random(seed), stall, latency
        self.external, self.broken = {}, set()
        self.scratchpad = bytearray(config.memory.size)
        self.pushes, self.taken, self.bursts, self.cycle = [], [], [], 0
        self.blocked = set()
        """Units that take nothing."""

    def run(self, scenario, cycles=30_000):
        async def bench(ctx):
            self.ctx = ctx
            await scenario(self)

        units = [self._unit(unit.name) for unit in self.map.units]
        simulate(self.dut, bench, cycles=cycles, checks=[self.dut.fetch.request],
                 background=[self._bursts, self._beats, self._window, self._watch, *units])

    def pausing(self):
        return self.rng.random() < self.stall

    async def write(self, name, value):
        """Response to a write of a register by its path, or of a byte address."""
        ctx, dut = self.ctx, self.dut
        address = self.map.address(name) if isinstance(name, str) else name
        for pin, data in (("awaddr", address), ("wdata", value & 0xFFFF_FFFF), ("wstrb", 15), ("awvalid", 1), ("wvalid", 1), ("bready", 1)):
            ctx.set(getattr(dut, pin), data)
        await ctx.tick()
        ctx.set(dut.awvalid, 0)
        ctx.set(dut.wvalid, 0)
        while not ctx.get(dut.bvalid):
            await ctx.tick()
        response = ctx.get(dut.bresp)
        await ctx.tick()
        return response

    async def read(self, name):
        ctx, dut = self.ctx, self.dut
        for pin, data in (("araddr", self.map.address(name)), ("arvalid", 1), ("rready", 1)):
            ctx.set(getattr(dut, pin), data)
        await ctx.tick()
        ctx.set(dut.arvalid, 0)
        while not ctx.get(dut.rvalid):
            await ctx.tick()
        assert ctx.get(dut.rresp) == OKAY
        data = ctx.get(dut.rdata)
        await ctx.tick()
        return data

    async def until(self, name, value):
        """Wait until a register reads as the value; the simulation's watchdog ends what never does."""
        while await self.read(name) != value:
            pass

    async def error(self):
        """Cause and address of the latched error, once there is one."""
        while not (info := await self.read("cluster.error_info")) & 15:
            pass
        return info & 15, info >> 4 & 31, await self.read("cluster.error_address")

    async def set_up(self, base, size, *, scratchpad=False):
        """Place the ring; ``size`` is a binary logarithm."""
        assert await self.write("cluster.queue_base", base) == OKAY
        word = self.map.global_block.register("queue_layout")
        assert await self.write("cluster.queue_layout", word.pack({"queue_size": size, "queue_source": int(scratchpad)})) == OKAY

    async def idle(self, cycles):
        for _ in range(cycles):
            await self.ctx.tick()

    def store(self, address, word):
        self.external[address] = word

    def store_scratchpad(self, address, word):
        """By logical address in addressing mode 0, all banks interleaved."""
        self.scratchpad[address:address + 4] = word.to_bytes(4, "little")

    async def _bursts(self, ctx):
        request = self.dut.fetch.request
        while True:
            ready = not self.pausing()
            ctx.set(request.ready, ready)
            _, _, valid, address, length = await ctx.tick().sample(request.valid, request.payload.address, request.payload.length)
            self.cycle += 1
            if ready and valid:
                beat = self.config.dma.data_bytes
                assert address % beat == 0 and address // 4096 == (address + beat * (length + 1) - 1) // 4096
                for b in range(length + 1):
                    self.bursts.append((self.cycle + self.latency, address + beat * b, b == length))

    async def _beats(self, ctx):
        beat, count = self.dut.fetch.beat, self.config.dma.data_bytes // 4
        while True:
            if not self.bursts or self.bursts[0][0] > self.cycle or self.pausing():
                await ctx.tick()
                continue
            _, address, last = self.bursts.pop(0)
            words = [self.external.get(address + 4 * i, 0) for i in range(count)]
            ctx.set(beat.payload.data, sum(word << 32 * i for i, word in enumerate(words)))
            ctx.set(beat.payload.error, any(address + 4 * i in self.broken for i in range(count)))
            ctx.set(beat.payload.last, last)
            ctx.set(beat.valid, 1)
            await ctx.tick().until(beat.ready)
            ctx.set(beat.valid, 0)

    async def _window(self, ctx):
        port, memory = self.dut.window, self.config.memory
        while True:
            grant = not self.pausing()
            ctx.set(port.grant, grant)
            _, _, request, write, bank, row, be, data = await ctx.tick().sample(
                port.request, port.write, port.bank, port.row, port.be, port.write_data)
            if request and grant:
                place = (row * memory.banks + bank) * memory.word_bytes
                if write:
                    for byte in range(memory.word_bytes):
                        if be >> byte & 1:
                            self.scratchpad[place + byte] = data >> 8 * byte & 0xFF
                else:
                    ctx.set(port.read_data, int.from_bytes(self.scratchpad[place:place + memory.word_bytes], "little"))

    async def _watch(self, ctx):
        names = [unit.name for unit in self.map.units]
        pushes = [self.dut.queues[name].push for name in names]
        entries = [self.dut.queues[name].entry for name in names]
        async for sample in ctx.tick().sample(*pushes, *entries):
            values = sample[2:]
            for index, name in enumerate(names):
                if values[index]:
                    entry = values[len(names) + index]
                    block = self.map.block(name)
                    self.pushes.append((name, {
                        word.name: word.pack({field.name: entry[field.name] for field in word.fields}) for word in block.registers}))

    def _unit(self, name):
        async def unit(ctx):
            job = getattr(self.dut, f"job_{name}")
            while True:
                ctx.set(job.entry.ready, 0)
                ctx.set(job.done, 0)
                if name in self.blocked or self.pausing():
                    await ctx.tick()
                    continue
                ctx.set(job.entry.ready, 1)
                _, _, valid = await ctx.tick().sample(job.entry.valid)
                ctx.set(job.entry.ready, 0)
                if valid:
                    self.taken.append(name)
                    while self.pausing():
                        await ctx.tick()
                    ctx.set(job.done, 1)
                    await ctx.tick()
        return unit
