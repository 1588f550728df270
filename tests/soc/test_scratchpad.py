# SPDX-License-Identifier: Apache-2.0
"""All banks at once, each by itself; and the macro that can stand in for them."""

import random

import pytest
from amaranth.back import rtlil
from support.soc import with_banks
from support.streams import simulate

from hwgen.soc.scratchpad import Scratchpad


@pytest.mark.parametrize("bank_width", [8, 16, 64])
def test_banks_are_independent(bank_width):
    config = with_banks(bank_width, banks=4, bank_depth=4)
    dut, rng, contents = Scratchpad(config), random.Random(bank_width), {}

    async def bench(ctx):
        expected, checked = {}, 0
        for _ in range(1500):
            for b, value in expected.items():
                assert ctx.get(dut.banks[b].rdata) == value
                checked += 1
            expected = {}
            for b, port in enumerate(dut.banks):
                enable, write, row, data = rng.random() < 0.8, rng.random() < 0.4, rng.randrange(4), rng.getrandbits(bank_width)
                for name, value in (("en", enable), ("we", write), ("be", -1), ("addr", row), ("wdata", data)):
                    ctx.set(getattr(port, name), value)
                if enable and write:
                    contents[b, row] = data
                elif enable and (b, row) in contents:
                    expected[b] = contents[b, row]
            await ctx.tick()
        assert checked > 1000

    simulate(dut, bench)


def test_instantiates_the_named_module_for_every_bank():
    config = with_banks(16, banks=4)
    dut = Scratchpad(config, bank_module="my_sram")
    text = rtlil.convert(dut, ports=[value for _, _, value in dut.signature.flatten(dut)])
    cells = [line.split() for line in text.splitlines() if line.split()[:2] == ["cell", "\\my_sram"]]
    assert [name for _, _, name in cells] == [f"\\bank_{b}" for b in range(4)]
    for port in ("clk", "en", "we", "be", "addr", "wdata", "rdata"):
        assert text.count(f"connect \\{port} ") >= 4
    assert "memory" not in text.replace("memory_bank", "")
