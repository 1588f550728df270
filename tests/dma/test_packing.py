# SPDX-License-Identifier: Apache-2.0
"""Packer and unpacker against lists of bytes."""

import random

import pytest
from amaranth import Elaboratable, Module, Signal
from support.streams import collect, drive, log_cycles, simulate

from hwgen.dma.packer import BytePacker
from hwgen.dma.rotator import ByteRotator
from hwgen.dma.unpacker import ByteUnpacker

STALLS = [(0, 0), (0.5, 0), (0, 0.5), (0.3, 0.3)]


def pieces_of(rng, size, copies, *, empty=0.1):
    """Random pieces of several copies, each copy with one byte at least."""
    made = []
    for _ in range(copies):
        copy = []
        for _ in range(rng.randrange(1, 8)):
            lane = rng.randrange(size) if rng.random() < 0.7 else 0
            copy.append([lane, 0 if rng.random() < empty else rng.randint(1, size - lane), 0])
        copy[-1][1:] = max(1, copy[-1][1]), 1
        made.append(copy)
    return made


def word(values):
    return int.from_bytes(bytes(values), "little")


def dense(data, size):
    """Words of a copy's bytes; what its last word does not hold is arbitrary."""
    padded = data + bytes(random.Random(len(data)).choices(range(256), k=-len(data) % size))
    return [{"data": word(padded[i:i + size]), "last": i + size >= len(padded)} for i in range(0, len(padded), size)]


class Holder(Elaboratable):
    """Gives a combinational part the clock that a simulation needs."""

    def __init__(self, dut):
        self.dut = dut

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = self.dut
        tick = Signal()
        m.d.sync += tick.eq(~tick)
        return m


@pytest.mark.parametrize("size", [2, 4, 16])
def test_rotator(size):
    dut, rng = ByteRotator(size), random.Random(size)

    async def bench(ctx):
        for amount in range(size):
            data = rng.randbytes(size)
            ctx.set(dut.i, word(data))
            ctx.set(dut.amount, amount)
            turned = ctx.get(dut.o).to_bytes(size, "little")
            assert all(turned[(b + amount) % size] == data[b] for b in range(size))
    simulate(Holder(dut), bench)


@pytest.mark.parametrize("size", [0, 1, 12])
def test_rotator_rejects_other_sizes(size):
    with pytest.raises(ValueError, match=f"two or more, not {size}"):
        ByteRotator(size)


@pytest.mark.parametrize("size", [4, 8, 64])
@pytest.mark.parametrize(("idle", "stall"), STALLS)
def test_packer_puts_bytes_next_to_one_another(size, idle, stall):
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
        assert b"".join(int(one.data).to_bytes(size, "little") for one in mine)[:len(data)] == data


@pytest.mark.parametrize("size", [4, 8, 64])
@pytest.mark.parametrize(("idle", "stall"), STALLS)
@pytest.mark.parametrize("wrong", [False, True])
def test_unpacker_puts_bytes_where_pieces_want_them(size, idle, stall, wrong):
    rng, dut = random.Random(size + wrong), ByteUnpacker(size)
    words, pieces, expected, received, mismatches, wanted = [], [], [], [], [], 0
    for copy in pieces_of(rng, size, 40):
        data = rng.randbytes(sum(count for _, count, _ in copy))
        given = dense(data, size)
        if wrong and rng.random() < 0.5:
            # By whole words, so that what is missing or too much is told apart.
            words_off = rng.choice([-1, 1, 2])
            if len(given) + words_off < 1:
                words_off = 1
            length = size * (len(given) + words_off)
            given = dense((data + rng.randbytes(3 * size))[:length], size)
            have = length
            wanted += 1
        else:
            have = size * len(given)
        whole = b"".join(one["data"].to_bytes(size, "little") for one in given)
        words += given
        position = 0
        if rng.random() < 0.3:
            copy[-1][2] = 0
            copy.append([0, 0, 1])
        for lane, count, last in copy:
            there = max(0, min(count, have - position))
            expected.append((lane, whole[position:position + there], last))
            position += count
            pieces.append({"lane": lane, "count": count, "last": last})
    simulate(dut, drive(dut.i, words, idle=idle), drive(dut.piece, pieces, idle=idle, seed=3),
             collect(dut.o, received, len(pieces), stall=stall), checks=[dut.o], background=[log_cycles(dut.mismatch, mismatches)])
    for one, (lane, data, last) in zip(received, expected, strict=True):
        assert int(one.last) == last
        assert int(one.strobe) == ((1 << len(data)) - 1) << lane
        assert int(one.data).to_bytes(size, "little")[lane:lane + len(data)] == data
    # That of the last piece shows one cycle after it.
    assert wanted - 1 <= len(mismatches) <= wanted


def test_full_rate():
    """A long copy takes a cycle for each word on either side, whatever its alignment."""
    size, count = 8, 64
    for lane in (0, 3):
        packer, unpacker, cycles = BytePacker(size), ByteUnpacker(size), []
        lengths = [size - lane] + [size] * (count - 1)
        sent = [{"data": 0, "piece": {"lane": lane if i == 0 else 0, "count": n, "last": i == count - 1}} for i, n in enumerate(lengths)]
        simulate(packer, drive(packer.i, sent), collect(packer.o, [], count), background=[log_cycles(packer.o.valid, cycles)])
        assert len(cycles) == count and cycles[-1] - cycles[0] == count - 1
        cycles = []
        data = bytes(sum(lengths))
        simulate(unpacker, drive(unpacker.i, dense(data, size)), drive(unpacker.piece, [one["piece"] for one in sent]),
                 collect(unpacker.o, [], count), background=[log_cycles(unpacker.o.valid, cycles)])
        assert len(cycles) == count and cycles[-1] - cycles[0] == count - 1


def test_fill_takes_no_words():
    size, dut, received = 8, ByteUnpacker(8), []
    pieces = [{"lane": 3, "count": 5, "last": 0}, {"lane": 0, "count": 2, "last": 1}]

    async def pattern(ctx):
        ctx.set(dut.fill, 1)
        ctx.set(dut.pattern, 0x44332211)
    simulate(dut, pattern, drive(dut.piece, pieces), collect(dut.o, received, 2), checks=[dut.o])
    assert [int(one.strobe) for one in received] == [0b11111000, 0b11]
    assert all(int(one.data) == 0x44332211_44332211 for one in received)
