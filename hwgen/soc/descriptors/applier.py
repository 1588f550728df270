# SPDX-License-Identifier: Apache-2.0
"""Writes registers and pushes entries, as whole descriptors ask for."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ...config import ClusterConfig
from ...config.base import bits_for
from ...config.register_map import WORD_BYTES, RegisterMap
from ...config.registers import REGISTER_BITS
from .layouts import CAUSE_BITS, FAILURE_LAYOUT, Act, ItemLayout

ERROR_LAYOUT = data.StructLayout({"cause": CAUSE_BITS, "number": REGISTER_BITS})
"""Why a descriptor, counted from 0, was refused."""


class DescriptorApplier(wiring.Component):
    """Takes one item per cycle; a push waits until its unit's queue has room.

    At a failure it stops until a resume that comes after the error was taken, and then goes on with the
    next descriptor, or asks for a restart where nobody knows where that is.

    Members
    -------
    i : ``In(stream.Signature(ItemLayout(registers)))``
    write : ``Out(stream.Signature({address, data}))``
        Byte address and value; legal.
    restore, push : ``Out(units)``
        A unit's registers take their reset values, before a write in the same cycle; its entry is pushed.
    room : ``In(units)``
        Units whose queues have room.
    error : ``Out(stream.Signature(ERROR_LAYOUT))``
    resume : ``In(1)``
    flush : ``In(1)``
        Drop all that was announced.
    tail : ``In(32)``
    head : ``Out(32)``
        Words of descriptors done with.
    count : ``Out(32)``
        Descriptors done with.
    restart : ``Out(1)``
        Everything announced is dropped; high in the cycle of ``resume`` or ``flush``.
    """

    def __init__(self, config: ClusterConfig):
        self.map = RegisterMap(config)
        units = len(self.map.units)
        super().__init__({
            "i": In(stream.Signature(ItemLayout(self.map))),
            "write": Out(stream.Signature(data.StructLayout({"address": bits_for(self.map.window_base), "data": REGISTER_BITS}))),
            "restore": Out(units),
            "push": Out(units),
            "room": In(units),
            "error": Out(stream.Signature(ERROR_LAYOUT)),
            "resume": In(1),
            "flush": In(1),
            "tail": In(REGISTER_BITS),
            "head": Out(REGISTER_BITS),
            "count": Out(REGISTER_BITS),
            "restart": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        item, failure = self.i.payload, FAILURE_LAYOUT(self.i.payload.data[:FAILURE_LAYOUT.size])
        restored, reported, done, passed = Signal(), Signal(), Signal(), Signal()
        unit = Signal(len(self.push))
        m.d.comb += [
            unit.eq(1 << item.unit),
            self.write.payload.address.eq(item.address << bits_for(WORD_BYTES)),
            self.write.payload.data.eq(item.data),
            self.error.payload.cause.eq(failure.cause),
            self.error.payload.number.eq(self.count),
            self.restart.eq(self.flush | passed & failure.fatal),
            self.i.ready.eq(done | passed),
        ]
        with m.If(self.i.valid):
            with m.Switch(item.act):
                with m.Case(Act.WRITE):
                    m.d.comb += [
                        self.write.valid.eq(1),
                        done.eq(self.write.ready),
                        self.restore.eq(Mux(self.write.ready & item.restore, unit, 0)),
                    ]
                with m.Case(Act.PUSH):
                    # A push takes what the registers hold, so a restore comes a cycle before.
                    with m.If(item.restore & ~restored):
                        m.d.comb += self.restore.eq(unit)
                        m.d.sync += restored.eq(1)
                    with m.Elif((self.room & unit).any()):
                        m.d.comb += [self.push.eq(unit), done.eq(1)]
                        m.d.sync += restored.eq(0)
                with m.Case(Act.END):
                    with m.If(failure.cause == 0):
                        m.d.comb += done.eq(1)
                    with m.Elif(~reported):
                        m.d.comb += self.error.valid.eq(1)
                        m.d.sync += reported.eq(self.error.ready)
                    with m.Elif(self.resume):
                        m.d.comb += passed.eq(1)
                        m.d.sync += reported.eq(0)
        with m.If((done | passed) & (item.act == Act.END)):
            m.d.sync += [self.head.eq(self.head + failure.length), self.count.eq(self.count + 1)]
        with m.If(self.restart):
            m.d.sync += [self.head.eq(self.tail), restored.eq(0), reported.eq(0)]
        return m
