# SPDX-License-Identifier: Apache-2.0
"""Where bus addresses lead: registers below, the memory window above, and nothing beyond the memory."""

from support.soc import with_banks
from support.streams import simulate

from hwgen.soc.control import JobControl

OKAY, SLVERR = 0, 2
CONFIG = with_banks(16, banks=8, bank_depth=16)


class Bus:
    """One AXI4-Lite access at a time; ``requests`` are those that reach the memory."""

    def __init__(self, ctx, dut):
        self.ctx, self.dut, self.requests = ctx, dut, 0

    async def _until(self, signal):
        for _ in range(20):
            if self.ctx.get(signal):
                return
            self.requests += self.ctx.get(self.dut.window.request)
            await self.ctx.tick()
        raise AssertionError("the bus does not answer")

    async def access(self, address, data=None):
        """Response to a write of ``data``, or response to a read."""
        ctx, dut = self.ctx, self.dut
        channel = "r" if data is None else "b"
        ctx.set(dut.window.grant, 1)
        for name in ("ar",) if data is None else ("aw", "w"):
            ctx.set(getattr(dut, f"{name}valid"), 1)
        ctx.set(dut.araddr if data is None else dut.awaddr, address)
        ctx.set(dut.wdata, data or 0)
        ctx.set(dut.wstrb, 15)
        await ctx.tick()
        for name in ("ar", "aw", "w"):
            ctx.set(getattr(dut, f"{name}valid"), 0)
        ctx.set(getattr(dut, f"{channel}ready"), 1)
        await self._until(getattr(dut, f"{channel}valid"))
        response = ctx.get(getattr(dut, f"{channel}resp"))
        await ctx.tick()
        return response


def test_window_ends_where_the_memory_does():
    dut, size = JobControl(CONFIG), CONFIG.memory.size
    base = dut.map.window_base
    assert base > size, "the window's half must be larger than the memory"
    beyond = [1 << bit for bit in range(size.bit_length() - 1, base.bit_length() - 1)]

    async def bench(ctx):
        bus = Bus(ctx, dut)
        for offset in (0, size - 4, *beyond, base - 4):
            for data in (None, 0x1234_5678):
                inside, before = offset < size, bus.requests
                assert await bus.access(base + offset, data) == (OKAY if inside else SLVERR)
                assert bus.requests - before == (2 if inside else 0), "32 bits are two words of a bank"
                # Whatever came before, the next access works.
                assert await bus.access(dut.map.address("A.base"), data) == OKAY

    simulate(dut, bench)
