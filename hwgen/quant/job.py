# SPDX-License-Identifier: Apache-2.0
"""Takes the quantizer's jobs and counts their tiles; knows nothing of the data."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config.registers import Unit
from ..parts.job import JobSignature


class JobSequencer(wiring.Component):
    """Holds the current job's tile count and one job in waiting, so that jobs follow without a bubble.

    An empty job waits until every tile before it has left, and is then done.

    Parameters
    ----------
    unit : Unit
        Describes the entry; its field ``tiles`` is counted here.

    Members
    -------
    job : ``Out(JobSignature(unit))``
        ``done`` comes one cycle after the job's last tile was reported by ``finished``.
    load : ``Out(1)``
        The entry is taken; whoever needs other fields stores them now.
    releases : ``In(1)``
        The former job's parameters need not be held any longer, from the next cycle on.
    permit : ``Out(1)``
        A job wants a tile. Depends on registers only.
    take : ``In(1)``
        A tile is taken; only while ``permit``.
    first, final : ``Out(1)``
        Whether the tile that may be taken is its job's first or last; meaningful while ``permit``.
    drained : ``In(1)``
        No tile is in flight.
    finished : ``In(1)``
        A job's last tile has left.
    active : ``Out(1)``
        A job was taken whose last tile has not left.
    """

    def __init__(self, unit: Unit):
        if not isinstance(unit, Unit):
            raise TypeError(f"Job sequencer needs a Unit, not {unit!r}")
        super().__init__({
            "job": Out(JobSignature(unit)),
            "load": Out(1),
            "releases": In(1),
            "permit": Out(1),
            "take": In(1),
            "first": Out(1),
            "final": Out(1),
            "drained": In(1),
            "finished": In(1),
            "active": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        entry = self.job.entry
        waiting, empty = Signal(), Signal()  # a job with tiles, or without, is held but not started
        more = Signal()                      # the current job has tiles to take
        width = len(entry.payload.tiles)
        tiles = Signal(width, reset_less=True, attrs={"hwgen_role": "configuration"})
        remaining = Signal(width, reset_less=True)
        left, retire = Signal(width), Signal()

        m.d.comb += [
            entry.ready.eq(~waiting & ~empty & self.releases),
            self.load.eq(entry.valid & entry.ready),
            self.permit.eq(more | waiting),
            self.first.eq(~more),
            left.eq(Mux(more, remaining, tiles)),
            self.final.eq(left == 1),
            retire.eq(empty & ~more & self.drained),
            self.active.eq(waiting | empty | more | ~self.drained),
        ]
        m.d.sync += self.job.done.eq(self.finished | retire)

        with m.If(self.take):
            m.d.sync += [remaining.eq(left - 1), more.eq(~self.final)]
            with m.If(self.first):
                m.d.sync += waiting.eq(0)
        with m.If(retire):
            m.d.sync += empty.eq(0)
        with m.If(self.load):
            some = entry.payload.tiles.any()
            m.d.sync += [tiles.eq(entry.payload.tiles), waiting.eq(some), empty.eq(~some)]
        return m
