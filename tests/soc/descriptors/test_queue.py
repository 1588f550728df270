# SPDX-License-Identifier: Apache-2.0
"""Descriptors end to end: every entry pushed is that of the golden model, whatever memory, bus and units do."""

import random

import pytest
from support.descriptors import OKAY, SLVERR, QueueBench
from support.soc import TINY

from hwgen.compiler.descriptors import DescriptorRing, DescriptorWriter, Runtime, Table
from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.config.descriptor_format import CHECKSUM_INDEX, HEADER, MAGIC, SECTION, SOURCE, VERSION, checksum
from hwgen.config.error_causes import ErrorCause
from hwgen.config.register_map import RegisterMap
from hwgen.soc.descriptors.model import DescriptorError, DescriptorModel


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
@pytest.mark.parametrize("seed", range(2))
def test_pushes_are_those_of_the_model(seed, scratchpad):
    rng = random.Random(seed)
    bench = Checked(TINY, seed=seed, stall=(0, 0.6)[seed], scratchpad=scratchpad, size=7, base=0x1F4 if scratchpad else 0x1_0FF4)

    async def scenario(bench):
        await bench.begin()
        for _ in range(30):
            await bench.announce(bench.writer.encode(random_job(rng, bench.map), fresh=rng.random() < 0.1))
        await bench.finish()
        assert await bench.read("cluster.queue_count") == 30
        assert bench.ring.tail > 2 * bench.ring.size, "the ring is to wrap around"

    bench.run(scenario)


@pytest.mark.parametrize("scratchpad", [False, True], ids=["external", "scratchpad"])
@pytest.mark.parametrize("seed", range(1))
def test_values_come_from_run_time_registers_and_tables(seed, scratchpad):
    rng = random.Random(seed)
    bench = Checked(TINY, seed=seed, stall=0.3 * seed, scratchpad=scratchpad, size=8, base=0x204)
    table = 0x700

    async def scenario(bench):
        await bench.begin()
        for i in range(16):
            bench.place(table + 4 * i, rng.randrange(1 << 12))
        for _ in range(12):
            # Registers are read until the head has passed the descriptor that names them.
            await bench.until("cluster.queue_head", bench.ring.tail)
            for i in (0, 3, 15):
                bench.runtime[i] = rng.randrange(16) if i else rng.choice([0, 7, 1 << 30])
                assert await bench.write(f"cluster.runtime_{i}", bench.runtime[i]) == OKAY
            fields = {"base": Runtime(0, rng.randrange(-500, 500)), "temporal_bound_0": Table(table, 3),
                      "temporal_bound_1": 5, "temporal_stride_1": Table(table + 4 * rng.randrange(-3, 1), 15), "temporal_bound_2": Runtime(3, 100)}
            await bench.announce(bench.writer.encode(Job({"A": Entry(fields), "L": Entry({"base": Table(table, 3)})})))
        await bench.finish()

    bench.run(scenario)


def corrupted(words, index, bits):
    return [word ^ (bits if i == index else 0) for i, word in enumerate(words)]


def resealed(words, **changes):
    """Words changed by index, with a checksum that fits."""
    words = list(words)
    for index, word in changes.items():
        words[int(index.removeprefix("w"))] = word
    words[CHECKSUM_INDEX] = checksum(words)
    return words


def section(unit, mask, **fields):
    return SECTION.pack({"unit": unit, "mask": mask} | fields)


def built(*body, **header):
    """A descriptor with these words behind the checksum."""
    words = [HEADER.pack({"magic": MAGIC, "version": VERSION, "length": len(body) + 2} | header), 0, *body]
    return resealed(words)


A, UNITS = 0, len(RegisterMap(TINY).units)
A_SIZE = len(RegisterMap(TINY).block("A").registers)
BOUND, OPTIONS, WAIT = (next(i for i, word in enumerate(RegisterMap(TINY).block("A").registers) if word.name == name)
                        for name in ("temporal_bound_0", "options", "wait_0"))
