# SPDX-License-Identifier: Apache-2.0
"""A streamer's address side with any steps at all, so that proofs of its data side need no adders."""

from amaranth import Cat, Module, Signal
from amaranth.asserts import AnySeq
from amaranth.lib.wiring import connect, flipped

from hwgen.config.streamer_unit import enable_name
from hwgen.parts.queue import Queue
from hwgen.streamer import front
from hwgen.streamer.front import JOBS_IN_FLIGHT, DataJob


class AddressFront(front.AddressFront):
    """Takes jobs and offers steps when the real one does, with accesses and numbers of steps that are free.

    That the real one is so timed is what the proof of the address generator says: a step is valid while
    the job has one left, and the next job is taken when the last one leaves. Dimension 0 alone tells
    whether a job is empty.
    """

    def elaborate(self, platform):
        m = Module()
        m.submodules.jobs = jobs = Queue(DataJob(self.memory, self.config), depth=JOBS_IN_FLIGHT)
        connect(m, flipped(self.job), jobs.o)
        walking, free, take, leave = Signal(), Signal(), Signal(), Signal()
        payload = Signal(self.step.payload.shape())
        m.d.comb += [
            free.eq(~walking | (leave & payload.last)),
            leave.eq(self.step.valid & self.step.ready),
            self.entry.ready.eq(free & jobs.i.ready),
            take.eq(self.entry.valid & self.entry.ready),
            jobs.i.valid.eq(take),
            jobs.i.payload.empty.eq(self.entry.payload.temporal_bound_0 == 0),
            jobs.i.payload.enable.eq(Cat(self.entry.payload[enable_name(extension)] for extension in self.config.extensions)),
            self.step.valid.eq(walking),
            self.step.payload.eq(payload),
        ]
        for part in (jobs.i.payload.tail, jobs.i.payload.parameters):
            m.d.comb += [part[name].eq(self.entry.payload[name]) for name, _ in part.shape()]
        with m.If(take):
            m.d.sync += walking.eq(~jobs.i.payload.empty)
        with m.Elif(leave & payload.last):
            m.d.sync += walking.eq(0)
        with m.If(take | leave):
            m.d.sync += payload.eq(AnySeq(payload.shape().size))
        return m


def with_free_steps(streamer: type) -> type:
    """A mutant of a streamer, which has a module of its own, with its address side replaced by the free one."""
    streamer.elaborate.__globals__["AddressFront"] = AddressFront
    return streamer
