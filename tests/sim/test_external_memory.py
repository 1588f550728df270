# SPDX-License-Identifier: Apache-2.0
"""External memory: when it answers, what, and in which order."""

import itertools
import random

import numpy as np
import pytest
from hwgen.sim import ExternalMemory, Program, Session
from support.axi_traffic import IDLE, START, Burst, build_traffic, run_traffic

OKAY, SLVERR, DECERR = 0, 2, 3
BYTES = 8
SIZE = 1 << 20


@pytest.fixture(scope="module")
def traffic(tmp_path_factory):
    return build_traffic(tmp_path_factory.mktemp("traffic"))


@pytest.fixture(scope="module")
def run(traffic):
    """Carry out bursts on a memory of random contents; the outcome and the memory before and after."""
    with Session(traffic, memory_size=SIZE) as session:
        def run(bursts, *, idle=0, **options):
            session.reset()
            session.external = ExternalMemory(**options)
            session.memory[:] = random_bytes()
            before = session.memory.copy()
            outcome = run_traffic(session, bursts, idle=idle)
            return outcome, before, session.memory.copy()
        yield run


def random_bytes(seed=0):
    return np.random.default_rng(seed).integers(0, 256, SIZE, dtype=np.uint8)


def expected_beats(memory, burst, data_bytes=BYTES):
    start = burst.address // data_bytes * data_bytes
    return [memory[start + i * data_bytes:][:data_bytes].tobytes() for i in range(burst.beats)]