GOOD = built(section(A, 1), 0x123)
CONTENT = ErrorCause.DESCRIPTOR_CONTENT
REFUSED = {  # words, cause; the next descriptor follows
    "checksum": (corrupted(GOOD, 1, 1 << 31), ErrorCause.DESCRIPTOR_CHECKSUM),
    "section": (corrupted(GOOD, 2, 1 << 9), ErrorCause.DESCRIPTOR_CHECKSUM),
    "value": (corrupted(GOOD, 3, 1), ErrorCause.DESCRIPTOR_CHECKSUM),
    "flags": (built(section(A, 1), 5, flags=4), CONTENT),
    "unit": (built(section(UNITS, 0)), CONTENT),
    "far unit": (built(section(31, 1), 7), CONTENT),
    "reserved bit of a section": (built(section(A, 1, section_reserved=1), 7), CONTENT),
    "register": (built(section(A, 1 << A_SIZE), 0), CONTENT),
    "value too wide": (built(section(A, 1 | 1 << BOUND), 0, 1 << 24), CONTENT),
    "value beyond its limit": (built(section(A, 1 | 1 << OPTIONS), 4, 1 << 31), CONTENT),
    "wait for nobody": (built(section(A, 1 << WAIT), 1 << TINY.jobs.count_width | 0x1F << TINY.jobs.count_width), CONTENT),
    "second section": (built(section(A, 1), 0x777, section(1, 0), section(A, 1 << BOUND), 1 << 31), CONTENT),
    "too few values": (built(section(A, 3), 1), CONTENT),
    "no masks of sources": (built(section(A, 1, indirect=1)), CONTENT),
    "source without register": (built(section(A, 1, indirect=1), 2, 9), CONTENT),
    "kind of source": (built(section(A, 1, indirect=1), 1, SOURCE.pack({"kind": 3}), 0), CONTENT),
    "literal as a source": (built(section(A, 1, indirect=1), 1, SOURCE.pack({"kind": 0}), 0), CONTENT),
    "run-time register": (built(section(A, 1, indirect=1), 1, SOURCE.pack({"kind": 1, "runtime": 16}), 0), CONTENT),
    "reserved bit of a source": (built(section(A, 1, indirect=1), 1, SOURCE.pack({"kind": 1, "source_reserved": 1}), 0), CONTENT),
    "source without literal": (built(section(A, 1, indirect=1), 1, SOURCE.pack({"kind": 1})), CONTENT),
    "unaligned table": (built(section(A, 1, indirect=1), 1, SOURCE.pack({"kind": 2}), 0x802), CONTENT),
    "unaligned table and more": (built(section(A, 1, indirect=1), 1, SOURCE.pack({"kind": 2}), 0x802, section(1, 0)), CONTENT),
    "table that cannot be read": (built(section(A, 3, indirect=1), 1, SOURCE.pack({"kind": 2}), 0x3000, 9), ErrorCause.DESCRIPTOR_FETCH),
}
FATAL = {
    "magic": (corrupted(GOOD, 0, 1 << 24), ErrorCause.DESCRIPTOR_VERSION),
    "version": (corrupted(GOOD, 0, 3 << 20), ErrorCause.DESCRIPTOR_VERSION),
    "no length": (built(section(A, 1), 5, length=0), CONTENT),
    "length without a section": (built(length=2), CONTENT),
    "length beyond the tail": (built(section(A, 1), 5, length=40), CONTENT),
    "length beyond the buffer": (built(section(A, 1), 5, length=4096), CONTENT),
}


async def good_jobs(bench, rng, count):
    for _ in range(count):
        await bench.announce(bench.writer.encode(random_job(rng, bench.map)))


SHARES = 4
"""What is refused is spread over so many simulations, most of whose time goes by before their first cycle."""


@pytest.mark.parametrize("share", range(SHARES))
def test_a_descriptor_that_is_refused_changes_nothing_and_the_next_one_follows(share):
    rng = random.Random(share)
    bench = Checked(TINY, seed=3, stall=share % 2 * 0.3, size=9)
    bench.broken.add(0x3000)

    async def scenario(bench):
        await bench.begin()
        for done, (name, (words, cause)) in enumerate(list(REFUSED.items())[share::SHARES]):
            await good_jobs(bench, rng, 2)
            with pytest.raises(DescriptorError, match=cause.name) as refusal:
                bench.model.run(words, bench.runtime)
            assert not refusal.value.fatal, name
            await bench.announce(words, runs=False)
            begins = bench.ring.tail - len(words)
            # Those behind it, encoded without it, are exact, though they were fetched before the resume.
            await good_jobs(bench, rng, 2)
            assert await bench.error() == (cause, UNITS, 5 * done + 2), name
            assert (await bench.read("cluster.queue_head"), await bench.read("cluster.queue_count")) == (begins, 5 * done + 2), name
            await bench.idle(50)
            before = len(bench.pushes)
            assert await bench.read("cluster.queue_head") == begins, "the queue stops at an error"
            assert await bench.write("cluster.control", 1) == OKAY
            await bench.finish()
            assert before < len(bench.pushes) and await bench.read("cluster.queue_count") == 5 * done + 5, name
            assert await bench.read("cluster.error_info") & 15 == 0, name

    bench.run(scenario, cycles=100_000)


