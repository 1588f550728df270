# SPDX-License-Identifier: Apache-2.0
"""The bus player against a memory, with and without pauses."""

import numpy as np
import pytest
from hwgen.sim import Ending, Program, Session

from hwgen.errors import ToolError

WORDS = 1 << 15
ERROR, IRQ_TIMER, TIME_LEFT, NEVER_ANSWERED = 0x20000, 0x30000, 0x30004, 0x30008
SLVERR = 2


def random_words(count, seed=0):
    return np.random.default_rng(seed).integers(0, 1 << 32, count, dtype=np.uint32)


def test_whole_memory_goes_at_one_word_a_cycle(session):
    words, program = random_words(WORDS), Program()
    program.write_block(0, words)
    place = program.read_block(0, WORDS)
    results = session.play(program)
    assert results.completed and results.errors == 0
    assert np.array_equal(results.reads[place], words)
    assert results.cycles < 2 * WORDS + 16
    assert len(results.write_responses) == WORDS
    assert np.all(np.diff(results.read_cycles) == 1)


@pytest.mark.parametrize("idle", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("seed", [1, 2])
def test_pauses_change_nothing_but_time(stand_in, idle, seed):
    words, program = random_words(1000, seed), Program()
    for start in range(0, 1000, 100):
        program.write_block(4 * start, words[start:start + 100])
        program.read_block(4 * start, 100)
    with Session(stand_in, seed=seed, idle=idle) as session:
        results = session.play(program)
    assert np.array_equal(results.reads, words)
    assert results.cycles > 2000 / (1 - idle)


def test_same_seed_gives_same_cycles(stand_in):
    program = Program()
    program.write_block(0, random_words(100))
    program.read_block(0, 100)
    cycles = []
    for seed in (5, 5, 6):
        with Session(stand_in, seed=seed, idle=0.5) as session:
            cycles.append([session.play(program).cycles for _ in range(2)])
    assert cycles[0] == cycles[1] != cycles[2]
    assert cycles[0][0] != cycles[0][1]


def test_strobes_and_read_after_write(session):
    program = Program()
    program.write(0x40, 0x11223344)
    program.write(0x40, 0xAABBCCDD, strobe=0b0101)
    before = program.read(0x40)
    program.write(0x40, 0)
    after = program.read(0x40)
    results = session.play(program)
    assert results.reads[before] == 0x11BB33DD
    assert results.reads[after] == 0


def test_error_responses_are_recorded(session):
    program = Program()
    program.write(0, 1)
    program.write(ERROR, 2)
    program.write(4, 3)
    program.read(0)
    program.read(ERROR + 4)
    results = session.play(program)
    assert results.write_responses.tolist() == [0, SLVERR, 0]
    assert results.first_write_error == 1
    assert results.read_responses.tolist() == [0, SLVERR]
    assert results.errors == 2
    assert results.completed


def test_interrupt_and_poll(session):
    program = Program()
    program.write(IRQ_TIMER, 200)
    program.wait_irq(limit=300)
    program.write(IRQ_TIMER, 200)
    last = program.poll(TIME_LEFT, 0xFFFF_FFFF, 0, limit=300)
    results = session.play(program)
    assert results.completed
    assert 200 <= int(results.irq_cycles[0] - results.write_cycles[0]) <= 203
    assert results.polls[last] == 0
    assert 200 <= int(results.poll_cycles[0] - results.write_cycles[1]) <= 206


def test_idle_takes_its_cycles(session):
    short, long = Program(), Program()
    short.idle(1)
    long.idle(1001)
    assert session.play(long).cycles - session.play(short).cycles == 1000


@pytest.mark.parametrize(("add", "ending"), [
    (lambda program: program.poll(0x0, 1, 1, limit=20), Ending.POLL_LIMIT),
    (lambda program: program.poll(ERROR, 1, 1, limit=20), Ending.POLL_ERROR),
    (lambda program: program.wait_irq(limit=20), Ending.IRQ_LIMIT),
])
def test_limit_ends_the_program(session, add, ending):
    program = Program()
    program.write(0, 0)
    add(program)
    program.read(0)
    results = session.play(program)
    assert results.ending is ending
    assert not results.completed and len(results.reads) == 0
    assert results.stopped_at == 2
    assert results.cycles < 50
    again = Program()
    again.read(0)
    assert session.play(again).completed


def test_watchdog_and_reset(session):
    program = Program()
    program.write(0, 7)
    program.read(NEVER_ANSWERED)
    program.read(0)
    results = session.play(program, watchdog=500)
    assert results.ending is Ending.WATCHDOG
    assert results.cycles == 500
    with pytest.raises(ToolError, match="the bus hangs since the last program"):
        session.play(program)
    session.reset()
    after = Program()
    after.read(0)
    results = session.play(after)
    assert results.completed and results.reads.tolist() == [7]


def test_many_programs_in_one_process(session):
    total = 0
    for number in range(100):
        program = Program()
        program.write(4 * number, number)
        place = program.read(4 * (number // 2))
        results = session.play(program)
        assert results.reads[place] == number // 2
        total += results.cycles
    assert session.cycles >= total
    assert session.seconds > 0
