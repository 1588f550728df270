# SPDX-License-Identifier: Apache-2.0
"""The bank arbiter with its turns, proved for all time: nobody starves and no cycle is wasted."""

import pytest
from amaranth import Module, Mux, Signal
from amaranth.asserts import AnyConst
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.formal import mutant, prove, refute

from hwgen.parts.arbiter import BankArbiter, FairTurn


class ArbiterSpec(wiring.Component):
    """Any requests, urgent or not, every cycle; one requester, any one, is watched while it waits.

    ``lemmas`` adds assertions that tie arbiter and turns together; induction needs them.
    """

    def __init__(self, arbiter, turns, *, lemmas=True):
        self.lemmas = lemmas
        self.arbiter = arbiter
        self.turns = turns
        self.requesters = arbiter.requesters
        super().__init__({"request": In(self.requesters), "urgent": In(self.requesters)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.arbiter = arbiter = self.arbiter
        m.submodules.turns = turns = self.turns
        request, urgent, turn, grant = self.request, self.urgent, turns.turn, arbiter.grant
        in_turn = (turn & request).any()
        m.d.comb += [
            arbiter.request.eq(request),
            arbiter.urgent.eq(urgent),
            arbiter.turn.eq(turn),
            Assert(grant & (grant - 1) == 0, "at most one grant"),
            Assert(grant & ~request == 0, "only requests are granted"),
            Assert(grant.any() == request.any(), "some request is granted whenever there is one"),
            Assert(in_turn | ~(request & urgent).any() | (grant & urgent).any(), "urgent ones come next"),
            Cover(in_turn & (urgent & request & ~turn).any(), "a turn beats an urgent request"),
            Cover((grant & urgent).any() & (request & ~urgent & (grant - 1)).any(), "urgency beats priority"),
        ]
        self._no_starvation(m)
        return m

    def _no_starvation(self, m):
        longest_wait = self.turns.longest_wait
        watched = AnyConst(range(self.requesters))
        waits = Signal()
        waited = Signal(range(longest_wait + 2))
        with m.If(waits):
            m.d.sync += waited.eq(waited + 1)
        with m.Else():
            m.d.sync += waited.eq(0)

        m.d.comb += [
            Assume(watched < self.requesters, "one of the requesters is watched"),
            waits.eq((self.request & ~self.arbiter.grant).bit_select(watched, 1)),
            Assert(~waits | (waited < longest_wait), "nobody waits longer than the longest wait"),
            Cover(~waits & (waited == longest_wait), "the longest wait occurs"),
        ]
        if self.lemmas:
            self._lemmas(m, watched, waited)

    def _lemmas(self, m, watched, waited):
        period, longest_wait = self.turns.period, self.turns.longest_wait
        request, turn = self.request, self.turns.turn
        phase = Signal(range(longest_wait + 1))
        m.d.sync += phase.eq(Mux(phase == longest_wait, 0, phase + 1))
        m.d.comb += Assert(phase <= longest_wait, "the phase wraps")
        for index in range(self.requesters):
            m.d.comb += Assert(turn[index] == (phase == index * period), f"turn {index} comes on time")

        own_phase = Signal(range(longest_wait + 1))
        until_turn = Signal(range(longest_wait + 1))
        m.d.comb += [
            own_phase.eq(watched * period),
            until_turn.eq(Mux(own_phase >= phase, own_phase - phase, own_phase - phase + longest_wait + 1)),
            Assert(waited + until_turn <= longest_wait, "who waits has not missed its turn"),
            Assert(~(turn & request).any() | (self.arbiter.grant == turn & request), "a requester in its turn wins"),
        ]


SIZES = [(2, 1), (3, 4), (6, 8), (8, 4)]


@pytest.mark.parametrize(("requesters", "period"), SIZES)
def test_nobody_starves(requesters, period):
    spec = ArbiterSpec(BankArbiter(requesters), FairTurn(requesters, period=period))
    # In one period of the induction a turn ties the counter to the spec's, in one round the counter wraps.
    prove(spec, depth=period + 2, cover_depth=2 * requesters * period + 1)


WAIT = "nobody waits longer than the longest wait"
WORK = "some request is granted whenever there is one"
ARBITER_BUGS = {
    "ignores turns": (WAIT, "(candidate & ~some_due) | mine", "candidate"),
    "keeps the bank for absent ones": (WORK, "Mux(turn, request, 0)", "Mux(turn, ~0, 0)"),
    "believes absent ones urgent": (WORK, "request & urgent)", "urgent)"),
    "grants two": ("at most one grant", "candidate & ~before)", "candidate)"),
    "grants without request": ("only requests are granted", "press | (request & ~some_press)", "press | ~some_press"),
    "ignores urgency": ("urgent ones come next", "press | (request & ~some_press)", "request"),
}
TURN_BUGS = {
    "takes too long": (WAIT, "Mux(phase == last, 0,", "Mux(phase == last + 1, 0,"),
    "skips the last": (WAIT, "for index in range(self.requesters)", "for index in range(self.requesters - 1)"),
    "never changes": (WAIT, "index * self.period - 1 if index else last", "last"),
}


@pytest.mark.parametrize("bug", ARBITER_BUGS)
def test_proof_catches_arbiter_that(bug):
    broken, *change = ARBITER_BUGS[bug]
    turns = FairTurn(3, period=4)
    refute(ArbiterSpec(mutant(BankArbiter, *change)(3), turns, lemmas=False), broken, depth=30)


@pytest.mark.parametrize("bug", TURN_BUGS)
def test_proof_catches_turn_that(bug):
    broken, *change = TURN_BUGS[bug]
    turns = mutant(FairTurn, *change)(3, period=4)
    refute(ArbiterSpec(BankArbiter(3), turns, lemmas=False), broken, depth=30)


def test_proof_catches_turn_that_comes_late_after_reset():
    turns = mutant(FairTurn, '{"turn": Out(requesters, init=1)}', '{"turn": Out(requesters)}')(3, period=1)
    refute(ArbiterSpec(BankArbiter(3), turns, lemmas=False), WAIT, depth=8)
