# SPDX-License-Identifier: Apache-2.0
"""From runs of bytes to bursts of the external port, one per cycle."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.base import bits_for
from ..config.dma import BURST_BOUNDARY, DmaConfig
from ..config.streamer_unit import RUN_BITS
from ..parts.axi import LENGTH_BITS


class RunLayout(data.StructLayout):
    """Bytes that lie one after the other from ``address`` on; ``last`` ends a copy, ``job`` is its number."""

    def __init__(self, config: DmaConfig, count_width: int):
        super().__init__({"address": config.address_width, "bytes": RUN_BITS, "last": 1, "job": count_width})


class PlannedBurst(data.StructLayout):
    """What must be known of a burst until it is answered: first byte, bytes, number of the job, whether it ends it."""

    def __init__(self, config: DmaConfig, count_width: int):
        super().__init__({
            "address": config.address_width, "bytes": range(burst_bytes(config) + 1), "last": 1, "job": count_width})


def burst_bytes(config: DmaConfig) -> int:
    """No burst crosses a multiple of this many bytes: of 4 KiB, and of what 256 beats hold."""
    return min(BURST_BOUNDARY, config.data_bytes << LENGTH_BITS)


def request_of(config: DmaConfig, burst):
    """The burst as it is asked for on the bus: whole beats that hold its bytes."""
    beat = bits_for(config.data_bytes)
    reach = (burst.address[:beat] + burst.bytes + (config.data_bytes - 1))[beat:]
    return {"address": Cat(Const(0, beat), burst.address[beat:]), "length": (reach - 1)[:LENGTH_BITS]}


class BurstSplitter(wiring.Component):
    """Cuts runs at the boundaries that bursts must not cross.

    A burst leaves in every cycle, two cycles after its run was taken; runs follow each other without a gap.

    Members
    -------
    i : ``In(stream.Signature(RunLayout(config, count_width)))``
        A run of no bytes has no burst.
    o : ``Out(stream.Signature(PlannedBurst(config, count_width)))``
    """

    def __init__(self, config: DmaConfig, count_width: int):
        self.config, self.count_width = config, count_width
        super().__init__({
            "i": In(stream.Signature(RunLayout(config, count_width))),
            "o": Out(stream.Signature(PlannedBurst(config, count_width))),
        })

    def elaborate(self, platform):
        m = Module()
        limit = burst_bytes(self.config)
        inner = bits_for(limit)

        # What is left of the run.
        run, busy = Signal.like(self.i.payload), Signal()
        room, count, ends, moves = Signal(range(limit + 1)), Signal(range(limit + 1)), Signal(), Signal()
        m.d.comb += [
            room.eq(limit - run.address[:inner]),
            ends.eq(run.bytes <= room),
            count.eq(Mux(ends, run.bytes, room)),
            self.i.ready.eq(~busy | (moves & ends)),
        ]
        with m.If(self.i.ready):
            m.d.sync += [run.eq(self.i.payload), busy.eq(self.i.valid & (self.i.payload.bytes != 0))]
        with m.Elif(moves):
            m.d.sync += [run.address[inner:].eq(run.address[inner:] + 1), run.address[:inner].eq(0), run.bytes.eq(run.bytes - count)]

        planned, valid = Signal.like(self.o.payload), Signal()
        m.d.comb += [
            moves.eq(busy & (~valid | self.o.ready)),
            self.o.valid.eq(valid),
            self.o.payload.eq(planned),
        ]
        with m.If(~valid | self.o.ready):
            m.d.sync += [
                valid.eq(busy),
                planned.address.eq(run.address), planned.bytes.eq(count),
                planned.last.eq(run.last & ends), planned.job.eq(run.job),
            ]
        return m
