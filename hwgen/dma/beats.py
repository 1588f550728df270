# SPDX-License-Identifier: Apache-2.0
"""What each beat of a burst holds of its run."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.base import bits_for
from ..config.dma import DmaConfig
from ..parts.axi import BurstLayout
from ..parts.piece import PieceLayout
from .bursts import PlannedBurst, request_of


class BeatLayout(data.StructLayout):
    """One beat.

    Members are its ``piece``; its ``address``, that of its first byte; the number of its ``job``; whether it
    begins its burst and whether it ends it; and ``burst``, how the whole burst is asked for.
    """

    def __init__(self, config: DmaConfig, count_width: int):
        super().__init__({
            "piece": PieceLayout(config.data_bytes), "address": config.address_width, "job": count_width,
            "burst_begin": 1, "burst_end": 1, "burst": BurstLayout(config.address_width)})


class BeatWalker(wiring.Component):
    """Divides bursts into beats: one per cycle, in the cycle in which the burst is there.

    Members
    -------
    i : ``In(stream.Signature(PlannedBurst(config, count_width)))``
    o : ``Out(stream.Signature(BeatLayout(config, count_width)))``
    """

    def __init__(self, config: DmaConfig, count_width: int):
        self.config, self.count_width = config, count_width
        super().__init__({
            "i": In(stream.Signature(PlannedBurst(config, count_width))),
            "o": Out(stream.Signature(BeatLayout(config, count_width))),
        })

    def elaborate(self, platform):
        m = Module()
        beat_bytes, burst = self.config.data_bytes, self.i.payload
        beat = bits_for(beat_bytes)
        further, done, left = Signal(), Signal.like(burst.bytes), Signal.like(burst.bytes)
        address = Signal(self.config.address_width)
        room, count, ends = Signal(range(beat_bytes + 1)), Signal(range(beat_bytes + 1)), Signal()
        m.d.comb += [
            left.eq(Mux(further, done, burst.bytes)),
            self.o.payload.piece.lane.eq(Mux(further, 0, burst.address[:beat])),
            room.eq(beat_bytes - self.o.payload.piece.lane),
            ends.eq(left <= room),
            count.eq(Mux(ends, left, room)),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready & ends),
            self.o.payload.piece.count.eq(count),
            self.o.payload.piece.last.eq(ends & burst.last),
            self.o.payload.address.eq(Mux(further, address, burst.address)),
            self.o.payload.job.eq(burst.job),
            self.o.payload.burst_begin.eq(~further),
            self.o.payload.burst_end.eq(ends),
            *(self.o.payload.burst[name].eq(value) for name, value in request_of(self.config, burst).items()),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [further.eq(~ends), done.eq(left - count), address.eq(self.o.payload.address + count)]
        return m
