# SPDX-License-Identifier: Apache-2.0
"""Of mappings that look alike the fastest is taken, within a budget of cycles."""

from dataclasses import dataclass

import pytest
from hwgen.sim.external_memory import ExternalMemory
from hwgen.sim.external_run import external_timing
from hwgen.sim.modeled_run import run_on_model

from hwgen.compiler import selection
from hwgen.compiler.conv.plan import plan_conv
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.selection import fastest
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.config import preset
from hwgen.errors import ToolError


@dataclass(frozen=True)
class Mapping:
    expected_cycles: int
    takes: int
    measured: bool = False
    phases: int = 1


def chosen(*mappings, fails=()):
    """The mapping taken, and those measured."""
    seen = []

    def measure(mapping):
        seen.append(mapping.takes)
        if mapping.takes in fails:
            raise ToolError("the model does not know it")
        return mapping.takes

    return fastest([Mapping(*one) for one in mappings], measure), seen


def test_the_fastest_is_taken():
    found, seen = chosen((1000, 1200), (1010, 1100), (1020, 1150))
    assert found == Mapping(1100, 1100, measured=True) and seen == [1200, 1100, 1150]


def test_of_equals_the_first():
    assert chosen((1000, 1200), (1001, 1200))[0].takes == 1200 and chosen((1000, 7), (1000, 7))[0] == Mapping(7, 7, measured=True)


def test_what_looks_much_worse_is_not_measured():
    assert chosen((1000, 1200), (1100, 900))[1] == [1200]


def test_no_more_than_a_budget_is_measured(monkeypatch):
    monkeypatch.setattr(selection, "CYCLES", 5000)
    assert chosen(*[(1000, 1500 + i) for i in range(9)])[1] == [1500, 1501, 1502]
    found, seen = chosen((3000, 1), (3000, 2))
    assert found == Mapping(3000, 1) and seen == []
    monkeypatch.setattr(selection, "CYCLES", 10**9)
    assert len(chosen(*[(1000, 1000)] * 99)[1]) == selection.TRIED


def test_no_more_phases_than_a_budget_are_laid_out(monkeypatch):
    monkeypatch.setattr(selection, "PHASES", 100)
    assert chosen((1000, 1, False, 51), (1000, 2)) == (Mapping(1000, 1, phases=51), [])
    assert chosen((1000, 5, False, 50), (1000, 4, False, 51), (1000, 3, False, 50), (1000, 2))[1] == [5, 3]


def test_what_cannot_be_measured():
    """All of them, or some; or nothing is there to measure with."""
    assert chosen((1000, 1), (1000, 2), fails=(1, 2)) == (Mapping(1000, 1), [1])
    assert chosen((1000, 9), (1000, 2), (1000, 8), fails=(2,))[0].takes == 8
    assert fastest(iter([Mapping(5, 1), Mapping(6, 2)]), None) == Mapping(5, 1)


@pytest.mark.parametrize("make, problem", [
    (plan_tiled, GemmProblem(30, 22, 70, out_type="int8")),
    (plan_conv, ConvProblem(9, 9, 4, 8, (3, 3), (2, 2), (1, 1, 1, 1), out_type="int8")),
])
def test_mappings_are_no_slower_than_without(make, problem):
    config, external = preset("tiny"), ExternalMemory(latency=100)

    def measure(plan):
        return run_on_model(plan, external, host_config="queue").measures.total_cycles

    estimated, measured = (make(problem, config, external_timing(config, external), how) for how in (None, measure))
    assert measured.measured and not estimated.measured
    assert measured.expected_cycles == measure(measured) <= measure(estimated)
