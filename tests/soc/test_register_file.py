# SPDX-License-Identifier: Apache-2.0
"""Every register of the map: what is taken, what is refused, and that a refusal changes nothing."""

import pytest
from support.soc import TINY, with_jobs
from support.streams import simulate

from hwgen.config import preset
from hwgen.config.descriptor_registers import GUARDED
from hwgen.soc.register_file import RegisterFile

CONFIGS = {"tiny": TINY, "odd": with_jobs(semaphores=5, waits=2, count_width=9), "paper": preset("datamaestro-paper")}


class Bench:
    """Bus accesses of one cycle each."""

    def __init__(self, ctx, dut):
        self.ctx, self.dut, self.map = ctx, dut, dut.map

    async def write(self, address, data, *, strobe=15, refuse=0):
        """Whether the write was taken, which command it gave, and whether it prepares a job."""
        ctx, dut = self.ctx, self.dut
        ctx.set(dut.write, 1)
        ctx.set(dut.write_address, address)
        ctx.set(dut.write_data, data)
        ctx.set(dut.write_strobe, strobe)
        ctx.set(dut.refuse, refuse)
        commands = [name for name in dut.commands.shape().members if ctx.get(dut.commands[name])]
        outcome = not ctx.get(dut.write_error), commands, ctx.get(dut.job_write)
        await ctx.tick()
        ctx.set(dut.write, 0)
        return outcome

    def read(self, address):
        """Data, or None for an error."""
        self.ctx.set(self.dut.read_address, address)
        return None if self.ctx.get(self.dut.read_error) else self.ctx.get(self.dut.read_data)

    def held(self):
        """All that a write may change, as bits of the entries and as global registers."""
        words = [self.read(self.map.address(f"cluster.{word.name}")) for word in self.map.global_block.registers
                 if word.access == "rw"]
        return self.ctx.get(self.dut.entries).as_bits(), words

    def bits_of(self, block, word):
        """Where a unit's register lies in the bits of the entries."""
        outer = self.dut.entries.shape()[block.name]
        fields = [outer.shape[field.name] for field in word.fields]
        return sum((1 << field.width) - 1 << outer.offset + field.offset for field in fields)

    def registers(self, *access):
        return [(block, word, block.address(word.name)) for block in self.map.blocks for word in block.registers
                if word.access in access]

    async def refused(self, address, data, **options):
        """The write changes nothing and commands nothing."""
        before = self.held()
        taken, commands, job = await self.write(address, data, **options)
        assert not taken and not job
        assert self.held() == before
        return commands


def run(config, scenario):
    dut = RegisterFile(config)

    async def bench(ctx):
        await scenario(Bench(ctx, dut))

    simulate(dut, bench, cycles=100_000)


def legal_values(word):
    """Every field at its extremes, the others at rest; and all at once."""
    values = [{f.name: value} for f in word.fields for value in (f.lowest, f.highest, min(1, f.highest))]
    return [*values, {f.name: f.highest for f in word.fields}]


def illegal_words(word):
    """Bus words just outside each field's range, and with bits that no field has."""
    total = sum(field.width for field in word.fields)
    signed = len(word.fields) == 1 and word.fields[0].signed
    words = [1 << bit for bit in (total, 31) if bit < 32 and bit >= total]
    if signed and total < 32:
        words = [1 << total - 1, 1 << total, (1 << 32) - (1 << total - 1) - 1]
    for field in word.fields:
        if field.maximum is not None and field.maximum < (1 << field.width) - 1:
            words += [field.maximum + 1 << field.offset, (1 << field.width) - 1 << field.offset]
    return words


@pytest.mark.parametrize("name", CONFIGS)
def test_reset_values(name):
    async def scenario(bench):
        for block, word, address in bench.registers("rw"):
            assert bench.read(address) == word.reset, word.name

    run(CONFIGS[name], scenario)


@pytest.mark.parametrize("name", CONFIGS)
def test_legal_values_read_back_and_reach_the_entry(name):
    async def scenario(bench):
        for block, word, address in bench.registers("rw"):
            for values in legal_values(word):
                data = word.pack(values)
                before, _ = bench.held()
                commands = [word.name] if word.name in GUARDED else []
                assert await bench.write(address, data) == (True, commands, block.unit is not None), (word.name, data)
                assert bench.read(address) == (0 if word.one_clears else data), word.name
                changed = before ^ bench.held()[0]
                if block.unit is None:
                    assert not changed
                    continue
                assert not changed & ~bench.bits_of(block, word), "a write changed another register"
                for field in word.fields:
                    shown = bench.ctx.get(bench.dut.entries[block.name][field.name])
                    assert shown == values.get(field.name, field.reset), field.name

    run(CONFIGS[name], scenario)


