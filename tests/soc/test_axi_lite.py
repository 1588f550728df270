# SPDX-License-Identifier: Apache-2.0
"""The AXI4-Lite front end between a random manager and a random inner side."""

import random
from types import SimpleNamespace

import pytest
from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out
from support.streams import collect, drive, simulate

from hwgen.parts.queue import Queue
from hwgen.soc.axi_lite import AxiLite, Response, write_layout

WIDTH = 8
RANDOM = random.Random(7)
WRITES = [(RANDOM.randrange(1 << WIDTH), RANDOM.getrandbits(32), RANDOM.randrange(16)) for _ in range(100)]
ADDRESSES = [RANDOM.randrange(1 << WIDTH) for _ in range(100)]
STALLS = [(0, 0, 0, 0), (0.5, 0, 0, 0), (0, 0.5, 0, 0), (0, 0, 0.5, 0), (0, 0, 0, 0.5), (0.4, 0.2, 0.3, 0.5)]


def is_error(address):
    return address >> (WIDTH - 1)


def answer(address):
    """R channel as one number: the data is the address four times over."""
    return address * 0x01010101 | (Response.SLVERR.value if is_error(address) else Response.OKAY.value) << 32


class Inner(wiring.Component):
    """Front end whose inner side refuses the upper half of its addresses.

    Reads are answered after ``latency`` cycles; if that is None, whenever ``answering`` is high.
    """

    answering: Out(1)

    def __init__(self, *, latency, reads=4):
        super().__init__()
        self.latency = latency
        self.dut = AxiLite(WIDTH, reads=reads)

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self.dut
        m.d.comb += dut.write_error.eq(is_error(dut.write.payload.address))

        asked, address = dut.read.valid & dut.read.ready, dut.read.payload
        if self.latency is None:
            m.submodules.asked = queue = Queue(WIDTH, depth=16)
            m.d.comb += [queue.i.payload.eq(address), queue.i.valid.eq(asked), queue.o.ready.eq(self.answering)]
            asked, address = queue.o.valid & self.answering, queue.o.payload
        for _ in range(self.latency or 0):
            asked_before, address_before = asked, address
            asked, address = Signal(), Signal(WIDTH)
            m.d.sync += [asked.eq(asked_before), address.eq(address_before)]
        m.d.comb += [
            dut.read_response.valid.eq(asked),
            dut.read_response.payload.data.eq(address * 0x01010101),
            dut.read_response.payload.error.eq(is_error(address)),
        ]
        return m


def channels(dut):
    """The five AXI channels in the shape of streams."""
    return SimpleNamespace(
        aw=SimpleNamespace(payload=dut.awaddr, valid=dut.awvalid, ready=dut.awready),
        w=SimpleNamespace(payload=Cat(dut.wdata, dut.wstrb), valid=dut.wvalid, ready=dut.wready),
        b=SimpleNamespace(payload=dut.bresp, valid=dut.bvalid, ready=dut.bready),
        ar=SimpleNamespace(payload=dut.araddr, valid=dut.arvalid, ready=dut.arready),
        r=SimpleNamespace(payload=Cat(dut.rdata, dut.rresp), valid=dut.rvalid, ready=dut.rready),
    )


def toggle(signal, chance, done):
    """Testbench that raises ``signal`` in a random share of cycles until ``done()``."""

    async def bench(ctx):
        rng = random.Random(chance)
        while not done():
            ctx.set(signal, rng.random() < chance)
            await ctx.tick()

    return bench


def run_writes(inner, *, address_idle=0, data_idle=0, stall=0, answer_stall=0, first=None):
    """Sends WRITES; returns what the inner side saw, the answers and the cycles until the last one.

    ``first``, "aw" or "w", holds the other of the two back until that one was sent.
    """
    axi = channels(inner.dut)
    seen, answers, elapsed = [], [], 0

    async def separate(ctx):
        for address, word, strobe in WRITES:
            parts = {"aw": (axi.aw, address), "w": (axi.w, word | strobe << 32)}
            for channel, payload in (parts[first], *(v for k, v in parts.items() if k != first)):
                ctx.set(channel.payload, payload)
                ctx.set(channel.valid, 1)
                await ctx.tick().until(channel.ready)
                ctx.set(channel.valid, 0)

    async def count(ctx):
        nonlocal elapsed
        while len(answers) < len(WRITES):
            await ctx.tick()
            elapsed += 1

    managers = [separate] if first else [
        drive(axi.aw, [address for address, _, _ in WRITES], idle=address_idle, seed=2),
        drive(axi.w, [word | strobe << 32 for _, word, strobe in WRITES], idle=data_idle, seed=3),
    ]
    simulate(
        inner, *managers, collect(inner.dut.write, seen, len(WRITES), stall=stall, seed=4),
        collect(axi.b, answers, len(WRITES), stall=answer_stall, seed=5), count, checks=[inner.dut.write, axi.b],
    )
    return seen, answers, elapsed


