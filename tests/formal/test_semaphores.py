# SPDX-License-Identifier: Apache-2.0
"""Semaphores, proved for all time: nothing lost, none below zero or above its width, nobody passed over who can be served."""

import pytest
from amaranth import Array, Cat, Module, Mux, Signal
from amaranth.asserts import AnyConst
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.formal import mutant, prove, refute
from support.soc import with_jobs

from hwgen.soc.semaphores import Semaphores

UNITS = 2
SUM = "a semaphore holds what was added and not taken"
ROOM = "no semaphore gives more than it has or takes more than fits"
SERVED = "a request is served if it can be and none before it can"


class SemaphoreSpec(wiring.Component):
    """Any requests, which may come and go as they like; one semaphore, any one, is followed in wide numbers."""

    def __init__(self, dut):
        self.dut = dut
        jobs = dut.config.jobs
        self.count, self.width = jobs.semaphores, jobs.semaphore_width
        shape = dut.host.payload.shape()
        super().__init__({
            "valid": In(2 * UNITS + 1), "request": In(shape).array(2 * UNITS + 1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.semaphores = dut = self.dut
        takers, adders = list(dut.acquire), [dut.host, *dut.signal]
        for i, port in enumerate([*takers, *adders]):
            m.d.comb += [
                port.valid.eq(self.valid[i]), port.payload.eq(self.request[i]),
                Assume(self.request[i].semaphore < self.count, "requests name a semaphore there is"),
            ]
        watched = AnyConst(range(self.count)) if self.count > 1 else 0
        wide = self.width + 2
        value, now, added, taken = (Signal(wide, name=name) for name in ("value", "now", "added", "taken"))

        def served(ports, name):
            """Sum of what the served ones among ``ports`` move at the watched semaphore."""
            terms = [Mux(p.valid & p.ready & (p.payload.semaphore == watched), p.payload.amount, 0) for p in ports]
            return sum(terms[1:], terms[0])

        m.d.comb += [
            Assume(watched < self.count, "one of the semaphores is followed") if self.count > 1 else [],
            now.eq(Array(dut.values[s] for s in range(self.count))[watched]),
            added.eq(served(adders, "add")), taken.eq(served(takers, "take")),
            Assert(now == value, SUM),
            Assert((taken <= value) & (value + added < 1 << self.width), ROOM),
        ]
        m.d.sync += value.eq(value + added - taken)
        for name, ports in (("take", takers), ("add", adders)):
            earlier = Cat()
            for i, port in enumerate(ports):
                held, possible = Signal(self.width, name=f"{name}_{i}_held"), Signal(name=f"{name}_{i}_possible")
                amount = port.payload.amount
                m.d.comb += [
                    held.eq(Array(dut.values[s] for s in range(self.count))[port.payload.semaphore]),
                    possible.eq(port.valid & (amount <= held if name == "take" else held + amount < 1 << self.width)),
                    Assert((port.valid & port.ready) == (possible & ~earlier.any()), SERVED),
                    Cover(port.valid & port.ready & (amount == 2), f"request {i} to {name} is served"),
                ]
                earlier = Cat(earlier, possible)
        m.d.comb += [
            Cover((added != 0) & (taken != 0) & (taken == value), "all is taken while more is added"),
            Cover(value == (1 << self.width) - 1, "a semaphore is full"),
        ]
        return m


def spec(kind, count=3, width=4):
    return SemaphoreSpec(kind(with_jobs(semaphores=count, semaphore_width=width), UNITS))


@pytest.mark.parametrize(("count", "width"), [(1, 4), (3, 4), (8, 6)])
def test_nothing_is_lost(count, width):
    prove(spec(Semaphores, count, width), depth=2, cover_depth=4)


BUGS = {
    "serves two at a time": (SERVED, "served.eq(can & free)", "served.eq(can)"),
    "lets one that cannot be served stand in the way": (SERVED, "left.eq(free & ~can)", "left.eq(free & ~request.valid)"),
    "gives more than it has": (ROOM, "value >= amount", "1"),
    "keeps the last one": (SERVED, "value >= amount", "value > amount"),
    "takes more than fits": (ROOM, "~(value + amount)[width]", "1"),
    "loses what is added while some is taken": (SUM, "self.values[s] + plus - minus", "Mux(minus.any(), self.values[s] - minus, self.values[s] + plus)"),
    "adds to all semaphores": (SUM, "with m.If(added.semaphore == s):", "with m.If(1):"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_semaphores_that(bug):
    broken, *change = BUGS[bug]
    kind = mutant(Semaphores, *change)
    kind.elaborate.__globals__["Mux"] = Mux
    refute(spec(kind), broken, depth=5)
