# SPDX-License-Identifier: Apache-2.0
"""Descriptors end to end: every entry pushed is that of the golden model, whatever memory, bus and units do."""

import random

import pytest
from support.descriptors import OKAY, SLVERR, QueueBench
from support.soc import TINY

from hwgen.compiler.descriptors import DescriptorRing, DescriptorWriter, Runtime, Table
from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.config.error_causes import ErrorCause
from hwgen.soc.descriptors.model import DescriptorModel


def random_job(rng, registers, *, indirect=False):
    """Entries for some units, with fields that are mostly those left at rest."""
    entries = {}
    for unit in rng.sample(registers.units, rng.randint(1, 4)):
        fields = {}
        for word in unit.registers:
            for field in word.fields:
                if rng.random() < 0.25:
                    fields[field.name] = rng.choice([field.lowest, field.highest, rng.randint(field.lowest, field.highest)])
        waits = tuple(Wait("semaphore_1", 0) for _ in range(rng.randint(0, 2)) if rng.random() < 0.3)
        entries[unit.name] = Entry(fields, waits, Signal(2, 0) if rng.random() < 0.2 else None, rng.random() < 0.2)
    return Job(entries)


class Checked(QueueBench):
    """A bench that announces descriptors and holds their pushes to the model."""

    def __init__(self, *args, base=0x1000, size=7, scratchpad=False, **options):
        super().__init__(*args, **options)
        self.writer = DescriptorWriter(self.map)
        self.place = self.store_scratchpad if scratchpad else self.store
        self.ring = DescriptorRing(base, 1 << size, self.place)
        self.setting = {"base": base, "size": size, "scratchpad": scratchpad}
        self.runtime = [0] * self.config.dma.descriptors.runtime_registers
        self.model = DescriptorModel(self.map, self._word)
        self.expected = []

    def _word(self, address):
        if self.setting["scratchpad"]:
            return int.from_bytes(self.scratchpad[address:address + 4], "little") if address < len(self.scratchpad) else None
        return None if address in self.broken else self.external.get(address, 0)

    async def begin(self):
        await self.set_up(**self.setting)

    async def announce(self, words, *, runs=True):
        """Place a descriptor as soon as there is room, and announce it."""
        while self.ring.room < len(words):
            self.ring.release(await self.read("cluster.queue_head"))
        tail = self.ring.place(words)
        if runs:
            self.expected += self.model.run(words, self.runtime)
        assert await self.write("cluster.queue_tail", tail) == OKAY

    async def finish(self):
        await self.until("cluster.queue_head", self.ring.tail)
        await self.idle(3)
        self.compare()

    def compare(self):
        assert len(self.pushes) == len(self.expected)
        for number, (pushed, expected) in enumerate(zip(self.pushes, self.expected, strict=True)):
            assert pushed == expected, number


@pytest.mark.parametrize("scratchpad", [False, True], ids=["external", "scratchpad"])
@pytest.mark.parametrize("seed", range(3))
def test_pushes_are_those_of_the_model(seed, scratchpad):
    rng = random.Random(seed)
    bench = Checked(TINY, seed=seed, stall=(0, 0.2, 0.6)[seed], scratchpad=scratchpad, size=7, base=0x1F4 if scratchpad else 0x1_0FF4)

    async def scenario(bench):
        await bench.begin()
        for _ in range(30):
            await bench.announce(bench.writer.encode(random_job(rng, bench.map), fresh=rng.random() < 0.1))
        await bench.finish()
        assert await bench.read("cluster.queue_count") == 30
        assert bench.ring.tail > 2 * bench.ring.size, "the ring is to wrap around"

    bench.run(scenario)
