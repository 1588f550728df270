# SPDX-License-Identifier: Apache-2.0
"""Takes the quantizer's jobs and counts their tiles; knows nothing of the data."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config.registers import Unit
from ..parts.job import JobSignature, entry_layout
from ..parts.queue import Queue

JOBS_AHEAD = 2
"""Jobs that may wait here; with fewer, ``entry.ready`` could not both keep up with one tile a job and be a register."""


class JobSequencer(wiring.Component):
    """Holds the current job's tile count and the jobs in waiting, so that jobs follow without a bubble.

    An empty job waits until every tile before it has left, and is then done.

    Parameters
    ----------
    unit : Unit
        Describes the entry; its field ``tiles`` is counted here.

    Members
    -------
    job : ``Out(JobSignature(unit))``
        ``done`` comes one cycle after the job's last tile was reported by ``finished``.
    permit : ``Out(1)``
        A job wants a tile. Depends on registers only.
    take : ``In(1)``
        A tile is taken; only while ``permit``.
    first, final : ``Out(1)``
        Whether the tile that may be taken is its job's first or last; meaningful while ``permit``.
    next : ``Out(entry_layout(unit))``
        Fields of the job whose first tile may be taken; meaningful while ``permit & first``.
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
            "permit": Out(1),
            "take": In(1),
            "first": Out(1),
            "final": Out(1),
            "next": Out(entry_layout(unit)),
            "drained": In(1),
            "finished": In(1),
            "active": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        # Whether a job has tiles at all is found out on the way in, off the path to ``permit``.
        waiting_layout = data.StructLayout({"some": 1, "fields": self.next.shape()})
        m.submodules.waiting = waiting = Queue(waiting_layout, depth=JOBS_AHEAD)
        entry, head = self.job.entry, waiting.o
        more = Signal()  # the current job has tiles to take
        width = len(self.next.tiles)
        remaining = Signal(width, reset_less=True)
        left, retire = Signal(width), Signal()

        m.d.comb += [
            waiting.i.payload.fields.eq(entry.payload),
            waiting.i.payload.some.eq(entry.payload.tiles.any()),
            waiting.i.valid.eq(entry.valid),
            entry.ready.eq(waiting.i.ready),
            self.next.eq(head.payload.fields),
            self.permit.eq(more | (head.valid & head.payload.some)),
            self.first.eq(~more),
            left.eq(Mux(more, remaining, self.next.tiles)),
            self.final.eq(left == 1),
            retire.eq(head.valid & ~head.payload.some & ~more & self.drained),
            head.ready.eq((self.take & self.first) | retire),
            self.active.eq(head.valid | more | ~self.drained),
        ]
        m.d.sync += self.job.done.eq(self.finished | retire)
        with m.If(self.take):
            m.d.sync += [remaining.eq(left - 1), more.eq(~self.final)]
        return m