@pytest.mark.parametrize("share", range(2))
def test_a_descriptor_of_unknown_length_empties_the_queue(share):
    rng = random.Random(share)
    bench = Checked(TINY, seed=4, stall=share * 0.3, size=9)

    async def scenario(bench):
        await bench.begin()
        for done, (name, (words, cause)) in enumerate(list(FATAL.items())[share::2]):
            await good_jobs(bench, rng, 2)
            with pytest.raises(DescriptorError, match=cause.name) as refusal:
                bench.model.run(words, bench.runtime)
            assert refusal.value.fatal, name
            await bench.announce(words, runs=False)
            begins = bench.ring.tail - len(words)
            assert await bench.error() == (cause, UNITS, 6 * done + 2), name
            assert await bench.read("cluster.queue_head") == begins, name
            assert await bench.write("cluster.control", 1) == OKAY
            assert await bench.read("cluster.queue_head") == bench.ring.tail, name
            await good_jobs(bench, rng, 3)
            await bench.finish()
            assert await bench.read("cluster.queue_count") == 6 * (done + 1), name

    bench.run(scenario, cycles=100_000)


@pytest.mark.parametrize("broken", range(0, 8, 3))
def test_a_fetch_error_empties_the_queue(broken):
    rng = random.Random(broken)
    bench = Checked(TINY, seed=broken, stall=0.2, size=9)

    async def scenario(bench):
        await bench.begin()
        await good_jobs(bench, rng, 3)
        await bench.until("cluster.queue_head", bench.ring.tail)
        begins = bench.ring.tail
        address = bench.ring.base + 4 * (begins + broken) & ~7
        bench.broken |= {address, address + 4}
        # What is announced at once is fetched at once.
        await bench.announce([*built(section(A, 0xF), 1, 2, 3, 4), *GOOD, *GOOD], runs=False)
        cause, unit, number = await bench.error()
        assert (cause, unit) == (ErrorCause.DESCRIPTOR_FETCH, UNITS)
        assert number == await bench.read("cluster.queue_count")
        bench.broken.clear()
        if (await bench.read("cluster.queue_head")) != begins:
            bench.expected += bench.model.run(built(section(A, 0xF), 1, 2, 3, 4), bench.runtime)
        assert await bench.write("cluster.control", 1) == OKAY
        assert await bench.read("cluster.queue_head") == bench.ring.tail
        bench.writer.forget()
        await good_jobs(bench, rng, 3)
        await bench.finish()

    bench.run(scenario)


@pytest.mark.parametrize("scratchpad", [False, True], ids=["external", "scratchpad"])
def test_a_ring_beyond_its_memory_is_a_fetch_error(scratchpad):
    base = TINY.memory.size - 8 if scratchpad else (1 << 32) - 8
    bench = Checked(TINY, stall=0.1, scratchpad=scratchpad, base=base, size=8)

    async def scenario(bench):
        await bench.begin()
        place, bench.ring = bench.place, DescriptorRing(0, 256, lambda address, word: None)
        for index in range(2):
            place(base + 4 * index, GOOD[index])
        await bench.announce(GOOD, runs=False)
        assert await bench.error() == (ErrorCause.DESCRIPTOR_FETCH, UNITS, 0)
        assert await bench.write("cluster.control", 1) == OKAY
        assert await bench.read("cluster.queue_head") == len(GOOD)
        assert not bench.pushes

    bench.run(scenario)


def test_an_overrun_is_refused_and_named_and_changes_nothing():
    rng = random.Random(5)
    bench = Checked(TINY, seed=5, size=7)

    async def scenario(bench):
        await bench.begin()
        await good_jobs(bench, rng, 2)
        await bench.until("cluster.queue_head", bench.ring.tail)
        assert await bench.write("cluster.queue_tail", bench.ring.tail + 129) == SLVERR
        assert await bench.read("cluster.queue_tail") == bench.ring.tail
        assert await bench.error() == (ErrorCause.QUEUE_OVERRUN, UNITS, 2)
        assert await bench.write("cluster.control", 1) == OKAY
        # One that goes back is refused as well, and is no more than a wrong write.
        bench.blocked = {unit.name for unit in bench.map.units}
        await good_jobs(bench, rng, 2)
        assert await bench.write("cluster.queue_tail", bench.ring.tail - 129 - (1 << 20)) == SLVERR
        assert (await bench.error())[0] == ErrorCause.QUEUE_OVERRUN
        assert await bench.write("cluster.control", 1) == OKAY
        bench.blocked = set()
        await bench.finish()

    bench.run(scenario)


