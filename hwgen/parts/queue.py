# SPDX-License-Identifier: Apache-2.0
"""The one buffer between stream parts."""

from amaranth import Module, Mux, Shape, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ..config.base import is_power_of_two


class Queue(wiring.Component):
    """First-in, first-out queue with a typed payload.

    Latency is one cycle. At a depth of two or more, one payload enters and one leaves in every
    cycle; at a depth of one, a payload passes every other cycle. ``i.ready`` and ``o.valid`` depend
    on registers only, so a queue cuts every path through a handshake. Payloads are kept in a memory
    that is read asynchronously (distributed RAM); its initial contents are never seen.

    Parameters
    ----------
    shape : :class:`ShapeLike`
        Shape of a payload; may be zero bits wide, which leaves a counter of tokens.
    depth : int
        Payloads the queue can hold, one or more; need not be a power of two.

    Members
    -------
    i, o : ``In`` and ``Out(stream.Signature(shape))``
        Payloads going in and coming out. ``o.payload`` is undefined while ``o.valid`` is low.
    level : ``Out(range(depth + 1))``
        Payloads held; a register.

    Raises
    ------
    TypeError
        If ``shape`` is not a shape, or ``depth`` is not a positive integer.
    """

    def __init__(self, shape, *, depth: int):
        if not isinstance(depth, int) or depth < 1:
            raise TypeError(f"Queue depth must be a positive integer, not {depth!r}")
        self.shape = shape
        self.depth = depth
        super().__init__({
            "i": In(stream.Signature(shape)),
            "o": Out(stream.Signature(shape)),
            "level": Out(range(depth + 1)),
        })

    def elaborate(self, platform):
        m = Module()

        # Of the legal levels only a full queue's sets the top bit when the depth is a power of two.
        full = self.level[-1] if is_power_of_two(self.depth) else self.level == self.depth
        push = Signal()
        pop = Signal()
        m.d.comb += [
            self.i.ready.eq(~full),
            self.o.valid.eq(self.level != 0),
            push.eq(self.i.valid & self.i.ready),
            pop.eq(self.o.valid & self.o.ready),
        ]
        with m.If(push & ~pop):
            m.d.sync += self.level.eq(self.level + 1)
        with m.Elif(pop & ~push):
            m.d.sync += self.level.eq(self.level - 1)

        if self.depth == 1:
            stored = Signal(self.shape)
            with m.If(push):
                m.d.sync += stored.eq(self.i.payload)
            m.d.comb += self.o.payload.eq(stored)
        elif Shape.cast(self.shape).width:
            self._store(m, push, pop)
        return m

    def _store(self, m: Module, push: Signal, pop: Signal) -> None:
        m.submodules.memory = memory = Memory(shape=self.shape, depth=self.depth, init=[])
        write_port = memory.write_port()
        read_port = memory.read_port(domain="comb")
        write_pointer = Signal(range(self.depth))
        read_pointer = Signal(range(self.depth))

        with m.If(push):
            m.d.sync += write_pointer.eq(self._after(write_pointer))
        with m.If(pop):
            m.d.sync += read_pointer.eq(self._after(read_pointer))
        m.d.comb += [
            write_port.addr.eq(write_pointer),
            write_port.data.eq(self.i.payload),
            write_port.en.eq(push),
            read_port.addr.eq(read_pointer),
            self.o.payload.eq(read_port.data),
        ]

    def _after(self, pointer: Signal):
        if self.depth == 1 << len(pointer):
            return pointer + 1
        return Mux(pointer == self.depth - 1, 0, pointer + 1)
