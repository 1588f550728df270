# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of the emitted cluster's port to external memory, with an independent AXI4 memory behind it."""

import itertools
import random

import cocotb
import numpy as np
from cluster.axi_bench import CONFIG, MAP, SIZE, manager
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiBus, AxiRam
from support.copies import apply, contiguous, random_copy

from hwgen.compiler.image import MemoryImage
from hwgen.compiler.jobs import BusWriter, Entry, Job
from hwgen.config.dma import NOTIFY
from hwgen.config.register_map import window_groups

EXTERNAL = 1 << 13
GROUP = window_groups(CONFIG)[0]


class Bench:
    """A cluster whose scratchpad and external memory hold random bytes, and what they should hold."""

    def __init__(self, bus, ram, dut, seed):
        self.bus, self.ram, self.dut = bus, ram, dut
        self.rng = random.Random(seed)
        self.writer = BusWriter(MAP)
        self.image = MemoryImage(CONFIG.memory)
        self.image.write(0, GROUP, np.frombuffer(self.rng.randbytes(SIZE), np.uint8))
        self.external = np.frombuffer(self.rng.randbytes(EXTERNAL), np.uint8).copy()

    @classmethod
    async def started(cls, dut, seed, pause=0.0):
        bus = await manager(dut)
        ram = AxiRam(AxiBus.from_prefix(dut, "m_axi"), dut.clk, dut.rst, size=EXTERNAL)
        bench = cls(bus, ram, dut, seed)
        if pause:
            for channel in (ram.write_if.aw_channel, ram.write_if.w_channel, ram.write_if.b_channel,
                            ram.read_if.ar_channel, ram.read_if.r_channel):
                channel.set_pause_generator(pauses(random.Random(bench.rng.random()), pause))
        ram.write(0, bench.external.tobytes())
        await bus.window(0)
        await bus.axi.write(MAP.window_base, bench.image.read(0, GROUP, SIZE).tobytes())
        await bus.write("cluster.interrupt_enable", 1)
        return bench

    async def run(self, job):
        for address, value in self.writer.writes(job):
            await self.bus.write(address, value)
        if not self.dut.irq.value:
            await RisingEdge(self.dut.irq)
        await self.bus.write("cluster.interrupt_status", 1)

    async def copy(self, copy):
        await self.run(copy.job(interrupt=True))
        apply(CONFIG, copy, self.image, self.external)

    async def check(self):
        assert self.ram.read(0, EXTERNAL) == self.external.tobytes(), "external memory differs"
        assert await self.bus.contents(0) == self.image.read(0, GROUP, SIZE).tobytes(), "the scratchpad differs"


def pauses(rng, share):
    """Whether to pause, cycle by cycle."""
    return (rng.random() < share for _ in itertools.count())


@cocotb.test()
async def copies_bytes_from_and_to_any_address(dut):
    bench = await Bench.started(dut, seed=1)
    for load, external, local, count in ((True, 3, 5, 100), (False, 4090, 9, 77), (True, 0, 0, 512), (False, 64, 16, 1)):
        await bench.copy(contiguous(CONFIG, load, external, local, count))
    await bench.check()


async def copies_of_any_shape(dut, pause, seed):
    bench = await Bench.started(dut, seed, pause)
    copies = [random_copy(CONFIG, bench.rng, EXTERNAL) for _ in range(16)]
    assert {copy.load for copy in copies} == {True, False}
    for copy in copies:
        await bench.copy(copy)
    await bench.check()


@cocotb.test()
async def copies_of_any_shape_at_full_speed(dut):
    await copies_of_any_shape(dut, 0.0, seed=2)


@cocotb.test()
async def copies_of_any_shape_with_random_pauses(dut):
    await copies_of_any_shape(dut, 0.4, seed=3)


@cocotb.test()
async def copies_of_any_shape_with_long_pauses(dut):
    await copies_of_any_shape(dut, 0.9, seed=4)


@cocotb.test()
async def notifies(dut):
    bench = await Bench.started(dut, seed=5, pause=0.3)
    for address, word in ((0x20, 0x12345678), (0x1FFC, 0xA5A5F00D)):
        await bench.run(Job({NOTIFY: Entry({"address": address, "data": word}, interrupt=True)}))
        bench.external[address:address + 4] = np.frombuffer(word.to_bytes(4, "little"), np.uint8)
    await bench.check()
