# SPDX-License-Identifier: Apache-2.0
"""The proof runner and the stream checkers themselves: they notice what they are there to notice."""

import pytest
from amaranth import Module, Signal, unsigned
from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In
from support import formal
from support.checker import HandshakeChecker
from support.formal import ProofError, mutant, prove, refute
from support.streams import collect, drive, simulate

from hwgen.errors import ToolError
from hwgen.parts.queue import Queue


class Counter(wiring.Component):
    """Counts to 5 while enabled; with the given extra statements about the count."""

    enable: In(1)

    def __init__(self, *checks):
        super().__init__()
        self.count = Signal(4)
        self.checks = checks

    def elaborate(self, platform):
        m = Module()
        with m.If(self.enable & (self.count != 5)):
            m.d.sync += self.count.eq(self.count + 1)
        m.d.comb += [check(self.count) for check in self.checks]
        return m


def bounded(count):
    return Assert(count <= 5, "at most five")


def reaches_five(count):
    return Cover(count == 5, "reaches five")


def test_holds():
    prove(Counter(bounded, reaches_five), depth=8)


def test_failure_names_the_promise_and_shows_the_trace():
    with pytest.raises(ProofError, match=r"(?s)Counter should hold: FAIL.*failed: below three.*count +0  1  2  3"):
        prove(Counter(lambda count: Assert(count < 3, "below three"), reaches_five), depth=8)


def test_induction_failure_is_a_failure():
    with pytest.raises(ProofError, match="Counter should hold: UNKNOWN"):
        prove(Counter(lambda count: Assert(count != 10, "never ten"), reaches_five), depth=3)


def test_cover_out_of_reach_is_a_failure():
    with pytest.raises(ProofError, match="should reach 'reaches six'"):
        prove(Counter(bounded, reaches_five, lambda count: Cover(count == 6, "reaches six")), depth=8)


def test_assumption_that_excludes_everything_is_a_failure():
    with pytest.raises(ProofError, match="should reach 'reaches five'"):
        prove(Counter(bounded, reaches_five, lambda count: Assume(count < 2, "low")), depth=8)


@pytest.mark.parametrize(("missing", "check"), [("assert", reaches_five), ("cover", bounded)])
def test_needs_assertions_and_covers(missing, check):
    with pytest.raises(ProofError, match=f"Counter has no {missing} statement"):
        prove(Counter(check), depth=8)


def test_needs_messages():
    with pytest.raises(ProofError, match="Counter has a check without a message"):
        prove(Counter(lambda count: Assert(count <= 5)), depth=8)


def test_refute_needs_the_named_failure():
    with pytest.raises(ProofError, match="should break 'at most five'"):
        refute(Counter(bounded), "at most five", depth=8)
    refute(Counter(lambda count: Assert(count < 3, "below three")), "below three", depth=8)


def test_missing_tool_is_named(monkeypatch):
    monkeypatch.setattr(formal, "SOLVERS", {"yices": "no-such-solver"})
    with pytest.raises(ToolError, match="formal proofs need no-such-solver"):
        prove(Counter(bounded, reaches_five), depth=8)


def test_mutant_replaces_one_place():
    assert mutant(Queue, "Latency is one cycle", "Latency is two")(8, depth=2).depth == 2
    with pytest.raises(ValueError, match="text that occurs once in hwgen.parts.queue, not 'depth'"):
        mutant(Queue, "depth", "width")


class StreamSpec(wiring.Component):
    """A free stream held to the rules by an assertion, and with ``assume`` also by an assumption."""

    i: In(stream.Signature(2))

    def __init__(self, *, assume):
        super().__init__()
        self.assume = assume

    def elaborate(self, platform):
        m = Module()
        m.submodules.asserted = asserted = HandshakeChecker(2)
        m.d.comb += [*asserted.watch(self.i), self.i.ready.eq(AnySeq(1))]
        if self.assume:
            m.submodules.assumed = assumed = HandshakeChecker(2, assume=True)
            m.d.comb += assumed.watch(self.i)
        waited = Signal()
        m.d.sync += waited.eq(self.i.valid & ~self.i.ready)
        m.d.comb += Cover(waited & self.i.ready & (self.i.payload == 2), "a word waits and is taken")
        return m


def test_checker_in_proofs():
    prove(StreamSpec(assume=True), depth=4)
    refute(StreamSpec(assume=False), "asserted: valid stays until the payload is taken", depth=4)


def test_checker_accepts_a_queue_in_simulation():
    m = Module()
    m.submodules.queue = queue = Queue(unsigned(8), depth=2)
    m.submodules.checker = checker = HandshakeChecker(unsigned(8))
    m.d.comb += checker.watch(queue.o)
    received = []
    simulate(m, drive(queue.i, range(50), idle=0.3), collect(queue.o, received, 50, stall=0.5))
    assert received == list(range(50))


@pytest.mark.parametrize(("cycles", "broken"), [  # valid, ready, payload in each cycle
    ([(1, 0, 3), (1, 0, 3), (1, 1, 3), (0, 0, 4), (1, 1, 5), (1, 0, 6), (1, 1, 6)], None),
    ([(0, 1, 3), (0, 0, 4), (1, 1, 5)], None),
    ([(1, 0, 3), (0, 0, 3), (0, 0, 0)], "valid stays until the payload is taken"),
    ([(1, 0, 3), (1, 1, 4), (0, 0, 0)], "payload holds until it is taken"),
])
def test_checker_in_simulation(cycles, broken):
    checker = HandshakeChecker(unsigned(8))
    breaches = []

    async def bench(ctx):
        for valid, ready, payload in cycles:
            ctx.set(checker.valid, 1 - valid)  # passing through a breach within a cycle is none
            ctx.set(checker.payload, 0)
            ctx.set(checker.valid, valid)
            ctx.set(checker.ready, ready)
            ctx.set(checker.payload, payload)
            breaches.append(ctx.get(checker.breach))
            await ctx.tick()

    if broken:
        with pytest.raises(AssertionError, match=broken):
            simulate(checker, bench)
    else:
        simulate(checker, bench)
    assert any(breaches) == bool(broken)
