# SPDX-License-Identifier: Apache-2.0
"""The unpacker against lists of bytes."""

import random

import pytest
from support.pieces import dense, pieces_of, word
from support.streams import collect, drive, log_cycles, simulate

from hwgen.dma.unpacker import ByteUnpacker

STALLS = [(0, 0), (0.5, 0), (0, 0.5), (0.3, 0.3)]


@pytest.mark.parametrize("size", [4, 8, 64])
@pytest.mark.parametrize(("idle", "stall"), STALLS)
@pytest.mark.parametrize("wrong", [False, True])
def test_puts_bytes_where_pieces_want_them(size, idle, stall, wrong):
    """Of copies whose words hold too much or too little, told to the byte, too."""
    rng, dut = random.Random(size + wrong), ByteUnpacker(size)
    words, pieces, expected, received, mismatches, wanted = [], [], [], [], [], 0
    copies = pieces_of(rng, size, 60)
    for copy in copies:
        data = rng.randbytes(sum(count for _, count, _ in copy))
        if wrong and copy is not copies[-1] and rng.random() < 0.5:
            length = max(1, len(data) + rng.choice([-2 * size, -size, -1, 1, size - 1, size, 3 * size + 1]))
            wanted += length != len(data)
            data = (data + rng.randbytes(4 * size))[:length]
        words += dense(data, size)
        if rng.random() < 0.3:
            copy[-1][2] = 0
            copy.append([0, 0, 1])
        position = 0
        for lane, count, last in copy:
            expected.append((lane, data[position:position + count], last))
            position += count
            pieces.append({"lane": lane, "count": count, "last": last})
    simulate(dut, drive(dut.i, words, idle=idle), drive(dut.piece, pieces, idle=idle, seed=3),
             collect(dut.o, received, len(pieces), stall=stall), checks=[dut.o], background=[log_cycles(dut.mismatch, mismatches)])
    for one, (lane, data, last) in zip(received, expected, strict=True):
        assert int(one.last) == last
        assert int(one.strobe) == ((1 << len(data)) - 1) << lane
        assert int(one.data).to_bytes(size, "little")[lane:lane + len(data)] == data
    assert len(mismatches) == wanted and bool(wanted) == wrong


@pytest.mark.parametrize("lane", [0, 3])
def test_full_rate(lane):
    """A long copy takes a cycle for each word on either side, whatever its alignment."""
    size, count, cycles = 8, 64, []
    dut = ByteUnpacker(size)
    pieces = [{"lane": 0 if i else lane, "count": size if i else size - lane, "last": i == count - 1} for i in range(count)]
    words = dense(bytes(count * size - lane), size)
    simulate(dut, drive(dut.i, words), drive(dut.piece, pieces), collect(dut.o, [], count), background=[log_cycles(dut.o.valid, cycles)])
    assert cycles == list(range(cycles[0], cycles[0] + count))


def test_fill_takes_no_words():
    dut, received = ByteUnpacker(8), []
    pieces = [{"lane": 3, "count": 5, "last": 0}, {"lane": 0, "count": 2, "last": 1}]

    async def pattern(ctx):
        ctx.set(dut.fill, 1)
        ctx.set(dut.pattern, 0x44332211)
    simulate(dut, pattern, drive(dut.piece, pieces), collect(dut.o, received, 2), checks=[dut.o])
    assert [int(one.strobe) for one in received] == [0b11111000, 0b11]
    assert all(int(one.data) == 0x44332211_44332211 for one in received)


@pytest.mark.parametrize("excess", [0, 20])
def test_a_fill_between_copies_changes_neither(excess):
    """Also where what is too much of the copy before it is still to be dropped."""
    size, received, rng, mismatches = 8, [], random.Random(4), []
    dut, first, second = ByteUnpacker(size), rng.randbytes(11), rng.randbytes(13)
    pieces = [(5, 3, 0), (0, 8, 1), (2, 6, 1), (1, 7, 0), (0, 6, 1)]

    async def fill(ctx):
        ctx.set(dut.pattern, 0xA1A2A3A4)
        async for _, _, moved, last in ctx.tick().sample(dut.piece.valid & dut.piece.ready, dut.piece.payload.last):
            if moved and last:
                ctx.set(dut.fill, not ctx.get(dut.fill))
    simulate(dut, drive(dut.i, dense(first + rng.randbytes(excess), size) + dense(second, size)),
             drive(dut.piece, [dict(zip(("lane", "count", "last"), piece, strict=True)) for piece in pieces]),
             collect(dut.o, received, len(pieces)), checks=[dut.o], background=[fill, log_cycles(dut.mismatch, mismatches)])
    pattern = bytes.fromhex("a4a3a2a1") * 2
    expected = [first[:3], first[3:], pattern[2:], second[:7], second[7:]]
    for one, (lane, count, _), data in zip(received, pieces, expected, strict=True):
        assert int(one.strobe) == ((1 << count) - 1) << lane
        assert int(one.data) >> 8 * lane & (1 << 8 * count) - 1 == word(data)
    assert len(mismatches) == bool(excess)
