# SPDX-License-Identifier: Apache-2.0
"""Who gets a memory bank this cycle: urgent ones first, and everyone now and then."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


def _check_requesters(owner: str, requesters: int) -> None:
    if not isinstance(requesters, int) or requesters < 1:
        raise TypeError(f"{owner} requesters must be a positive integer, not {requesters!r}")


def arbitrate(m: Module, name: str, requests: list, urgents: list, turns: list | None = None) -> list:
    """Grants of the `BankArbiter` for many banks at a time, one bit of every vector for each bank.

    Parameters
    ----------
    m : Module
        Where the logic goes.
    name : str
        Prefix of its signals.
    requests, urgents : list of Value, by requester
        Who wants which bank, and whose requests are urgent; vectors of equal width.
    turns : list of Value, by requester, optional
        Whose turn it is, one bit each, at all banks. Nobody's if left out.

    Returns
    -------
    list of Signal, by requester
        One-hot or zero in each bit position.
    """
    banks = len(requests[0])

    def vector(label, value):
        signal = Signal(banks, name=f"{name}_{label}")
        m.d.comb += signal.eq(value)
        return signal

    def one_of(values):
        total = values[0]
        for value in values[1:]:
            total |= value
        return total

    pressing = [vector(f"pressing_{i}", request & urgent) for i, (request, urgent) in enumerate(zip(requests, urgents, strict=True))]
    some_press = vector("some_press", one_of(pressing))
    candidates = [vector(f"candidate_{i}", press | (request & ~some_press))
                  for i, (press, request) in enumerate(zip(pressing, requests, strict=True))]
    if turns is not None:
        due = [vector(f"due_{i}", Mux(turn, request, 0)) for i, (request, turn) in enumerate(zip(requests, turns, strict=True))]
        some_due = vector("some_due", one_of(due))
        candidates = [vector(f"chosen_{i}", (candidate & ~some_due) | mine)
                      for i, (candidate, mine) in enumerate(zip(candidates, due, strict=True))]
    grants = []
    for i, candidate in enumerate(candidates):
        before = one_of(candidates[:i]) if i else None
        grants.append(vector(f"grant_{i}", candidate if before is None else candidate & ~before))
    return grants


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

        grants = arbitrate(m, "arbiter", list(self.request), list(self.urgent), list(self.turn))
        m.d.comb += self.grant.eq(Cat(grants))
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