def test_the_ring_cannot_be_moved_while_it_holds_descriptors():
    bench = Checked(TINY, seed=6, size=7)

    async def scenario(bench):
        await bench.begin()
        bench.blocked = {"A"}
        for _ in range(6):
            await bench.announce(bench.writer.encode(Job({"A": Entry({"base": 8})})))
        assert await bench.read("cluster.queue_head") != bench.ring.tail
        for name in ("queue_base", "queue_layout"):
            assert await bench.write(f"cluster.{name}", 0) == SLVERR
        assert await bench.write("cluster.queue_tail", bench.ring.tail - 1) == SLVERR
        assert await bench.read("cluster.error_info") == 0
        bench.blocked = set()
        await bench.finish()
        assert await bench.write("cluster.queue_base", 0x2002) == SLVERR
        for name in ("queue_base", "queue_layout"):
            assert await bench.write(f"cluster.{name}", 8) == OKAY

    bench.run(scenario)


@pytest.mark.parametrize("scratchpad", [False, True], ids=["external", "scratchpad"])
@pytest.mark.parametrize("pause", [0, 12, 25])
def test_a_flush_drops_what_was_announced(pause, scratchpad):
    rng = random.Random(pause)
    bench = Checked(TINY, seed=pause, stall=0.1, size=8, scratchpad=scratchpad, base=0x100, latency=30)

    async def scenario(bench):
        await bench.begin()
        bench.blocked = {unit.name for unit in bench.map.units}
        await good_jobs(bench, rng, 8)
        await bench.announce(built(section(A, 1, indirect=1), 1, SOURCE.pack({"kind": 2}), 0x80))
        await bench.idle(pause)
        assert await bench.write("cluster.control", 2) == OKAY
        assert await bench.read("cluster.queue_head") == bench.ring.tail
        pushed = len(bench.pushes)
        assert bench.pushes == bench.expected[:pushed]
        bench.pushes.clear(), bench.expected.clear()
        bench.blocked = set()
        bench.writer.forget()
        await good_jobs(bench, rng, 8)
        await bench.finish()
        assert await bench.read("cluster.error_info") == 0

    bench.run(scenario)


def test_bus_writes_and_pushes_between_descriptors_lose_nothing():
    rng = random.Random(7)
    bench = Checked(TINY, seed=7, stall=0.1, size=8)
    mine = "quantizer"

    async def scenario(bench):
        await bench.begin()
        names = [word.name for word in bench.map.block(mine).registers[:4]]
        pushed = 0
        for number in range(40):
            job = Job({name: entry for name, entry in random_job(rng, bench.map).entries.items() if name != mine} or {"A": Entry({})})
            await bench.announce(bench.writer.encode(job))
            for name in names:
                assert await bench.write(f"{mine}.{name}", number & 1) == OKAY
            while await bench.write("cluster.push", 1 << bench.map.unit_index(mine)) != OKAY:
                pass
            pushed += 1
        await bench.until("cluster.queue_head", bench.ring.tail)
        await bench.idle(3)
        own = [values for name, values in bench.pushes if name == mine]
        assert [[values[name] for name in names] for values in own] == [[number & 1] * 4 for number in range(pushed)]
        bench.pushes = [push for push in bench.pushes if push[0] != mine]
        bench.compare()

    bench.run(scenario)


def test_a_reset_in_the_middle_of_a_fetch_leaves_a_working_queue():
    rng = random.Random(8)
    bench = Checked(TINY, seed=8, stall=0.2, size=8, scratchpad=True, base=0)

    async def scenario(bench):
        for cycles in range(1, 13):
            await bench.begin()
            await good_jobs(bench, rng, 3)
            await bench.idle(cycles)
            bench.ctx.set(bench.dut.drained, 1)
            assert await bench.write("cluster.control", 8) == OKAY
            await bench.until("cluster.status", 0)
            bench.pushes.clear(), bench.expected.clear()
            bench.ring.tail = bench.ring.head = 0
            bench.writer, bench.model = DescriptorWriter(bench.map), DescriptorModel(bench.map, bench._word)
        await bench.begin()
        await good_jobs(bench, rng, 5)
        await bench.finish()

    bench.run(scenario)
