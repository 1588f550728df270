# SPDX-License-Identifier: Apache-2.0
"""Jobs on their way to the bus: what is written, what is left out, what is refused."""

import random

import pytest

from hwgen.compiler.jobs import BusWriter, Entry, Job, Signal, Wait
from hwgen.config import preset
from hwgen.config.register_map import RegisterMap
from hwgen.errors import MappingError

CONFIG = preset("tiny")
MAP = RegisterMap(CONFIG)


class Registers:
    """Job registers as the hardware holds them; a push hands over what they hold."""

    def __init__(self):
        self.held = {block.address(word.name): word.pack({}) for block in MAP.unit_blocks for word in block.registers}

    def play(self, writes):
        """Entries pushed: by unit, the word of each register."""
        pushed = {}
        for address, value in writes:
            if address == MAP.address("cluster.push"):
                for index, block in enumerate(MAP.unit_blocks):
                    if value >> index & 1:
                        assert block.name not in pushed
                        pushed[block.name] = {w.name: self.held[block.address(w.name)] for w in block.registers}
            else:
                assert address in self.held and not pushed, "the push comes last"
                self.held[address] = value
        return pushed


def expected(job):
    """The words of each entry, worked out field by field."""
    result = {}
    for name, entry in job.entries.items():
        values = entry.fields | {"interrupt": int(entry.interrupt)}
        for i, wait in enumerate(entry.waits):
            kind, _, number = wait.source.partition("_")
            source = len(MAP.units) + int(number) if kind == "semaphore" else [u.name for u in MAP.units].index(wait.source)
            values |= {f"wait_{i}_count": wait.count, f"wait_{i}_source": source, f"wait_{i}_enable": 1}
        if entry.signal:
            values |= {"signal_amount": entry.signal.amount, "signal_semaphore": entry.signal.semaphore, "signal_enable": 1}
        result[name] = {word.name: word.pack({f.name: values.get(f.name, f.reset) for f in word.fields})
                        for word in MAP.block(name).registers}
    return result


def random_entry(unit, rng):
    fields = {}
    for word in MAP.block(unit.name).registers:
        for field in word.fields:
            if not field.name.startswith(("wait_", "signal_", "interrupt")) and rng.random() < 0.3:
                fields[field.name] = rng.choice([field.lowest, field.highest, rng.randint(field.lowest, field.highest)])
    sources = [u.name for u in MAP.units] + [f"semaphore_{i}" for i in range(CONFIG.jobs.semaphores)]
    waits = tuple(Wait(rng.choice(sources), rng.randrange(256)) for _ in range(rng.randint(0, CONFIG.jobs.waits)))
    signal = Signal(rng.randrange(CONFIG.jobs.semaphores), rng.randrange(256)) if rng.random() < 0.5 else None
    return Entry(fields, waits, signal, rng.random() < 0.5)


@pytest.mark.parametrize("seed", range(5))
def test_replayed_writes_give_the_same_entries(seed):
    rng, writer, registers = random.Random(seed), BusWriter(MAP), Registers()
    for _ in range(40):
        units = rng.sample(MAP.units, rng.randint(1, len(MAP.units)))
        job = Job({unit.name: random_entry(unit, rng) for unit in units})
        assert registers.play(writer.writes(job)) == expected(job)


def test_writes_only_what_changes():
    writer = BusWriter(MAP)
    job = Job({"A": Entry({"base": 64, "temporal_bound_0": 3})})
    assert dict(writer.writes(job)) == {MAP.address("A.base"): 64, MAP.address("A.temporal_bound_0"): 3,
                                        MAP.address("cluster.push"): 1}
    assert writer.writes(job) == [(MAP.address("cluster.push"), 1)]
    moved = Job({"A": Entry({"base": 32, "temporal_bound_0": 3})})
    assert writer.writes(moved) == [(MAP.address("A.base"), 32), (MAP.address("cluster.push"), 1)]
    # A field that is not named goes back to its reset value.
    assert writer.writes(Job({"A": Entry({"base": 32})}))[0] == (MAP.address("A.temporal_bound_0"), 0)


BAD = [
    ({"A": Entry({"speed": 1})}, r"^unit A has no field 'speed'$"),
    ({"A": Entry({"temporal_bound_0": 1 << 16})}, r"^unit A: temporal_bound_0 must be within 0\.\.65535, not 65536$"),
    ({"A": Entry({"addressing_mode": 4})}, r"^unit A: addressing_mode must be within 0\.\.3, not 4$"),
    ({"A": Entry({}, tuple(Wait("B", 1) for _ in range(5)))}, r"^a job entry can wait for 4 things, not 5$"),
    ({"A": Entry({}, (Wait("semaphore_8", 1),))}, r"^unit A: wait_0_source must be within 0\.\.19, not 20$"),
    ({"A": Entry({}, (Wait("F", 1),))}, r"^a job entry waits for a unit or semaphore_<number>, not 'F'$"),
    ({"A": Entry({}, (Wait("semaphore_x", 1),))}, r"^a job entry waits for a unit or semaphore_<number>, not 'semaphore_x'$"),
    ({"A": Entry({}, signal=Signal(8))}, r"^unit A: signal_semaphore must be within 0\.\.7, not 8$"),
    ({"F": Entry({})}, r"^a job has entries for the units A, B, C, D, E, L, S, core, quantizer, load, store, notify, not 'F'$"),
]


@pytest.mark.parametrize("entries, message", BAD)
def test_refuses(entries, message):
    with pytest.raises(MappingError, match=message):
        list(BusWriter(MAP).writes(Job(entries)))


@pytest.mark.parametrize("entries", [entries for entries, _ in BAD])
def test_refused_job_leaves_no_trace(entries):
    """Nothing of it was written, so nothing of it may be taken for written."""
    writer, registers = BusWriter(MAP), Registers()
    with pytest.raises(MappingError):
        list(writer.writes(Job({"B": Entry({"base": 64})} | {"A": Entry({"base": 128})} | entries)))
    job = Job({"A": Entry({"base": 128}), "B": Entry({"base": 64})})
    assert registers.play(writer.writes(job)) == expected(job)