@pytest.mark.parametrize("name", CONFIGS)
def test_illegal_values_are_refused(name):
    async def scenario(bench):
        refused = 0
        for _, word, address in bench.registers("rw", "wo"):
            for data in illegal_words(word):
                assert not await bench.refused(address, data), word.name
                refused += 1
        assert refused > 50

    run(CONFIGS[name], scenario)


def test_partial_strobes_and_unaligned_addresses_are_refused():
    async def scenario(bench):
        for number, (_, word, address) in enumerate(bench.registers("rw", "wo")):
            data = word.pack(legal_values(word)[-1])
            # All that leave out a byte or everything, and of the others one by turns.
            for strobe in {0, 7, 11, 13, 14, number % 15}:
                assert not await bench.refused(address, data, strobe=strobe)
            for offset in (1, 2, 3):
                assert not await bench.refused(address + offset, data)
                assert bench.read(address + offset) is None

    run(TINY, scenario)


@pytest.mark.parametrize("name", CONFIGS)
def test_unknown_addresses_and_read_only_registers_are_refused(name):
    async def scenario(bench):
        known = {address: word for _, word, address in bench.registers("rw", "ro", "wo")}
        far = {1 << bit for bit in range(2, bench.map.window_base.bit_length() - 1)} | {bench.map.window_base - 4}
        for address in sorted(far | set(range(0, min(2 * max(known), bench.map.window_base), 4))):
            word = known.get(address)
            if word is None or word.access == "ro":
                assert not await bench.refused(address, 0)
            if word is None or word.access == "wo":
                assert bench.read(address) is None

    run(CONFIGS[name], scenario)


def test_owner_can_refuse():
    async def scenario(bench):
        for _, word, address in bench.registers("rw", "wo"):
            commands = await bench.refused(address, word.pack(legal_values(word)[-1]), refuse=1)
            assert commands == ([word.name] if word.access == "wo" or word.name in GUARDED else [])

    run(TINY, scenario)


def test_commands_act_once_and_only_the_push_prepares_a_job():
    async def scenario(bench):
        for _, word, address in bench.registers("wo"):
            assert await bench.write(address, word.pack(legal_values(word)[-1])) == (True, [word.name], word.name == "push")
            assert bench.ctx.get(bench.dut.commands) == dict.fromkeys(bench.dut.commands.shape().members, 0)

    run(TINY, scenario)


def test_read_only_registers_show_their_values():
    async def scenario(bench):
        for index, (_, word, address) in enumerate(bench.registers("ro")):
            bench.ctx.set(bench.dut.values[word.name], 0xDEAD_0000 + index)
        for index, (_, word, address) in enumerate(bench.registers("ro")):
            assert bench.read(address) == 0xDEAD_0000 + index

    run(TINY, scenario)


@pytest.mark.parametrize("cause", [1, 2])
def test_interrupts_stay_until_cleared_and_show_when_enabled(cause):
    async def scenario(bench):
        ctx, dut = bench.ctx, bench.dut
        status, enable = (bench.map.address(f"cluster.interrupt_{name}") for name in ("status", "enable"))

        async def raise_(bits):
            ctx.set(dut.interrupts, bits)
            await ctx.tick()
            ctx.set(dut.interrupts, 0)

        await raise_(cause)
        assert bench.read(status) == cause and not ctx.get(dut.interrupt_pending)
        await bench.write(enable, 3 - cause)
        assert not ctx.get(dut.interrupt_pending)
        await bench.write(enable, cause)
        assert ctx.get(dut.interrupt_pending)
        await bench.write(status, 3 - cause)
        assert bench.read(status) == cause
        # What comes in while it is cleared stays.
        ctx.set(dut.interrupts, cause)
        await bench.write(status, cause)
        ctx.set(dut.interrupts, 0)
        assert ctx.get(dut.interrupt_pending)
        await bench.write(status, cause)
        assert bench.read(status) == 0 and not ctx.get(dut.interrupt_pending)

    run(TINY, scenario)


def test_entries_can_take_their_reset_values_and_a_write_in_the_same_cycle_comes_after():
    async def scenario(bench):
        ctx, dut = bench.ctx, bench.dut
        fresh = ctx.get(dut.entries).as_bits()
        for block, word, address in bench.registers("rw"):
            if block.unit is not None:
                await bench.write(address, word.pack(legal_values(word)[-1]))
        block = bench.map.unit_blocks[1]
        word = block.registers[0]
        before = ctx.get(dut.entries)
        ctx.set(dut.restore, 0b10)
        await bench.write(block.address(word.name), 5)
        ctx.set(dut.restore, 0)
        after = ctx.get(dut.entries)
        for other in bench.map.unit_blocks:
            if other is not block:
                assert after[other.name] == before[other.name]
        assert bench.read(block.address(word.name)) == 5
        await bench.write(block.address(word.name), 0)
        ctx.set(dut.restore, (1 << len(bench.map.units)) - 1)
        await ctx.tick()
        assert ctx.get(dut.entries).as_bits() == fresh != before.as_bits()

    run(TINY, scenario)
