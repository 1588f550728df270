# SPDX-License-Identifier: Apache-2.0
"""cocotb tests that run on the emitted cluster itself, with an independent AXI4-Lite manager."""

import os
import random

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp
from support.machine import Machine, tile_job

from hwgen.compiler.image import MemoryImage
from hwgen.compiler.jobs import BusWriter
from hwgen.config import preset
from hwgen.config.register_map import IDENTIFICATION, RegisterMap, window_groups

CONFIG = preset(os.environ["BENCH_PRESET"])
MAP = RegisterMap(CONFIG)
SIZE = CONFIG.memory.size


class Bus:
    """Words by name or address."""

    def __init__(self, axi):
        self.axi = axi

    async def write(self, address, value):
        data = value.to_bytes(4, "little") if isinstance(value, int) else value
        assert (await self.axi.write(address if isinstance(address, int) else MAP.address(address), data)).resp == AxiResp.OKAY

    async def read(self, name):
        return int.from_bytes((await self.axi.read(MAP.address(name), 4)).data, "little")

    async def window(self, mode):
        await self.write("cluster.window_mode", mode)

    async def contents(self, mode):
        await self.window(mode)
        return bytes((await self.axi.read(MAP.window_base, SIZE)).data)


async def manager(dut):
    cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
    dut.rst.value = 1
    axi = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    await RisingEdge(dut.clk)
    return Bus(axi)


@cocotb.test()
async def identifies_itself(dut):
    bus = await manager(dut)
    assert await bus.read("cluster.identification") == IDENTIFICATION
    words = [await bus.read(f"cluster.config_hash_{half}") for half in ("high", "low")]
    assert "".join(f"{word:08x}" for word in words) == CONFIG.config_hash


@cocotb.test()
async def window_shows_the_memory_in_every_mode(dut):
    bus, rng, groups = await manager(dut), random.Random(1), window_groups(CONFIG)
    for mode, group in enumerate(groups):
        data = rng.randbytes(SIZE)
        await bus.window(mode)
        await bus.axi.write(MAP.window_base, data)
        # Bytes of a word can be written one by one; the manager turns them into strobes.
        await bus.axi.write(MAP.window_base + 5, b"\x12\x34\x56")
        data = data[:5] + b"\x12\x34\x56" + data[8:]
        assert await bus.contents(mode) == data
        image = MemoryImage(CONFIG.memory)
        image.write(0, group, np.frombuffer(data, np.uint8))
        for other, other_group in enumerate(groups):
            assert await bus.contents(other) == image.read(0, other_group, SIZE).tobytes(), (mode, other)


@cocotb.test()
async def runs_a_job(dut):
    bus, rng = await manager(dut), random.Random(2)
    data = rng.randbytes(SIZE)
    await bus.window(0)
    await bus.axi.write(MAP.window_base, data)
    image = MemoryImage(CONFIG.memory)
    image.write(0, window_groups(CONFIG)[0], np.frombuffer(data, np.uint8))
    machine = Machine(CONFIG, image)
    job = tile_job(CONFIG, tiles=3, steps=2, A=0, B=0x80, C=0x100, D=0x300, interrupt=True)
    await bus.write("cluster.interrupt_enable", 1)
    for address, value in BusWriter(MAP).writes(job):
        await bus.write(address, value)
    if not dut.irq.value:
        await RisingEdge(dut.irq)
    machine.run(job)
    assert await bus.contents(0) == machine.image().read(0, window_groups(CONFIG)[0], SIZE).tobytes()
    assert await bus.read("cluster.interrupt_status") == 1
    await bus.write("cluster.interrupt_status", 1)
    assert not dut.irq.value
    assert await bus.read("cluster.completed_D") == 1


@cocotb.test()
async def refuses_what_is_not_there(dut):
    bus = await manager(dut)
    assert (await bus.axi.write(MAP.window_base - 4, bytes(4))).resp == AxiResp.SLVERR
    assert (await bus.axi.read(MAP.address("cluster.push"), 4)).resp == AxiResp.SLVERR
    assert (await bus.axi.write(MAP.address("A.base"), bytes(2))).resp == AxiResp.SLVERR
