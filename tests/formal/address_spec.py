# SPDX-License-Identifier: Apache-2.0
"""What an address generator promises: to walk loop nests, and rows within them, as multiplied indices say."""

from amaranth import Array, Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.lemmas import look_inside

VALID = "a step is valid while the nest has one left, without a gap, and at no other time"
POINTER = "the pointer is the sum of the products"
LAST = "last marks the last step and no other"
ROW_ENDS = "rows end among the lanes where their positions divide by its length"
AT_END = "loops in their last iteration are told"
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
        rows = _Rows(m, dut, nest, index, at_last, take, leave) if dut.config.row_wrap else None
        if rows:
            m.d.comb += [
                Assume(self.nest.rows.loop < len(dimensions), "the loop along rows is one there is"),
                Assert(~running | (o.payload.row_ends == rows.ends), ROW_ENDS),
            ]
            products = [(products[d] + Mux(nest.rows.loop >= d, rows.added, 0))[:len(o.payload.pointer)] for d in dimensions]
        if dut.config.tail_masks:
            m.d.comb += Assert(~running | (o.payload.at_end == Cat(at_last)), AT_END)
        m.d.comb += [
            Assert(o.valid == running, VALID),
            Assert(~running | (o.payload.pointer == products[0]), POINTER),
            Assert(~running | (o.payload.last == Cat(at_last).all()), LAST),
            Assert(i.ready == (~running | (o.ready & Cat(at_last).all())), READY),
        ]
        if self.lemmas:
            look_inside(dut, lambda inner: self._lemmas(inner, nest, running, index, products, rows))
        self._covers(m, take, finished, running)
        if rows:
            rows.covers(m, running & self.ready)
        return m

    def _lemmas(self, inner, nest, running, index, products, rows):
        dut = self.dut
        if rows:
            row = inner.submodules.row
            look_inside(row, lambda module: rows.lemmas(module, row.held, running))
        for d in range(dut.config.temporal_dimensions):
            inner.d.comb += [
                Assert(~running | (dut.counts[d] == index[d] + 1), f"count {d} is one more than the index"),
                Assert(~running | (dut.pointers[d] == products[d]), f"pointer {d} is the sum of the products from {d} on"),
                Assert(~running | (dut.bounds[d] == nest.bounds[d]), f"bound {d} is that of the nest"),
                Assert(~running | (dut.strides[d] == nest.strides[d]), f"stride {d} is that of the nest"),
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


class _Rows:
    """Positions in rows by division, looked up in tables.

    Attributes
    ----------
    ends : Signal
        Where rows end among the lanes.
    added : Signal
        What all ends of rows so far add to the pointer, summed up step by step; products of wide numbers
        are beyond the solver.
    """

    def __init__(self, m, dut, nest, index, at_last, take, leave):
        self.nest, self.lanes, width = nest, dut.config.spatial_bounds[0], dut.config.bound_width
        lanes, times = self.lanes, 1 << width
        self.iteration = Signal(width)
        m.d.comb += self.iteration.eq(Array(index)[nest.rows.loop])

        def row(position, length):
            return position // length if length else 0

        cases = [(t, length) for length in range(times) for t in range(times)]
        here = Signal(len(cases))
        m.d.comb += [here[k].eq((self.iteration == t) & (nest.rows.length == length)) for k, (t, length) in enumerate(cases)]

        def table(name, shape, function):
            """Signal that is ``function`` of the iteration's first position and the row's length."""
            value = Signal(shape, name=name)
            # Not a switch, which would become a memory, whose contents proofs take for arbitrary.
            results = [function(lanes * t, length) for t, length in cases]
            m.d.comb += [value[bit].eq(Cat(here[k] for k, result in enumerate(results) if result >> bit & 1).any())
                         for bit in range(len(value))]
            return value

        self.left = table("left_by_division", width, lambda start, length: length - start % length if length else 0)
        self.ends = table("ends_by_division", lanes - 1, lambda start, length: sum(
            row(start + i, length) - row(start + i - 1, length) << i - 1 for i in range(1, lanes)))
        gained = table("gained", range(lanes + 1), lambda start, length: row(start + lanes, length) - row(start, length))
        self.added = Signal(dut.o.payload.pointer.shape())
        inner_done = Array(Cat(at_last[:d]).all() for d in range(len(at_last)))
        with m.If(take):
            m.d.sync += self.added.eq(0)
        with m.Elif(leave & inner_done[nest.rows.loop]):
            m.d.sync += self.added.eq(Mux(Array(at_last)[nest.rows.loop], 0, self.added + gained * nest.rows.wrap))

    def lemmas(self, inner, held, running):
        """What the registers ``held`` in a `RowPosition` are; lengths of rows are told apart one by one."""
        rows, length, lanes = self.nest.rows, self.nest.rows.length, self.lanes
        holds = {
            "the loop along rows is that of the nest": held["loop"] == rows.loop,
            "the length is that of the nest": held["length"] == length,
            "the wrap is that of the nest": held["wrap"] == Mux(length == 0, 0, rows.wrap),
            "short lengths are held": held["short"] == Mux(length < lanes, length, 0),
            "the positions left are those by division": held["left"] == self.left,
        }
        for message, claim in holds.items():
            inner.d.comb += Assert(~running | claim, message)
        for size in range(1 << len(length)):
            rest, fewest = (lanes % size, lanes // size) if size else (0, 0)
            claim = (held["rest"] == rest) & (held["fewest"] == fewest * rows.wrap)
            inner.d.comb += Assert(~running | (length != size) | claim, f"rows of {size} fit {fewest} times")

    def covers(self, m, leave):
        """Longer rows and rows of one position, somewhere along the first."""
        length = self.nest.rows.length
        m.d.comb += [
            Cover(leave & (length > self.lanes) & self.ends.any(), "a row longer than the lanes ends among them"),
            Cover(leave & (length == 1) & (self.iteration == 1), "rows of one position go on"),
        ]
