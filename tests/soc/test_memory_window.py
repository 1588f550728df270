# SPDX-License-Identifier: Apache-2.0
"""The bus's window onto banks of every width, in every addressing mode, under random grants."""

import random

import pytest
from support.soc import with_banks
from support.streams import simulate

from hwgen.config.register_map import window_groups
from hwgen.soc.memory_window import MemoryWindow
from hwgen.streamer import model

WIDTHS = (8, 16, 32, 64, 128)


def serve(dut, contents, rng, stall, granted):
    """Testbench that stands in for the interconnect; ``granted`` receives whether each access wrote."""
    port, memory = dut.port, dut.memory

    async def bench(ctx):
        held = None
        while True:
            grant = rng.random() >= stall
            ctx.set(port.grant, grant)
            signals = (port.request, port.write, port.bank, port.row, port.be, port.write_data)
            _, _, request, *access = await ctx.tick().sample(*signals)
            if held is not None:
                assert request and access[:3] == held[:3], "a request changed before its grant"
            held = access if request and not grant else None
            ctx.set(port.read_data, rng.getrandbits(memory.bank_width))
            if request and grant:
                write, bank, row, enable, word = access
                if write:
                    mask = sum(0xFF << 8 * i for i in range(memory.word_bytes) if enable >> i & 1)
                    contents[bank, row] = contents[bank, row] & ~mask | word & mask
                else:
                    ctx.set(port.read_data, contents[bank, row])
                granted.append(write)

    return bench


class Bytes:
    """The same memory, seen as bytes through one addressing mode."""

    def __init__(self, memory, contents, group):
        self.memory, self.contents, self.group = memory, contents, group

    def place(self, address):
        return model.remap(address // self.memory.word_bytes, self.group, self.memory), 8 * (address % self.memory.word_bytes)

    def read(self, address):
        """32-bit word at a byte address."""
        word = 0
        for i in range(4):
            place, shift = self.place(address + i)
            word |= (self.contents[place] >> shift & 0xFF) << 8 * i
        return word

    def write(self, address, word, strobe):
        for i in range(4):
            if strobe >> i & 1:
                place, shift = self.place(address + i)
                self.contents[place] = self.contents[place] & ~(0xFF << shift) | (word >> 8 * i & 0xFF) << shift


def run(bank_width, mode, *, stall, seed, both):
    """Random writes, and reads after them or at the same time; whether each access granted was a write."""
    config, rng = with_banks(bank_width), random.Random(seed)
    memory = config.memory
    dut, groups, granted = MemoryWindow(config), window_groups(config), []
    contents = {(b, r): rng.getrandbits(bank_width) for b in range(memory.banks) for r in range(memory.bank_depth)}
    expected = Bytes(memory, dict(contents), groups[mode])
    finished = []

    async def writer(ctx):
        ctx.set(dut.mode, mode)
        for _ in range(150):
            # While both are at work they keep to different halves, so that their order does not matter.
            address = rng.randrange(memory.size // (8 if both else 4)) * 4
            word, strobe = rng.getrandbits(32), rng.choice([15, 15, rng.randrange(16)])
            ctx.set(dut.write.payload, {"address": address, "data": word, "strobe": strobe})
            ctx.set(dut.write.valid, 1)
            await ctx.tick().until(dut.write.ready)
            ctx.set(dut.write.valid, 0)
            expected.write(address, word, strobe)
            while rng.random() < 0.3:
                await ctx.tick()
        finished.append("write")

    async def reader(ctx):
        while not both and not finished:
            await ctx.tick()
        for _ in range(150):
            address = rng.randrange(memory.size // 8 if both else 0, memory.size // 4) * 4
            ctx.set(dut.read.payload, address)
            ctx.set(dut.read.valid, 1)
            await ctx.tick().until(dut.read.ready)
            ctx.set(dut.read.valid, 0)
            while rng.random() < 0.3:
                await ctx.tick()

    async def check(ctx):
        word = None
        sampled = ctx.tick().sample(dut.read.valid, dut.read.ready, dut.read.payload, dut.read_data)
        async for _, _, valid, ready, address, data in sampled:
            assert word is None or data == word
            word = expected.read(address) if valid and ready else None

    simulate(dut, writer, reader, background=[serve(dut, contents, rng, stall, granted), check])
    assert contents == expected.contents
    return granted


@pytest.mark.parametrize("both", [False, True], ids=["one by one", "at once"])
@pytest.mark.parametrize("stall", [0.0, 0.6])
@pytest.mark.parametrize("mode", range(len(window_groups(with_banks(16)))))
@pytest.mark.parametrize("bank_width", WIDTHS)
def test_reads_what_was_written(bank_width, mode, stall, both):
    granted = run(bank_width, mode, stall=stall, seed=bank_width + mode, both=both)
    assert len(granted) == 300 * max(1, 32 // bank_width)


@pytest.mark.parametrize("bank_width", WIDTHS)
def test_waiting_reads_and_writes_alternate(bank_width):
    dut, granted = MemoryWindow(with_banks(bank_width)), []
    contents = {(b, r): 0 for b in range(8) for r in range(16)}

    async def bench(ctx):
        ctx.set(dut.write.valid, 1)
        ctx.set(dut.read.valid, 1)
        await ctx.tick().repeat(40)

    simulate(dut, bench, background=[serve(dut, contents, random.Random(1), 0.0, granted)],
             checks=[])
    beats = max(1, 32 // bank_width)
    turns = granted[::beats]
    assert all(granted[i] == turns[i // beats] for i in range(len(granted)))
    assert all(turns[i] != turns[i + 1] for i in range(len(turns) - 1))
