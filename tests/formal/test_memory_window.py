# SPDX-License-Identifier: Apache-2.0
"""The memory window, proved: what is read is what was written, whatever the banks' width; nobody waits forever."""

from types import SimpleNamespace

import pytest
from amaranth import Array, Cat, Module, Mux, Signal
from amaranth.asserts import AnyConst
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute
from support.soc import with_banks

from hwgen.soc.memory_window import MemoryWindow

READ = "a read gives the byte written last"
REQUEST = "the port is requested while an access waits"
BEATS = "an access is taken with the last of its grants"
TURNS = "a read and a write that wait take turns"


class WindowSpec(wiring.Component):
    """Any reads and writes, an interconnect that grants when it likes; one byte, any one, is followed."""

    def __init__(self, dut):
        self.dut, self.memory = dut, dut.memory
        super().__init__({
            "writes": In(1), "write": In(dut.write.payload.shape()), "reads": In(1), "read": In(dut.address_bits),
            "grant": In(1), "other": In(self.memory.bank_width),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.window = dut = self.dut
        port, mode = dut.port, AnyConst(len(dut.mode)) if len(dut.mode) else 0
        m.d.comb += [
            dut.write.valid.eq(self.writes), dut.write.payload.eq(self.write),
            dut.read.valid.eq(self.reads), dut.read.payload.eq(self.read), port.grant.eq(self.grant), dut.mode.eq(mode),
            Assume((self.write.address[:2] == 0) & (self.read[:2] == 0), "addresses are aligned"),
        ]
        request = Cat(port.write, port.bank, port.row, Mux(port.write, Cat(port.be, port.write_data), 0))
        for name, stream, assume in (("writing", dut.write, True), ("reading", dut.read, True),
                                     ("port", SimpleNamespace(valid=port.request, ready=port.grant, payload=request), False)):
            m.submodules[name] = checker = HandshakeChecker(len(Cat(stream.payload)), assume=assume)
            m.d.comb += checker.watch(stream)
        written, was_read, granted = Signal(), Signal(), Signal()
        m.d.comb += [
            written.eq(self.writes & dut.write.ready), was_read.eq(self.reads & dut.read.ready),
            granted.eq(port.request & self.grant),
        ]
        self._contents(m, mode, written, was_read, granted)
        self._pace(m, written, was_read, granted)
        return m

    def _place(self, mode, word):
        """Bank and row of a word of the memory by the definition of the modes."""
        places = []
        for group in self.dut.groups:
            size = group * self.memory.bank_depth
            inside = word % size
            places.append(Cat((word // size * group + inside % group)[:self.memory.bank_bits],
                              (inside // group)[:self.memory.row_bits]))
        return Array(places)[mode]

    def _contents(self, m, mode, written, was_read, granted):
        """Follow one byte, any one: where the bus sees it, and where the memory has it."""
        dut, port = self.dut, self.dut.port
        watched = AnyConst(dut.address_bits)
        byte, on_bus = watched[:self.memory.byte_bits], watched[:2]
        cell, hit = Signal(8), Signal()
        m.d.comb += hit.eq(granted & (Cat(port.bank, port.row) == self._place(mode, watched[self.memory.byte_bits:])))
        with m.If(hit & port.write & port.be.bit_select(byte, 1)):
            m.d.sync += cell.eq(port.write_data.word_select(byte, 8))
        # The memory answers one cycle later.
        answers, answer = Signal(), Signal(8)
        m.d.sync += [answers.eq(hit & ~port.write), answer.eq(cell)]
        m.d.comb += port.read_data.eq(self.other)
        with m.If(answers):
            m.d.comb += port.read_data.word_select(byte, 8).eq(answer)

        # Before the first write nothing is known.
        known, value, expects = Signal(), Signal(8), Signal()
        with m.If(written & (self.write.address[2:] == watched[2:]) & self.write.strobe.bit_select(on_bus, 1)):
            m.d.sync += [value.eq(self.write.data.word_select(on_bus, 8)), known.eq(1)]
        m.d.sync += expects.eq(was_read & (self.read[2:] == watched[2:]))
        m.d.comb += [
            Assert(~expects | ~known | (dut.read_data.word_select(on_bus, 8) == value), READ),
            Cover(expects & known & (value == 0xA5) & (watched == 3), "a byte is read that was written"),
        ]

    def _pace(self, m, written, was_read, granted):
        dut, beat = self.dut, Signal(range(self.dut.beats + 1))
        taken, owes_read, owes_write = Signal(), Signal(), Signal()
        m.d.comb += taken.eq(written | was_read)
        m.d.sync += beat.eq(Mux(taken, 0, beat + granted))
        for owes, other, own, waits in ((owes_read, written, was_read, self.reads), (owes_write, was_read, written, self.writes)):
            with m.If(own):
                m.d.sync += owes.eq(0)
            with m.Elif(other):
                m.d.sync += owes.eq(waits)
        m.d.comb += [
            Assert(dut.port.request == (self.writes | self.reads), REQUEST),
            Assert(taken == (granted & (beat == dut.beats - 1)), BEATS),
            Assert(~(written & was_read), "one access at a time is taken"),
            Assert(~(owes_read & written) & ~(owes_write & was_read), TURNS),
            Cover(owes_read & was_read & self.writes, "a read takes its turn"),
        ]


def spec(kind, bank_width):
    return WindowSpec(kind(with_banks(bank_width, bank_depth=2)))


@pytest.mark.parametrize(("bank_width", "depth"), [(8, 10), (16, 10), (32, 10), (64, 10), (128, 10)])
def test_reads_give_what_was_written(bank_width, depth):
    prove(spec(MemoryWindow, bank_width), depth=depth, mode="bmc", timeout=600)


HELD = "port: payload holds until it is taken"
BUGS = {  # width of banks, what it breaks, change
    "lets a write interrupt a read": (16, HELD, "m.d.sync += favor_read.eq(~writing)", "m.d.sync += favor_read.eq(0)"),
    "favors writes": (32, TURNS, "m.d.sync += favor_read.eq(writing)", "m.d.sync += favor_read.eq(0)"),
    "takes an access with its first grant": (16, BEATS, "last_beat.eq(beat == self.beats - 1)", "last_beat.eq(1)"),
    "writes the same part twice": (16, READ, "payload.word_select(beat, step)", "payload.word_select(0, step)"),
    "writes bytes of another part": (16, READ, "strobe.word_select(beat, bytes_)", "strobe.word_select(0, bytes_)"),
    "goes to the same word twice": (16, READ, "address[memory.byte_bits:] | beat", "address[memory.byte_bits:]"),
    "keeps no part of what it read": (16, READ, "with m.If(granted):", "with m.If(granted & self.mode.all()):"),
    "writes to the first lane": (64, READ, "port.be.eq(strobe << lane * WORD_BYTES)", "port.be.eq(strobe)"),
    "reads from a lane that has changed": (64, READ, "m.d.sync += read_lane.eq(lane)", "m.d.comb += read_lane.eq(lane)"),
    "requests nothing for reads": (32, REQUEST, "port.request.eq(self.write.valid | self.read.valid)", "port.request.eq(self.write.valid)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_window_that(bug):
    bank_width, broken, *change = BUGS[bug]
    refute(spec(mutant(MemoryWindow, *change), bank_width), broken, depth=12, timeout=300)
