# SPDX-License-Identifier: Apache-2.0
"""The packer against lists of bytes."""

import random

import pytest
from support.pieces import pieces_of, word
from support.streams import collect, drive, log_cycles, simulate

from hwgen.dma.packer import BytePacker

STALLS = [(0, 0), (0.5, 0), (0, 0.5), (0.3, 0.3)]


@pytest.mark.parametrize("size", [4, 8, 64])
@pytest.mark.parametrize(("idle", "stall"), STALLS)
def test_puts_bytes_next_to_one_another(size, idle, stall):
    rng, dut = random.Random(size), BytePacker(size)
    sent, expected, received = [], [], []
    for copy in pieces_of(rng, size, 40):
        data = b""
        for lane, count, last in copy:
            given = rng.randbytes(size)
            data += given[lane:lane + count]
            sent.append({"data": word(given), "piece": {"lane": lane, "count": count, "last": last}})
        expected.append(data)
    words = sum(-(-len(data) // size) for data in expected)
    simulate(dut, drive(dut.i, sent, idle=idle), collect(dut.o, received, words, stall=stall), checks=[dut.o])
    position = 0
    for data in expected:
        mine = received[position:position + -(-len(data) // size)]
        position += len(mine)
        assert [int(one.last) for one in mine] == [0] * (len(mine) - 1) + [1]
        assert [int(one.count) for one in mine] == [size] * (len(mine) - 1) + [(len(data) - 1) % size + 1]
        assert b"".join(int(one.data).to_bytes(size, "little") for one in mine)[:len(data)] == data


@pytest.mark.parametrize("lane", [0, 3])
def test_full_rate(lane):
    """A long copy takes a cycle for each word on either side, whatever its alignment."""
    size, count, cycles = 8, 64, []
    dut = BytePacker(size)
    sent = [{"data": 0, "piece": {"lane": 0 if i else lane, "count": size if i else size - lane, "last": i == count - 1}} for i in range(count)]
    simulate(dut, drive(dut.i, sent), collect(dut.o, [], count), background=[log_cycles(dut.o.valid, cycles)])
    assert cycles == list(range(cycles[0], cycles[0] + count))
