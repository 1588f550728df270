# SPDX-License-Identifier: Apache-2.0
"""The address generator against a loop nest that multiplies its indices, for any base and strides."""

import pytest
from amaranth import Cat, Module, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute

from hwgen.config import StreamerConfig
from hwgen.streamer.address import AddressGenerator

VALID = "a step is valid while the nest has one left, without a gap, and at no other time"
POINTER = "the pointer is the sum of the products"
LAST = "last marks the last step and no other"
READY = "the next nest is taken when the last step leaves, not before"


class AddressGeneratorSpec(wiring.Component):
    """Any nests with bounds of up to ``most``, at any time, and any consumer."""

    def __init__(self, dut, *, most=3):
        self.dut, self.most = dut, most
        super().__init__({"valid": In(1), "nest": In(dut.i.payload.shape()), "ready": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.generator = dut = self.dut
        m.submodules.handshake = handshake = HandshakeChecker(dut.o.payload.shape())
        dimensions = range(dut.config.temporal_dimensions)
        i, o = dut.i, dut.o
        m.d.comb += [i.valid.eq(self.valid), i.payload.eq(self.nest), o.ready.eq(self.ready), *handshake.watch(o)]
        m.d.comb += [Assume(self.nest.bounds[d] <= self.most, f"bound {d} is small") for d in dimensions]

        # The reference holds the nest as it was taken and one index per dimension.
        nest, running = Signal(self.nest.shape()), Signal()
        index = [Signal(2, name=f"index_{d}") for d in dimensions]
        at_last = [Signal(name=f"at_last_{d}") for d in dimensions]
        take, leave, finished = Signal(), Signal(), Signal()
        m.d.comb += [
            take.eq(i.valid & i.ready),
            leave.eq(o.valid & o.ready),
            [at_last[d].eq(index[d] + 1 == nest.bounds[d]) for d in dimensions],
            finished.eq(leave & Cat(at_last).all()),
        ]
        with m.If(take):
            m.d.sync += [nest.eq(self.nest), running.eq(1), Cat(index).eq(0)]
            for d in dimensions:
                with m.If(self.nest.bounds[d] == 0):
                    m.d.sync += running.eq(0)
        with m.Elif(finished):
            m.d.sync += running.eq(0)
        with m.Elif(leave):
            for d in dimensions:
                with m.If(Cat(at_last[:d]).all()):
                    m.d.sync += index[d].eq(index[d] + 1)
                    m.d.sync += [index[inner].eq(0) for inner in range(d)]

        products = sum((index[d] * nest.strides[d] for d in dimensions), start=nest.base)
        m.d.comb += [
            Assert(o.valid == running, VALID),
            Assert(~running | (o.payload.pointer == products[:len(o.payload.pointer)]), POINTER),
            Assert(~running | (o.payload.last == Cat(at_last).all()), LAST),
            Assert(i.ready == (~running | (o.ready & Cat(at_last).all())), READY),
        ]
        self._covers(m, take, finished, running)
        return m

    def _covers(self, m, take, finished, running):
        stalled, empty = Signal(), Signal()
        m.d.sync += stalled.eq(stalled | (self.dut.o.valid & ~self.dut.o.ready))
        m.d.sync += empty.eq(take & Cat(bound == 0 for bound in self.nest.bounds).any())
        full = Cat(bound == self.most for bound in self.nest.bounds).all()
        whole = Signal()
        with m.If(take):
            m.d.sync += whole.eq(full)
        m.d.comb += [
            Cover(finished & whole & stalled, "a nest with the largest bounds ends, stalled once"),
            Cover(finished & take & full, "a nest is taken as another ends"),
            Cover(empty & ~running & take & full, "a nest without steps is followed by one with steps"),
        ]


NARROW = "ADDRESS_BITS = 32", "ADDRESS_BITS = 4"
"""Sums wrap at any width alike; products of wide numbers are beyond the solver."""


def generator(kind, dimensions):
    return kind(StreamerConfig(mode="read", spatial_bounds=(1,), groups=(1,), temporal_dimensions=dimensions, bound_width=4))


@pytest.mark.parametrize(("dimensions", "most", "depth"), [
    (1, 3, 12), (2, 2, 12), (2, 3, 13), (3, 2, 12),
    pytest.param(3, 3, 31, marks=pytest.mark.slow),
])
def test_steps_are_those_of_the_loop_nest(dimensions, most, depth):
    prove(AddressGeneratorSpec(generator(mutant(AddressGenerator, *NARROW), dimensions), most=most), depth=depth, mode="bmc", timeout=900)


BUGS = {
    "runs an empty nest": (VALID, "running.eq(~empty)", "running.eq(1)"),
    "does not stop": (VALID, "with m.Elif(advance & self.o.payload.last):", "with m.Elif(advance & empty):"),
    "sees a bound of zero in one dimension only": (VALID, "== 0 for d in dimensions)", "== 0 for d in dimensions[:1])"),
    "wastes a cycle between nests": (READY, "~running | (self.o.ready & self.o.payload.last)", "~running"),
    "moves on without being taken": (POINTER, "advance.eq(running & self.o.ready)", "advance.eq(running)"),
    "keeps inner pointers": (POINTER, "advance & steps[d:].any()", "advance & steps[d]"),
    "keeps inner counts": (LAST, "advance & steps[d + 1:].any()", "advance & empty"),
    "takes the wrong stride": (POINTER, 'pattern = "-" * (len(dimensions) - d - 1) + "1" + "0" * d',
                               'pattern = "0" * (len(dimensions) - d - 1) + "1" + "-" * d'),
    "forgets its stride": (POINTER, "strides[d].eq(nest.strides[d])", "strides[d].eq(nest.strides[0])"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_generator_that(bug):
    broken, *change = BUGS[bug]
    refute(AddressGeneratorSpec(generator(mutant(AddressGenerator, *change), 2)), broken, depth=9, timeout=600)