def run_reads(inner, *, idle=0, stall=0, silence=0, answer_stall=0):
    """Sends ADDRESSES; returns the answers and the cycles until the last one."""
    axi = channels(inner.dut)
    answers, elapsed = [], 0

    def done():
        return len(answers) == len(ADDRESSES)

    async def count(ctx):
        nonlocal elapsed
        while not done():
            await ctx.tick()
            elapsed += 1

    simulate(
        inner, drive(axi.ar, ADDRESSES, idle=idle, seed=2), toggle(inner.dut.read.ready, 1 - stall, done),
        toggle(inner.answering, 1 - silence, done), collect(axi.r, answers, len(ADDRESSES), stall=answer_stall, seed=5),
        count, checks=[inner.dut.read, axi.r],
    )
    return answers, elapsed


def check_writes(seen, answers):
    layout = write_layout(WIDTH)
    assert seen == [layout.const({"address": a, "data": d, "strobe": s}) for a, d, s in WRITES]
    assert answers == [Response.SLVERR.value if is_error(a) else Response.OKAY.value for a, _, _ in WRITES]


@pytest.mark.parametrize(("address_idle", "data_idle", "stall", "answer_stall"), STALLS)
def test_writes_arrive_and_are_answered_in_order(address_idle, data_idle, stall, answer_stall):
    seen, answers, _ = run_writes(
        Inner(latency=1), address_idle=address_idle, data_idle=data_idle, stall=stall, answer_stall=answer_stall
    )
    check_writes(seen, answers)


@pytest.mark.parametrize("first", ("aw", "w"))
def test_address_and_data_of_a_write_come_in_any_order(first):
    seen, answers, _ = run_writes(Inner(latency=1), first=first)
    check_writes(seen, answers)


def test_one_write_per_cycle():
    *_, elapsed = run_writes(Inner(latency=1))
    assert elapsed == len(WRITES) + 2


@pytest.mark.parametrize("latency", (0, 1, 3, None))
@pytest.mark.parametrize(("idle", "stall", "silence", "answer_stall"), STALLS)
@pytest.mark.parametrize("reads", (1, 4))
def test_reads_are_answered_in_order(latency, idle, stall, silence, answer_stall, reads):
    inner = Inner(latency=latency, reads=reads)
    answers, _ = run_reads(inner, idle=idle, stall=stall, silence=silence, answer_stall=answer_stall)
    assert answers == [answer(address) for address in ADDRESSES]


@pytest.mark.parametrize(("latency", "reads"), [(0, 2), (1, 3), (1, 4), (2, 4), (6, 8)])
def test_one_read_per_cycle(latency, reads):
    _, elapsed = run_reads(Inner(latency=latency, reads=reads))
    assert elapsed == len(ADDRESSES) + latency + 2


def test_reads_and_writes_do_not_slow_each_other():
    inner = Inner(latency=1)
    axi = channels(inner.dut)
    count, seen, written, read, elapsed = 100, [], [], [], 0

    async def clock(ctx):
        nonlocal elapsed
        ctx.set(inner.dut.read.ready, 1)
        while len(written) < count or len(read) < count:
            await ctx.tick()
            elapsed += 1

    simulate(
        inner, drive(axi.aw, [address for address, _, _ in WRITES]), drive(axi.w, [0] * count),
        drive(axi.ar, ADDRESSES), collect(inner.dut.write, seen, count),
        collect(axi.b, written, count), collect(axi.r, read, count), clock,
    )
    assert elapsed == count + 3


def test_no_path_from_axi_inputs_to_axi_outputs():
    dut = AxiLite(WIDTH)
    inputs = [dut.awvalid, dut.wvalid, dut.bready, dut.arvalid, dut.rready, dut.awaddr, dut.wdata, dut.araddr]
    outputs = [dut.awready, dut.wready, dut.bresp, dut.bvalid, dut.arready, dut.rdata, dut.rresp, dut.rvalid]
    inner = [dut.write.ready, dut.write_error, dut.read.ready, dut.read_response.valid]

    async def bench(ctx):
        rng = random.Random(1)
        for _ in range(300):
            for signal in inner:
                ctx.set(signal, rng.randrange(2))
            before = [ctx.get(signal) for signal in outputs]
            for signal in inputs:
                ctx.set(signal, rng.getrandbits(len(signal)))
                assert [ctx.get(signal) for signal in outputs] == before
            await ctx.tick()

    simulate(dut, bench)


@pytest.mark.parametrize("width", (0, 65, -1))
def test_rejects_address_width_out_of_range(width):
    with pytest.raises(ValueError, match=rf"^AXI address width must be within 1\.\.64, not {width}$"):
        AxiLite(width)


def test_rejects_address_width_that_is_no_integer():
    with pytest.raises(TypeError, match="^AXI address width must be an integer, not '12'$"):
        AxiLite("12")


def test_rejects_no_reads():
    with pytest.raises(ValueError, match="^AXI reads in flight must be one or more, not 0$"):
        AxiLite(12, reads=0)


def test_rejects_reads_that_are_no_integer():
    with pytest.raises(TypeError, match="^AXI reads in flight must be an integer, not 1.5$"):
        AxiLite(12, reads=1.5)
