# SPDX-License-Identifier: Apache-2.0
"""The address generator, proved for all time to walk a loop nest that multiplies its indices."""

import pytest
from amaranth import Cat, Module, Signal
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute
from support.lemmas import look_inside

from hwgen.config import StreamerConfig
from hwgen.streamer.address import AddressGenerator

VALID = "a step is valid while the nest has one left, without a gap, and at no other time"
POINTER = "the pointer is the sum of the products"
LAST = "last marks the last step and no other"
READY = "the next nest is taken when the last step leaves, not before"


class AddressGeneratorSpec(wiring.Component):
    """Any nests, at any time, and any consumer.

    ``lemmas`` adds assertions about the inside that induction needs and users do not.
    """

    def __init__(self, dut, *, lemmas=False):
        self.dut, self.lemmas = dut, lemmas
        super().__init__({"valid": In(1), "nest": In(dut.i.payload.shape()), "ready": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.generator = dut = self.dut
        m.submodules.handshake = handshake = HandshakeChecker(dut.o.payload.shape())
        dimensions = range(dut.config.temporal_dimensions)
        i, o = dut.i, dut.o
        m.d.comb += [i.valid.eq(self.valid), i.payload.eq(self.nest), o.ready.eq(self.ready), *handshake.watch(o)]

        # The reference holds the nest as it was taken and one index per dimension.
        nest, running = Signal(self.nest.shape()), Signal()
        index = [Signal(dut.config.bound_width, name=f"index_{d}") for d in dimensions]
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

        products = [nest.base]
        for d in reversed(dimensions):
            products.insert(0, (products[0] + index[d] * nest.strides[d])[:len(o.payload.pointer)])
        m.d.comb += [
            Assert(o.valid == running, VALID),
            Assert(~running | (o.payload.pointer == products[0]), POINTER),
            Assert(~running | (o.payload.last == Cat(at_last).all()), LAST),
            Assert(i.ready == (~running | (o.ready & Cat(at_last).all())), READY),
        ]
        if self.lemmas:
            look_inside(dut, lambda inner: self._lemmas(inner, nest, running, index, products))
        self._covers(m, take, finished, running)
        return m

    def _lemmas(self, inner, nest, running, index, products):
        dut = self.dut
        for d in range(dut.config.temporal_dimensions):
            inner.d.comb += [
                Assert(~running | (dut.counts[d] == index[d] + 1), f"count {d} is one more than the index"),
                Assert(~running | (dut.pointers[d] == products[d]), f"pointer {d} is the sum of the products from {d} on"),
                Assert(~running | (dut.bounds[d] == nest.bounds[d]), f"bound {d} is that of the nest"),
                Assert(~running | (dut.strides[d] == nest.strides[d].as_unsigned()), f"stride {d} is that of the nest"),
                Assert(~running | (index[d] < nest.bounds[d]), f"index {d} is within its bound"),
            ]

    def _covers(self, m, take, finished, running):
        stalled, empty = Signal(), Signal()
        m.d.sync += stalled.eq(stalled | (self.dut.o.valid & ~self.dut.o.ready))
        m.d.sync += empty.eq(take & Cat(bound == 0 for bound in self.nest.bounds).any())
        full = Cat(bound == 2 for bound in self.nest.bounds).all()
        whole = Signal()
        with m.If(take):
            m.d.sync += whole.eq(full)
        m.d.comb += [
            Cover(finished & whole & stalled, "a nest with two steps in each dimension ends, stalled once"),
            Cover(finished & take & full, "a nest is taken as another ends"),
            Cover(empty & ~running & take & full, "a nest without steps is followed by one with steps"),
        ]


def generator(kind, dimensions, *, width=32, bound_width=4):
    """A generator of a mutant class, which has a module of its own, with addresses of so many bits."""
    kind.__init__.__globals__["ADDRESS_BITS"] = width
    return kind(StreamerConfig(mode="read", spatial_bounds=(1,), groups=(1,), temporal_dimensions=dimensions,
                               bound_width=bound_width))


OPEN = "running, take, advance, empty =", (
    "self.pointers, self.counts, self.bounds, self.strides = pointers, counts, bounds, strides\n"
    "        running, take, advance, empty =")
"""Change that lets lemmas see the registers."""


@pytest.mark.parametrize(("dimensions", "width"), [
    (1, 8), (2, 8), (3, 6),
    pytest.param(6, 4, marks=pytest.mark.slow), pytest.param(3, 12, marks=pytest.mark.slow),
])
def test_steps_are_those_of_the_loop_nest(dimensions, width):
    """Sums wrap at any width alike; products of wide numbers are beyond the solver."""
    dut = generator(mutant(AddressGenerator, *OPEN), dimensions, width=width)
    prove(AddressGeneratorSpec(dut, lemmas=True), depth=1, cover_depth=2**dimensions + 5, timeout=900)


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
    refute(AddressGeneratorSpec(generator(mutant(AddressGenerator, *change), 2, width=8)), broken, depth=9, timeout=600)
