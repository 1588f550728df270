# SPDX-License-Identifier: Apache-2.0
"""What jobs promise that move a known number of words: none too many, and done exactly when the last has left."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

RUNNING = "no job is done that does not run"
OWED = "no word leaves that no job owes"
EARLY = "a job is done only when all its words, and all jobs before it, have left"
LATE = "a job is done as soon as promised"


class JobFollower(wiring.Component):
    """Counts the words that jobs owe, and follows any one job to its end.

    Parameters
    ----------
    most : int
        Jobs that may run at a time.
    words : int
        Bits of all counts of words.
    slack, empty_slack : int
        Most cycles from a job's last word, from where an empty job is first, until it is done; an empty job is
        first at the earliest in the cycle after it was taken.

    Members
    -------
    taken, moved, done, pick : ``In(1)``
        A job is taken, a word leaves, a job is done; follow the job taken in this cycle, which is free.
    words : ``In``
        Words of the job that is taken.
    owed, running : ``Out``
        Words and jobs to come.
    first, finished : ``Out(1)``
        The followed job is the next to be done; it is done in this cycle.
    """

    def __init__(self, *, most: int, words: int = 6, slack: int, empty_slack: int):
        self.most, self.slack, self.empty_slack = most, slack, empty_slack
        super().__init__({
            "taken": In(1), "moved": In(1), "done": In(1), "pick": In(1), "words": In(words),
            "owed": Out(words), "running": Out(range(most + 2)), "first": Out(1), "finished": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        following, ahead, empty, behind = Signal(), Signal(range(self.most + 2)), Signal(), Signal()
        mine, left = Signal.like(self.owed), Signal.like(self.owed)
        longest = max(self.slack, self.empty_slack)
        waited, overdue = Signal(range(longest + 2)), Signal()
        m.d.sync += [
            self.owed.eq(self.owed + Mux(self.taken, self.words, 0) - self.moved),
            self.running.eq(self.running + self.taken - self.done),
        ]
        m.d.comb += [
            left.eq(mine - (self.moved & (mine != 0))),
            self.first.eq(following & (ahead == 0)),
            self.finished.eq(self.first & self.done),
            overdue.eq(self.first & (left == 0) & ~self.done),
        ]
        m.d.sync += waited.eq(Mux(overdue, waited + (waited <= longest), 0))
        with m.If(self.taken & self.pick & ~following):
            m.d.sync += [following.eq(1), ahead.eq(self.running - self.done), behind.eq(self.running != self.done), empty.eq(self.words == 0),
                         mine.eq(self.owed - self.moved + self.words)]
        with m.Elif(following):
            m.d.sync += mine.eq(left)
            with m.If(self.done):
                m.d.sync += [following.eq(ahead != 0), ahead.eq(ahead - 1)]
        m.d.comb += [
            Assert(~self.done | (self.running != 0), RUNNING),
            Assert(~self.moved | (self.owed != 0), OWED),
            Assert(~self.finished | (left == 0), EARLY),
            Assert(~overdue | (waited < Mux(empty, self.empty_slack, self.slack)), LATE),
            Cover(self.finished & empty & behind, "an empty job is done that was taken while another ran"),
            Cover(self.finished & ~empty & (waited == self.slack), "a job with words is done"),
        ]
        return m
