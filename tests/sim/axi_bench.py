# SPDX-License-Identifier: Apache-2.0
"""cocotb tests which run inside the simulator: an independent AXI4-Lite manager on the design's ports."""

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp


async def manager(dut):
    cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
    dut.rst.value = 1
    axi = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
    for _ in range(4):
        await RisingEdge(dut.clk)
    dut.rst.value = 0
    await RisingEdge(dut.clk)
    return axi


@cocotb.test()
async def writes_and_reads(dut):
    axi = await manager(dut)
    await axi.write(0x101, b"streaming")
    assert (await axi.read(0x101, 9)).data == b"streaming"


@cocotb.test()
async def refuses_beyond_memory(dut):
    axi = await manager(dut)
    assert (await axi.write(0x20000, bytes(4))).resp == AxiResp.SLVERR
