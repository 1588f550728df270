# SPDX-License-Identifier: Apache-2.0
import pytest
from hwgen.sim import Program, Session, build_bare_array, measure_speed
from hwgen.sim.bare_array import SEED, BareArray

WORD = (1 << 32) - 1


def bare_checksum(size, cycles):
    """What the array's registers hold after so many clock edges."""
    random, shift = SEED, [0] * (2 * size * size)
    accumulators, checksum = [0] * (size * size), 0
    signed = lambda byte: byte - 256 if byte > 127 else byte
    for _ in range(cycles):
        x, w = random & WORD, random >> 96
        mixed = (x ^ x << 11) & WORD
        fresh = w ^ w >> 19 ^ mixed ^ mixed >> 8
        checksum = 0
        for accumulator in accumulators:
            checksum ^= accumulator
        a = [[signed(shift[i * size + l]) for l in range(size)] for i in range(size)]
        b = [[signed(shift[(size + l) * size + j]) for j in range(size)] for l in range(size)]
        for i in range(size):
            for j in range(size):
                step = sum(a[i][l] * b[l][j] for l in range(size))
                accumulators[i * size + j] = (accumulators[i * size + j] + step) & WORD
        shift = ([fresh >> 8 * i & 255 for i in range(4)] + shift)[:len(shift)]
        random = random >> 32 | fresh << 96
    return checksum


def test_bare_array_multiplies_and_accumulates():
    with Session(build_bare_array(2, 2, 2)) as session:
        session.run(40)
        before = session.look("checksum")
        session.run(200)
        after = session.look("checksum")
    expected = [bare_checksum(2, cycles) for cycles in range(1, 250)]
    place = expected.index(before)
    assert expected[place + 200] == after


def test_speed_is_reported(stand_in):
    program = Program()
    program.idle(20_000)
    speed = measure_speed(stand_in, program, bare=build_bare_array(2, 2, 2), repeats=3, bare_cycles=20_000)
    assert speed["ratio"] == pytest.approx(
        sorted(own / other for own, other in zip(speed["runs"], speed["bare_runs"]))[1]
    )
    assert speed["cycles"] >= 20_000
    assert min(speed["cycles_per_second"], speed["bare_cycles_per_second"]) > 10_000


def test_rejects():
    with pytest.raises(ValueError, match="k must be 1 or more, not 0"):
        BareArray(1, 1, 0)
    with pytest.raises(TypeError, match="m must be an integer, not '8'"):
        BareArray("8")
