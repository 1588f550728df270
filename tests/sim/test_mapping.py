# SPDX-License-Identifier: Apache-2.0
"""How jobs are handed over if nobody says."""

import pytest
from hwgen.sim import mapping
from hwgen.sim.external_memory import ExternalMemory
from hwgen.sim.mapping import map_problem
from hwgen.sim.modeled_run import run_on_model

from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.problem import GemmProblem
from hwgen.config import preset
from hwgen.errors import MappingError, ToolError

TINY, FAR = preset("tiny"), ExternalMemory(latency=100)
PROBLEM = GemmProblem(12, 10, 16)


def cycles(mapped, host_config):
    return run_on_model(mapped, FAR, host_config=host_config).measures.total_cycles


def test_short_runs_do_not_fetch_descriptors():
    mapped, way = map_problem(PROBLEM, TINY, FAR)
    assert way == "shadow" and mapped.expected_cycles == cycles(mapped, "shadow") < cycles(mapped, "queue")


def test_long_runs_do(monkeypatch):
    monkeypatch.setattr(mapping, "SHORT", 100)
    mapped, way = map_problem(PROBLEM, TINY, FAR)
    assert way == "queue" and mapped.expected_cycles == cycles(mapped, "queue")


@pytest.mark.parametrize("asked", ["serial", "shadow", "queue"])
def test_what_is_asked_for_is_done(asked):
    mapped, way = map_problem(ConvProblem(5, 5, 4, 4, (3, 3)), TINY, FAR, asked)
    assert way == asked and mapped.expected_cycles == cycles(mapped, asked)


def test_without_a_model_the_estimate_decides(monkeypatch):
    def no_compiler(*_, **options):
        raise ToolError("there is no compiler")

    monkeypatch.setattr(mapping, "run_on_model", no_compiler)
    mapped, way = map_problem(PROBLEM, TINY, FAR)
    assert way == "queue" and not mapped.measured


def test_operands_in_the_scratchpad():
    assert map_problem(PROBLEM, preset("datamaestro-paper"), None)[1] == "shadow"
    with pytest.raises(MappingError, match="images in external memory need a cluster with dma"):
        map_problem(ConvProblem(5, 5, 4, 4), preset("datamaestro-paper"), None)
