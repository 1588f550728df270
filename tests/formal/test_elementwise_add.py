# SPDX-License-Identifier: Apache-2.0
"""Element-wise addition, proved for all time: pairs of words leave as limited sums, in the cycle in which they are taken."""

import pytest
from amaranth import Module, Mux, Signal, signed
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute

from hwgen.accelerators.elementwise_add import ElementwiseAdd
from hwgen.config import MemoryConfig
from hwgen.config.elementwise_add import ElementwiseAddConfig

VALID = "a sum is valid when both words are, whether it is taken or not"
PAIRS = "words are taken in pairs, when their sum is"
SUM = "a sum is limited to the range"


class AddSpec(wiring.Component):
    """Any producers and any consumer."""

    def __init__(self, dut):
        self.dut, self.width, self.element = dut, dut.config.width, dut.config.element_width
        super().__init__({"x": In(self.width), "y": In(self.width), "x_valid": In(1), "y_valid": In(1), "ready": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.add = dut = self.dut
        m.d.comb += [
            dut.X.payload.eq(self.x), dut.X.valid.eq(self.x_valid),
            dut.Y.payload.eq(self.y), dut.Y.valid.eq(self.y_valid), dut.Z.ready.eq(self.ready),
        ]
        for name in "XYZ":
            m.submodules[name] = checker = HandshakeChecker(self.width, assume=name != "Z")
            m.d.comb += checker.watch(getattr(dut, name))
        taken = [port.valid & port.ready for port in (dut.X, dut.Y, dut.Z)]
        m.d.comb += [
            Assert(dut.Z.valid == (self.x_valid & self.y_valid), VALID),
            Assert((taken[0] == taken[2]) & (taken[1] == taken[2]), PAIRS),
            Assert(~self.ready | ~dut.Z.valid | (dut.X.ready & dut.Y.ready), PAIRS),
        ]
        most = (1 << self.element - 1) - 1
        for e in range(self.width // self.element):
            x, y, z = (word.word_select(e, self.element).as_signed() for word in (self.x, self.y, dut.Z.payload))
            total = Signal(signed(self.element + 1), name=f"total_{e}")
            m.d.comb += [
                total.eq(x + y),
                Assert(z == Mux(total > most, most, Mux(total < -most - 1, -most - 1, total)), SUM),
                Cover(taken[2] & (total > most), f"sum {e} is too large"),
                Cover(taken[2] & (total < -most - 1), f"sum {e} is too small"),
            ]
        return m


def spec(kind, element):
    return AddSpec(kind(ElementwiseAddConfig(kind="elementwise_add", width=64, element_width=element), MemoryConfig()))


@pytest.mark.parametrize("element", [8, 16, 32])
def test_pairs_leave_as_limited_sums(element):
    prove(spec(ElementwiseAdd, element), depth=2)


BUGS = {
    "waits for its consumer": (VALID, "self.X.valid & self.Y.valid", "self.X.valid & self.Y.valid & self.Z.ready"),
    "shows half a pair": ("Z: valid stays until the payload is taken", "self.X.valid & self.Y.valid", "self.X.valid ^ self.Y.valid"),
    "takes one word alone": (PAIRS, "self.X.ready.eq(self.Z.ready & self.Y.valid)", "self.X.ready.eq(self.Z.ready)"),
    "wraps": (SUM, "total[-1] ^ total[-2]", "0"),
    "limits to the wrong end": (SUM, "Mux(total[-1], 1 << width - 1,", "Mux(~total[-1], 1 << width - 1,"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_addition_that(bug):
    broken, *change = BUGS[bug]
    refute(spec(mutant(ElementwiseAdd, *change), 8), broken, depth=3)