def random_bursts(count, seed):
    """Reads from the lower half of memory beside writes to places of their own in the upper half."""
    rng = random.Random(seed)
    bursts = []
    for slot in range(count):
        beats = rng.choice([1, 1, 2, 3, 8, 17, 64])
        if rng.random() < 0.5:
            address = rng.randrange(100) * 4096 + rng.randrange(4096 // BYTES - beats) * BYTES
            bursts.append(Burst("read", address, beats, id=rng.randrange(4), gap=rng.choice([0, 0, 9])))
        else:
            address = SIZE // 2 + slot * 1024 + rng.randrange(BYTES)
            bursts.append(Burst("write", address, beats, id=rng.randrange(4), seed=rng.randrange(256),
                                partial=rng.random() < 0.5, gap=rng.choice([0, 0, 9]), data_gap=rng.choice([0, 0, 9])))
    return bursts


def assert_right(outcome, bursts, before, after):
    """Every read of an identifier in order and its data right, every write answered and in memory, and nothing else."""
    expected = before.copy()
    for identifier in range(4):
        own = [burst for burst in bursts if burst.id == identifier]
        reads = [event for event in outcome.of("R") if event.id == identifier]
        wanted = [(beat, last) for burst in own if not burst.write
                  for beat, last in zip(expected_beats(before, burst), [0] * (burst.beats - 1) + [1], strict=True)]
        assert [(event.data, event.last) for event in reads] == wanted
        assert len([event for event in outcome.of("B") if event.id == identifier]) == sum(burst.write for burst in own)
    for burst in bursts:
        if burst.write:
            burst.apply(expected, BYTES)
    assert np.array_equal(after, expected)
    assert {event.response for event in outcome.events} == {OKAY}
    assert outcome.results.traffic.finished


@pytest.mark.parametrize("latency", [1, 2, 7, 100])
def test_latency_is_exact(run, latency):
    outcome, _, _ = run([Burst("read", 0, 4), Burst("write", 4096, 4)], latency=latency, bandwidth=16)
    assert outcome.cycles("R")[0] - outcome.cycles("AR")[0] == latency
    assert outcome.cycles("B")[0] - outcome.cycles("W")[-1] == latency


@pytest.mark.parametrize("latency", [1, 50])
def test_latency_is_pipelined(run, latency):
    bursts = [Burst(kind, 4096 * i + (i % 100) * BYTES) for i in range(100) for kind in ("read", "write")]
    outcome, _, _ = run(bursts, latency=latency, bandwidth=16)
    requests = outcome.cycles("AR")
    assert np.all(np.diff(requests) == 1)
    assert outcome.cycles("R") == [cycle + latency for cycle in requests]
    assert outcome.cycles("B") == [cycle + latency for cycle in outcome.cycles("W")]


def test_answer_waits_for_the_later_of_request_and_data(run):
    early, _, _ = run([Burst("write", 0, gap=30)], latency=10)
    assert early.cycles("W")[0] < early.cycles("AW")[0] == early.cycles("B")[0] - 10
    late, _, _ = run([Burst("write", 0, data_gap=30)], latency=10)
    assert late.cycles("AW")[0] < late.cycles("W")[0] == late.cycles("B")[0] - 10


@pytest.mark.parametrize("kinds", [("read",), ("write",), ("read", "write")])
@pytest.mark.parametrize("bandwidth", [None, 1, 3.5, 5, 7.99, 12, 16])
def test_bandwidth_is_exact(run, kinds, bandwidth):
    bursts = [Burst(kind, 4096 * i, 64) for i in range(8) for kind in kinds]
    outcome, _, _ = run(bursts, latency=5, bandwidth=bandwidth)
    traffic = outcome.results.traffic
    rate = min(bandwidth or BYTES, BYTES * len(kinds))
    total = 8 * 64 * len(kinds) * BYTES
    assert traffic.bytes_read + traffic.bytes_written == total
    # Beats written wait in front of the memory, four at most; the first beats find a beat's worth saved up.
    slack = (4 + 2) * BYTES / rate + 6
    assert abs(traffic.cycles - total / rate) <= slack
    if len(kinds) == 2 and rate < 16:
        # Neither side starves: half of the data of each have passed when half of the time has.
        for channel in "RW":
            cycles = outcome.cycles(channel)
            assert abs((cycles[255] - traffic.first_cycle) / traffic.cycles - 0.5) < 0.05


def test_reads_and_writes_pass_in_one_cycle_only_with_bandwidth_for_both(run):
    bursts = [Burst("read", 0, 128), Burst("write", 8192, 128, data_gap=20)]
    shared, _, _ = run(bursts, latency=4)
    both, _, _ = run(bursts, latency=4, bandwidth=16)
    assert shared.results.traffic.cycles > 240
    assert both.results.traffic.cycles < 160
    assert both.results.traffic.busy_cycles < both.results.traffic.read_beats + both.results.traffic.write_beats


@pytest.mark.parametrize("options", [
    {"latency": 1},
    {"latency": 20, "pause": 0.5},
    {"latency": 3, "bandwidth": 2.5, "jitter": 40},
    {"latency": 10, "reorder": True, "jitter": 100, "bandwidth": 16},
    {"latency": 1, "reorder": True, "jitter": 30, "pause": 0.3, "bandwidth": 6, "outstanding": 5},
    {"latency": 2, "pause": 0.9},
], ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_bursts(run, options, seed):
    bursts = random_bursts(200, seed)
    outcome, before, after = run(bursts, seed=seed, idle=seed * 60, **options)
    assert_right(outcome, bursts, before, after)
    assert outcome.results.traffic.most_reads <= options.get("outstanding", 512)


def test_pauses_take_their_share(run):
    outcome, _, _ = run([Burst("read", 4096 * i, 256) for i in range(8)], latency=1, pause=0.25)
    assert outcome.results.traffic.cycles == pytest.approx(2048 / 0.75, rel=0.05)


def order(outcome, channel):
    return [(event.id, event.data) for event in outcome.of(channel)]


def test_replies_are_in_order_of_requests_unless_reordered(run):
    bursts = [Burst("read", 4096 * i, 8, id=i % 4) for i in range(32)]
    outcome, before, _ = run(bursts, latency=20, jitter=60)
    assert order(outcome, "R") == [(burst.id, beat) for burst in bursts for beat in expected_beats(before, burst)]
    writes = [Burst("write", 4096 * i, 8, id=i % 4) for i in range(32)]
    outcome, _, _ = run(writes, latency=20, jitter=60)
    assert [event.id for event in outcome.of("B")] == [burst.id for burst in writes]


def test_reordering_overtakes_and_interleaves(run):
    bursts = [Burst(kind, 4096 * i, 8, id=i % 4) for i in range(32) for kind in ("read", "write")]
    outcome, _, _ = run(bursts, latency=20, jitter=60, reorder=True)
    identifiers = [event.id for event in outcome.of("R")]
    # Were bursts not interleaved, the identifier would change 31 times.
    assert sum(a != b for a, b in itertools.pairwise(identifiers)) > 64
    assert [event.id for event in outcome.of("B")] != [i % 4 for i in range(32)]
    again, _, _ = run(bursts, latency=20, jitter=60, reorder=True)
    other, _, _ = run(bursts, latency=20, jitter=60, reorder=True, seed=2)
    assert order(again, "R") == order(outcome, "R") != order(other, "R")


def test_reordering_keeps_the_order_of_an_identifier(run):
    bursts = [Burst("read", 4096 * i, 4, id=2) for i in range(64)]
    outcome, before, _ = run(bursts, latency=5, jitter=200, reorder=True)
    assert order(outcome, "R") == [(2, beat) for burst in bursts for beat in expected_beats(before, burst)]


def test_many_bursts_are_under_way(run):
    bursts = [Burst(kind, 4096 * i) for i in range(250) for kind in ("read", "write")] + [
        Burst(kind, 4096 * i + 8) for i in range(150) for kind in ("read", "write")]
    outcome, _, _ = run(bursts, latency=1000, bandwidth=16)
    assert outcome.results.traffic.most_reads == 400
    assert outcome.results.traffic.most_writes == 400
    limited, _, _ = run(bursts[:40], latency=100, outstanding=7)
    assert limited.results.traffic.most_reads == 7
    assert limited.results.traffic.most_writes == 7


def test_longest_bursts(traffic):
    with Session(traffic, external=ExternalMemory(latency=9), memory_size=SIZE) as session:
        session.memory[:] = random_bytes()
        before = session.memory.copy()
        bursts = [Burst("read", 4096, 256), Burst("write", SIZE // 2, 256, seed=9)]
        outcome = run_traffic(session, bursts)
        assert_right(outcome, bursts, before, session.memory)


def test_a_read_sees_what_was_answered_before_it_and_nothing_later(run):
    # The second read is asked for while the write waits for its answer, the third after it.
    bursts = [Burst("read", 0), Burst("write", 0, seed=1), Burst("read", 0, gap=40), Burst("read", 0, gap=100)]
    outcome, before, after = run(bursts, latency=80)
    old, new = before[:BYTES].tobytes(), after[:BYTES].tobytes()
    assert old != new
    assert [event.data for event in outcome.of("R")] == [old, old, new]
    asked, answered = outcome.cycles("AR"), outcome.cycles("B")[0]
    assert outcome.cycles("W")[0] < asked[1] < answered < asked[2]


@pytest.mark.parametrize("access", ["both", "read", "write"])
def test_error_ranges(run, access):
    bursts = [Burst("read", 0x1000, 4), Burst("write", 0x1000, 4, seed=5), Burst("write", 0x1100, 4, seed=6)]
    outcome, before, after = run(bursts, errors=[(0x1010, 0x1011, access)])
    reads_fail, writes_fail = access != "write", access != "read"
    assert [event.response for event in outcome.of("R")] == [OKAY, OKAY, SLVERR if reads_fail else OKAY, OKAY]
    assert (outcome.of("R")[2].data == bytes(BYTES)) == reads_fail
    assert [event.response for event in outcome.of("B")] == [SLVERR if writes_fail else OKAY, OKAY]
    expected = before.copy()
    for burst in bursts[1 + writes_fail:]:
        burst.apply(expected, BYTES)
    assert np.array_equal(after, expected)
    assert (outcome.results.traffic.read_errors, outcome.results.traffic.write_errors) == (reads_fail, writes_fail)


def test_write_without_a_strobe_in_an_error_range_passes(run):
    burst = Burst("write", 0x1003, seed=5)
    outcome, before, after = run([burst], errors=[(0x1000, 0x1003)])
    burst.apply(before, BYTES)
    assert outcome.of("B")[0].response == OKAY and np.array_equal(after, before)
    outcome, before, after = run([burst], errors=[(0x1000, 0x1004)])
    assert outcome.of("B")[0].response == SLVERR and np.array_equal(after, before)


def test_nothing_is_beyond_the_memory(run):
    bursts = [Burst("read", SIZE - 16, 2), Burst("read", SIZE), Burst("write", SIZE, 2), Burst("write", 0xFFFF_FFF8)]
    outcome, before, after = run(bursts, errors=[(SIZE, 1 << 33)])
    assert [event.response for event in outcome.of("R")] == [OKAY, OKAY, DECERR]
    assert [event.response for event in outcome.of("B")] == [DECERR, DECERR]
    assert np.array_equal(before, after)


def test_memory_can_lie_anywhere(run):
    base = 0x8000_0000
    bursts = [Burst("read", base + 0x48), Burst("write", base + 0x60, seed=4), Burst("read", base - 8)]
    outcome, before, after = run(bursts, base=base, reorder=False)
    assert [event.data for event in outcome.of("R")] == [before[0x48:0x50].tobytes(), bytes(8)]
    assert [event.response for event in outcome.of("R")] == [OKAY, DECERR]
    Burst("write", 0x60, seed=4).apply(before, BYTES)
    assert np.array_equal(before, after)


def test_reset_forgets_what_is_under_way(traffic):
    bursts = [Burst(kind, 4096 * i, 64, seed=i) for i in range(20) for kind in ("read", "write")]
    program = Program()
    program.write(START, 0)
    program.idle(420)
    program.reset(3)
    program.idle(900)
    with Session(traffic, external=ExternalMemory(latency=200, bandwidth=16), memory_size=SIZE) as session:
        session.memory[:] = random_bytes()
        before = session.memory.copy()
        outcome = run_traffic(session, bursts, program=program)
        answered = len(outcome.of("B"))
        assert 0 < answered < 20 and 0 < len(outcome.of("R")) < 20 * 64
        for index, burst in enumerate(burst for burst in bursts if burst.write):
            after = before.copy()
            burst.apply(after, BYTES)
            page = slice(burst.address, burst.address + 4096)
            if index < answered:
                assert np.array_equal(session.memory[page], after[page])
            elif index > answered:
                # One answer may have been waiting to be taken.
                assert np.array_equal(session.memory[page], before[page])
        assert outcome.results.traffic.finished
        before = session.memory.copy()
        again = [Burst("read", 0, 4, id=3), Burst("write", 0x800, 4, seed=99)]
        assert_right(run_traffic(session, again), again, before, session.memory)


def test_what_is_left_at_the_end_is_told(traffic):
    program = Program()
    program.write(START, 0)
    program.idle(20)
    bursts = [Burst("read", 0, 2), Burst("write", 0, 3), Burst("write", 8, gap=1000)]
    with Session(traffic, external=ExternalMemory(latency=200), memory_size=SIZE) as session:
        found = run_traffic(session, bursts, program=program).results.traffic
        assert (found.open_reads, found.open_writes, found.unclaimed_beats) == (1, 1, 1)
        assert not found.finished
        session.reset()
        assert run_traffic(session, bursts[:2]).results.traffic.finished


def test_behavior_and_contents_change_between_programs(traffic):
    burst = [Burst("read", 0x40)]
    with Session(traffic, memory_size=SIZE) as session:
        for latency, value in ((100, 1), (30, 2), (5, 3)):
            if latency != 100:
                session.external = ExternalMemory(latency=latency)
            session.memory[0x40] = value
            outcome = run_traffic(session, burst)
            assert outcome.cycles("R")[0] - outcome.cycles("AR")[0] == latency == session.external.latency
            assert outcome.of("R")[0].data[0] == value
            assert outcome.results.traffic.read_beats == 1


def test_counts(run):
    bursts = [Burst("read", 0, 5), Burst("read", 64, 2), Burst("write", 4096, 3, partial=True, seed=0b00010001)]
    outcome, _, _ = run(bursts, latency=10)
    traffic = outcome.results.traffic
    assert (traffic.read_bursts, traffic.read_beats, traffic.bytes_read) == (2, 7, 56)
    assert (traffic.write_bursts, traffic.write_beats, traffic.bytes_written) == (1, 3, 6)
    data = outcome.cycles("R") + outcome.cycles("W")
    assert (traffic.first_cycle, traffic.last_cycle, traffic.busy_cycles) == (min(data), max(data), len(set(data)))
    assert traffic.bytes_per_cycle == 62 / (max(data) - min(data) + 1)
    begun, ended = int(outcome.results.first_cycle), int(outcome.results.irq_cycles[0])
    assert begun < traffic.first_cycle < traffic.last_cycle <= ended


def test_program_without_traffic_counts_nothing(traffic):
    program = Program()
    program.write(IDLE, 0)
    with Session(traffic, memory_size=SIZE) as session:
        found = session.play(program).traffic
    assert found.cycles == found.busy_cycles == found.bytes_per_cycle == 0


def test_memory_that_is_not_touched_takes_no_room(traffic):
    size = 1 << 32
    with Session(traffic, memory_size=size, external=ExternalMemory(latency=1)) as session:
        run_traffic(session, [Burst("write", (1 << 32) - 4096, 8, seed=7)])
        assert session.memory.shape == (size,)
        assert session.memory[-4096:].any()
        assert (session._folder / "external_memory.bin").stat().st_blocks * 512 < 1 << 20


@pytest.mark.parametrize("data_bits, address_bits, id_bits", [(32, 16, 1), (512, 64, 4), (1024, 40, 2)])
def test_widths(tmp_path, data_bits, address_bits, id_bits):
    data_bytes = data_bits // 8
    base = 0 if address_bits == 16 else 1 << address_bits - 1
    built = build_traffic(tmp_path, data_bits=data_bits, address_bits=address_bits, id_bits=id_bits)
    memory = ExternalMemory(latency=3, base=base, reorder=True, jitter=9)
    with Session(built, external=memory, memory_size=1 << 16) as session:
        session.memory[:] = random_bytes()[:1 << 16]
        before = session.memory.copy()
        identifier = (1 << id_bits) - 1
        reads = [Burst("read", base + 0x2000 * i, 4, id=identifier) for i in range(8)]
        writes = [Burst("write", base + 0x2000 * i + 0x1003, 4, id=identifier, seed=i + 1, partial=True) for i in range(8)]
        outcome = run_traffic(session, reads + writes, data_bytes=data_bytes)
        assert {event.id for event in outcome.of("R") + outcome.of("B")} == {identifier}
        found = [event.data for event in outcome.of("R")]
        assert found == [beat for i in range(8) for beat in expected_beats(before, Burst("read", 0x2000 * i, 4), data_bytes)]
        for i in range(8):
            Burst("write", 0x2000 * i + 0x1003, 4, seed=i + 1, partial=True).apply(before, data_bytes)
        assert np.array_equal(session.memory, before)
        if address_bits < 64:
            # The top of the address space is nowhere else: addresses do not wrap around into the memory.
            top = run_traffic(session, [Burst("read", (1 << address_bits) - data_bytes)], data_bytes=data_bytes)
            assert top.of("R")[0].response == (OKAY if address_bits == 16 else DECERR)
