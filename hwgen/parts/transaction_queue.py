# SPDX-License-Identifier: Apache-2.0
"""A queue whose payloads come out only once they are known to be good."""

from amaranth import Module, Mux, Shape, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ..config.base import bits_for, is_power_of_two


class TransactionQueue(wiring.Component):
    """First-in, first-out queue with commit and rollback.

    Payloads come out in order, and only those up to the last one that came in with ``commit``. One
    that comes in with ``rollback`` takes the place of all that were not committed. Two cycles pass
    from commit to ``o.valid``; one payload enters and one leaves in every cycle. ``i.ready`` and
    ``o.valid`` depend on registers only. Payloads are kept in a memory that is read synchronously.

    Parameters
    ----------
    shape : :class:`ShapeLike`
        Shape of a payload, one bit wide or more.
    depth : int
        Payloads the queue can hold besides the one that ``o`` shows; a power of two.

    Members
    -------
    i, o : ``In`` and ``Out(stream.Signature(shape))``
    commit, rollback : ``In(1)``
        Looked at with each payload that comes in.
    level : ``Out(range(depth + 1))``
        Places taken, by committed payloads or others.

    Raises
    ------
    TypeError
        If ``shape`` is not a shape.
    ValueError
        If ``depth`` is not a power of two of at least 2, or a payload has no bits.
    """

    def __init__(self, shape, *, depth: int):
        if not isinstance(depth, int) or depth < 2 or not is_power_of_two(depth):
            raise ValueError(f"Transaction queue's depth must be a power of two of at least 2, not {depth!r}")
        if not Shape.cast(shape).width:
            raise ValueError(f"Transaction queue's payload must have a bit or more, not {shape!r}")
        self.shape, self.depth = shape, depth
        super().__init__({
            "i": In(stream.Signature(shape)),
            "commit": In(1),
            "rollback": In(1),
            "o": Out(stream.Signature(shape)),
            "level": Out(range(depth + 1)),
        })

    def elaborate(self, platform):
        m = Module()
        bits = bits_for(self.depth)
        m.submodules.memory = memory = Memory(shape=self.shape, depth=self.depth, init=[])
        write_port, read_port = memory.write_port(), memory.read_port()
        # One bit more than an index tells full from empty.
        written, committed, read = (Signal(bits + 1, name=name) for name in ("written", "committed", "read"))
        place, push, fetch = Signal(bits + 1), Signal(), Signal()
        m.d.comb += [
            self.level.eq(written - read),
            self.i.ready.eq(~self.level[-1]),
            push.eq(self.i.valid & self.i.ready),
            place.eq(Mux(self.rollback, committed, written)),
            write_port.addr.eq(place),
            write_port.data.eq(self.i.payload),
            write_port.en.eq(push),
            fetch.eq((read != committed) & (~self.o.valid | self.o.ready)),
            read_port.addr.eq(read),
            read_port.en.eq(fetch),
            self.o.payload.eq(read_port.data),
        ]
        with m.If(push):
            m.d.sync += written.eq(place + 1)
            with m.If(self.commit):
                m.d.sync += committed.eq(place + 1)
        with m.If(fetch):
            m.d.sync += [read.eq(read + 1), self.o.valid.eq(1)]
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        return m
