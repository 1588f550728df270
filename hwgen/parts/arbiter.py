# SPDX-License-Identifier: Apache-2.0
"""Who gets a memory bank this cycle: urgent ones first, and everyone now and then."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


def _check_requesters(owner: str, requesters: int) -> None:
    if not isinstance(requesters, int) or requesters < 1:
        raise TypeError(f"{owner} requesters must be a positive integer, not {requesters!r}")


class BankArbiter(wiring.Component):
    """Combinational arbiter of one memory bank.

    The requester whose turn it is wins. Without one, an urgent request wins over one that is not;
    among equals the lowest index wins. Some request is granted whenever there is one. Only turns
    make it fair: connect ``turn`` to a :class:`FairTurn`, one for all banks.

    Parameters
    ----------
    requesters : int
        Number of requesters, one or more; index 0 has the highest fixed priority.

    Members
    -------
    request : ``In(requesters)``
        Who wants the bank.
    urgent : ``In(requesters)``
        Which requests are urgent; ignored where there is no request.
    turn : ``In(requesters)``
        Whose turn it is, one-hot or zero; ignored where there is no request.
    grant : ``Out(requesters)``
        Who gets the bank, one-hot or zero, in the same cycle.

    Raises
    ------
    TypeError
        If ``requesters`` is not a positive integer.
    """

    def __init__(self, requesters: int):
        _check_requesters("Arbiter", requesters)
        self.requesters = requesters
        super().__init__({
            "request": In(requesters),
            "urgent": In(requesters),
            "turn": In(requesters),
            "grant": Out(requesters),
        })

    def elaborate(self, platform):
        m = Module()

        in_turn = Signal()
        pressing = Signal()
        candidates = Signal(self.requesters)
        everyone = (1 << self.requesters) - 1
        m.d.comb += [
            in_turn.eq((self.request & self.turn).any()),
            pressing.eq((self.request & self.urgent).any()),
            candidates.eq(self.request & Mux(in_turn, self.turn, Mux(pressing, self.urgent, everyone))),
        ]

        for index, candidate in enumerate(candidates):
            m.d.comb += self.grant[index].eq(candidate & ~candidates[:index].any())
        return m


class FairTurn(wiring.Component):
    """Gives every requester a turn, whether it asks or not.

    Every ``period`` cycles the next requester, in order of index, has its turn for one cycle. A
    requester that keeps requesting a :class:`BankArbiter` therefore waits at most
    ``period * requesters - 1`` cycles, whatever the others do. ``turn`` is a register.
    Index 0 has the first turn, in the cycle after reset.

    Parameters
    ----------
    requesters : int
        Number of requesters, one or more.
    period : int
        Cycles from one turn to the next, one or more; one is plain time slicing.

    Members
    -------
    turn : ``Out(requesters, init=1)``
        Whose turn it is, one-hot or zero.

    Raises
    ------
    TypeError
        If ``requesters`` or ``period`` is not a positive integer.
    """

    def __init__(self, requesters: int, *, period: int):
        _check_requesters("Turn", requesters)
        if not isinstance(period, int) or period < 1:
            raise TypeError(f"Turn period must be a positive integer, not {period!r}")
        self.requesters = requesters
        self.period = period
        super().__init__({"turn": Out(requesters, init=1)})

    @property
    def longest_wait(self) -> int:
        """Most cycles a standing request can stay without a grant."""
        return self.period * self.requesters - 1

    def elaborate(self, platform):
        m = Module()

        # turn[index] is high in phase index * period, so it is loaded in the phase before.
        last = self.longest_wait
        phase = Signal(range(last + 1))
        m.d.sync += phase.eq(Mux(phase == last, 0, phase + 1))
        for index in range(self.requesters):
            before = index * self.period - 1 if index else last
            m.d.sync += self.turn[index].eq(phase == before)
        return m
