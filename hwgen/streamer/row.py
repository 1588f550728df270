# SPDX-License-Identifier: Apache-2.0
"""Where rows end among the channels of a step, and between one step and the next."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import StreamerConfig
from ..config.base import bits_for


class RowSettings(data.StructLayout):
    """Length of a row, bytes added at its end, and the loop that goes on along it.

    Parameters
    ----------
    config : StreamerConfig
    wrap_width : int
        Bits of the signed number of bytes.
    """

    def __init__(self, config: StreamerConfig, wrap_width: int):
        super().__init__({
            "length": config.bound_width,
            "wrap": signed(wrap_width),
            "loop": max(1, bits_for(config.temporal_dimensions)),
        })


class RowPosition(wiring.Component):
    """Follows lane 0, the first of ``N`` lanes along spatial dimension 0, along rows of any length.

    Only ``left``, the positions from lane 0 to its row's end, is kept. Advancing by ``N`` lanes
    passes ``N // length`` ends of rows, and one more if ``left`` is at most ``N % length``; both
    numbers are looked up when a job is taken.

    Members
    -------
    take : ``In(1)``
        A job starts with ``settings``; ``advance`` does not count.
    settings : ``In(RowSettings(config, wrap_width))``
        A length of 0 switches rows off: no lane ever passes an end.
    steps : ``In(temporal dimensions)``
        The one loop that advances next, if any: with the row's loop lane 0 goes on by ``N``, with one
        outside it to the beginning of a row.
    advance : ``In(1)``
        It advances now.
    ends : ``Out(N - 1)``
        Bit ``i - 1``: a row ends between lanes ``i - 1`` and ``i`` of this step.
    passed : ``Out(signed(wrap_width + bits for N))``
        ``wrap`` times the ends of rows on the way to the next step if the row's loop advances, else 0.
    """

    def __init__(self, config: StreamerConfig, wrap_width: int):
        self.config, self.lanes, self.length_width = config, config.spatial_bounds[0], config.bound_width
        # A multiple of up to N of the least wrap takes as many bits more as N does.
        self.passed_shape = signed(wrap_width + bits_for(self.lanes + 1))
        super().__init__({
            "take": In(1),
            "settings": In(RowSettings(config, wrap_width)),
            "steps": In(config.temporal_dimensions),
            "advance": In(1),
            "ends": Out(self.lanes - 1),
            "passed": Out(self.passed_shape),
        })

    def elaborate(self, platform):
        m = Module()
        lanes, settings = self.lanes, self.settings

        def held(shape, name):
            return Signal(shape, name=name, attrs={"hwgen_role": "configuration"})

        length, wrap = held(self.length_width, "length"), held(settings.wrap.shape(), "wrap")
        # Rows shorter than the lanes are told apart by `short`, which is 0 for all others.
        short, rest = held(bits_for(lanes), "short"), held(bits_for(lanes + 1), "rest")
        fewest = held(self.passed_shape, "fewest")
        loop, short_taken = held(settings.loop.shape(), "loop"), Signal(len(short))
        m.d.comb += short_taken.eq(Mux(settings.length < lanes, settings.length, 0))
        multiples = self._multiples(m, {lanes // length for length in range(1, lanes + 1)})
        with m.If(self.take):
            m.d.sync += [loop.eq(settings.loop), length.eq(settings.length), wrap.eq(settings.wrap), short.eq(short_taken)]
            self._look_up(m, multiples, rest, fewest, wrap)

        left, following, one_more = Signal(self.length_width), Signal(self.length_width), Signal()
        along, outside = Signal(), Signal()
        m.d.comb += [
            along.eq(self.steps.bit_select(loop, 1)),
            outside.eq((self.steps >> loop >> 1).any()),
            one_more.eq(left <= rest),
            self.passed.eq(Mux(along, fewest + Mux(one_more, wrap, 0), 0)),
            following.eq(left - rest + Mux(one_more, length, 0)),
        ]
        # The next step's ends are worked out ahead, since additions of addresses follow them, and
        # without regard to which loop advances, which is known late.
        ends, near = Signal(lanes - 1, name="ends_following"), Signal(bits_for(lanes))
        m.d.comb += near.eq(Mux(following < lanes, following, 0))
        self._find_ends(m, ends, near, short)
        with m.If(self.take):
            m.d.sync += [left.eq(settings.length), self.ends.eq(self._first_ends(short_taken))]
        with m.Elif(self.advance & outside):
            m.d.sync += [left.eq(length), self.ends.eq(self._first_ends(short))]
        with m.Elif(self.advance & along):
            m.d.sync += [left.eq(following), self.ends.eq(ends)]
        return m

    def _look_up(self, m: Module, multiples, rest, fewest, wrap):
        """Hold what follows from the row's length: how often it fits the lanes, and what that leaves."""
        settings, lanes = self.settings, self.lanes
        with m.Switch(settings.length):
            for length in range(1, min(lanes + 1, 1 << self.length_width)):
                with m.Case(length):
                    m.d.sync += [rest.eq(lanes % length),
                                 fewest.eq(multiples[lanes // length])]
            with m.Case(0):
                m.d.sync += [rest.eq(0), fewest.eq(0), wrap.eq(0)]
            with m.Default():
                m.d.sync += [rest.eq(lanes), fewest.eq(0)]

    def _find_ends(self, m: Module, ends, near, short):
        """Where rows end among the lanes: after ``near`` of them, and then every ``short``; 0 for never."""
        is_near, is_short = Signal(self.lanes), Signal(self.lanes)
        for i in range(1, self.lanes):
            m.d.comb += [is_near[i].eq(near == i), is_short[i].eq(short == i)]
            later = (is_short[size] & is_near[(i - 1) % size + 1] for size in range(1, i))
            m.d.comb += ends[i - 1].eq(Cat(is_near[i], *later).any())

    def _first_ends(self, short):
        """The same where lane 0 is at the beginning of a row."""
        lanes = range(1, self.lanes)
        return Cat(Cat(short == size for size in range(1, i + 1) if i % size == 0).any() for i in lanes)

    def _multiples(self, m: Module, wanted: set[int]) -> dict[int, Signal]:
        """``settings.wrap`` times each wanted number; even ones are shifts."""
        multiples = {}

        def times(k):
            if k not in multiples:
                multiple = Signal(self.passed_shape, name=f"wrap_times_{k}")
                if k == 1:
                    m.d.comb += multiple.eq(self.settings.wrap)
                elif k % 2:
                    m.d.comb += multiple.eq(times(k - 1) + times(1))
                else:
                    m.d.comb += multiple.eq(times(k // 2) << 1)
                multiples[k] = multiple
            return multiples[k]

        for k in sorted(wanted):
            times(k)
        return multiples
