# SPDX-License-Identifier: Apache-2.0
"""Runs of bytes at any address: which bytes of a step's words belong to the run."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig, StreamerConfig
from ..config.streamer_unit import RUN_BITS
from ..parts.piece import PieceLayout


class RunPieces(wiring.Component):
    """Divides runs among the steps of loop 0, one step per cycle.

    The first step of a run holds the bytes from the one its address names to the end of its words,
    each further one as many as its words hold, until the run is through; what is left of the steps
    holds nothing. ``piece`` and ``enable`` are combinational.

    Members
    -------
    take : ``In(1)``
        A job with runs of ``run_bytes`` bytes begins in the next cycle.
    run_bytes : ``In(24)``
    advance : ``In(1)``
        The step leaves in this cycle.
    run_end, last_run : ``In(1)``
        The step is the last of loop 0; the other loops are at their end.
    address : ``In(byte bits of a bank word)``
        Byte within channel 0's word.
    piece : ``Out(PieceLayout(bytes of a step))``
        ``last`` tells a writer's last step, and of a reader's steps the last that holds anything.
    enable : ``Out(channels)``
        Channels of whose words any byte belongs to the run.
    """

    def __init__(self, memory: MemoryConfig, config: StreamerConfig):
        if not config.byte_addressed:
            raise ValueError(f"RunPieces needs a config that is byte_addressed, not {config.byte_addressed!r}")
        self.memory, self.config = memory, config
        self.step_bytes = config.channels * memory.word_bytes
        super().__init__({
            "take": In(1),
            "run_bytes": In(RUN_BITS),
            "advance": In(1),
            "run_end": In(1),
            "last_run": In(1),
            "address": In(memory.byte_bits),
            "piece": Out(PieceLayout(self.step_bytes)),
            "enable": Out(config.channels),
        })

    def elaborate(self, platform):
        m = Module()
        whole = Signal(RUN_BITS, attrs={"hwgen_role": "configuration"})
        first, left, rest = Signal(), Signal(RUN_BITS), Signal(RUN_BITS)
        room, count, end = (Signal(range(self.step_bytes + 1), name=name) for name in ("room", "count", "end"))
        m.d.comb += [
            rest.eq(Mux(first, whole, left)),
            self.piece.lane.eq(Mux(first, self.address, 0)),
            room.eq(self.step_bytes - self.piece.lane),
            count.eq(Mux(rest < room, rest, room)),
            end.eq(self.piece.lane + count),
            self.piece.count.eq(count),
            self.piece.last.eq(self.last_run & (((count != 0) & ((rest <= room) | self.run_end)) if self.config.reads else self.run_end)),
        ]
        for c in range(self.config.channels):
            m.d.comb += self.enable[c].eq((end > c * self.memory.word_bytes) & (count != 0))
        with m.If(self.take):
            m.d.sync += [whole.eq(self.run_bytes), first.eq(1)]
        with m.Elif(self.advance):
            m.d.sync += [first.eq(self.run_end), left.eq(rest - count)]
        return m
