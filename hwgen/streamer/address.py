# SPDX-License-Identifier: Apache-2.0
"""Temporal address generation: a loop nest of any depth, one step per cycle."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import StreamerConfig
from .row import RowPosition, RowSettings

ADDRESS_BITS = 32


class LoopNest(data.StructLayout):
    """Where a loop nest starts, and bound and stride of each of its dimensions, 0 innermost.

    With row wrap also ``rows``, which are `RowSettings`.
    """

    def __init__(self, config: StreamerConfig, wrap_width: int = ADDRESS_BITS, *, address_bits: int = ADDRESS_BITS):
        dimensions = config.temporal_dimensions
        super().__init__({
            "base": signed(address_bits),
            "bounds": data.ArrayLayout(config.bound_width, dimensions),
            "strides": data.ArrayLayout(signed(ADDRESS_BITS), dimensions),
            **({"rows": RowSettings(config, wrap_width)} if config.row_wrap else {}),
        })


class Step(data.StructLayout):
    """One temporal step.

    Members are ``pointer``, the byte address of channel 0; ``last``, whether the step is the job's
    last; ``row_ends``, where rows end among the lanes, as in `RowPosition` (no bits without row
    wrap); and ``at_end``, the loops in their last iteration (no bits but for tail masks, and runs of bytes).
    """

    def __init__(self, config: StreamerConfig, *, address_bits: int = ADDRESS_BITS) -> None:
        super().__init__({
            "pointer": address_bits,
            "last": 1,
            "row_ends": config.spatial_bounds[0] - 1 if config.row_wrap else 0,
            "at_end": config.temporal_dimensions if config.tail_masks or config.byte_addressed else 0,
        })


class AddressGenerator(wiring.Component):
    """Walks one loop nest after the other with a pointer and a counter per dimension.

    Advancing dimension ``d`` adds its stride to the pointer kept at its own level and copies the
    sum to all inner levels, so one adder serves every dimension.

    The first step of a nest is valid one cycle after the nest is taken; the next nest may be taken
    in the cycle its predecessor's last step leaves, so nests follow one another without a gap. A
    nest with a bound of zero is taken and yields no step.

    Parameters
    ----------
    config : StreamerConfig
    wrap_width : int
        Bits of the signed bytes added at the end of a row; for row wrap only.
    address_bits : int
        Bits of addresses, 32 or more.

    Members
    -------
    i : ``In(stream.Signature(LoopNest(config, wrap_width)))``
    o : ``Out(stream.Signature(Step(config)))``
        Sums are taken modulo 2**address_bits.
    """

    def __init__(self, config: StreamerConfig, wrap_width: int = ADDRESS_BITS, *, address_bits: int = ADDRESS_BITS):
        self.config, self.wrap_width, self.address_bits = config, wrap_width, address_bits
        super().__init__({
            "i": In(stream.Signature(LoopNest(config, wrap_width, address_bits=address_bits))),
            "o": Out(stream.Signature(Step(config, address_bits=address_bits))),
        })

    def elaborate(self, platform):
        m = Module()
        config, nest = self.config, self.i.payload
        dimensions = range(config.temporal_dimensions)

        def held(width, name):
            return [Signal(width, name=f"{name}_{d}", attrs={"hwgen_role": "configuration"}) for d in dimensions]

        bounds, strides = held(config.bound_width, "bound"), held(signed(ADDRESS_BITS), "stride")
        pointers = [Signal(self.address_bits, name=f"pointer_{d}") for d in dimensions]
        counts = [Signal(config.bound_width, name=f"count_{d}", init=1) for d in dimensions]
        running, take, advance, empty = Signal(), Signal(), Signal(), Signal()

        at_end, inner_at_end = Signal(len(dimensions)), Signal(len(dimensions) + 1)
        steps, pointer, stride = Signal(len(dimensions)), Signal(self.address_bits), Signal(signed(ADDRESS_BITS))
        m.d.comb += inner_at_end[0].eq(1)
        for d in dimensions:
            m.d.comb += [
                at_end[d].eq(counts[d] == bounds[d]),
                inner_at_end[d + 1].eq(inner_at_end[d] & at_end[d]),
                steps[d].eq(inner_at_end[d] & ~at_end[d]),
            ]

        with m.Switch(Cat(~at_end)):
            for d in dimensions:
                pattern = "-" * (len(dimensions) - d - 1) + "1" + "0" * d
                with m.Case(pattern):
                    m.d.comb += [pointer.eq(pointers[d]), stride.eq(strides[d])]
            with m.Default():
                m.d.comb += [pointer.eq(pointers[-1]), stride.eq(strides[-1])]

        if config.tail_masks or config.byte_addressed:
            m.d.comb += self.o.payload.at_end.eq(at_end)
        further = Signal(signed(self.address_bits))
        m.d.comb += further.eq(stride)
        if config.row_wrap:
            m.submodules.row = row = RowPosition(config, self.wrap_width)
            m.d.comb += [
                row.take.eq(take),
                row.settings.eq(nest.rows),
                row.advance.eq(advance),
                row.steps.eq(steps),
                self.o.payload.row_ends.eq(row.ends),
            ]
            m.d.comb += further.eq(stride + row.passed)
        following = Signal(self.address_bits)
        m.d.comb += [
            self.o.valid.eq(running),
            self.o.payload.pointer.eq(pointers[0]),
            self.o.payload.last.eq(inner_at_end[-1]),
            advance.eq(running & self.o.ready),
            self.i.ready.eq(~running | (self.o.ready & self.o.payload.last)),
            take.eq(self.i.valid & self.i.ready),
            empty.eq(Cat(nest.bounds[d] == 0 for d in dimensions).any()),
            following.eq(Mux(take, nest.base, pointer + further)),
        ]
        with m.If(take):
            m.d.sync += running.eq(~empty)
            for d in dimensions:
                m.d.sync += [bounds[d].eq(nest.bounds[d]), strides[d].eq(nest.strides[d])]
        with m.Elif(advance & self.o.payload.last):
            m.d.sync += running.eq(0)

        for d in dimensions:
            with m.If(take | (advance & steps[d:].any())):
                m.d.sync += pointers[d].eq(following)
            with m.If(take | (advance & steps[d + 1:].any())):
                m.d.sync += counts[d].eq(1)
            with m.Elif(advance & steps[d]):
                m.d.sync += counts[d].eq(counts[d] + 1)
        return m
