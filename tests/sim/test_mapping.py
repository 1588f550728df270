# SPDX-License-Identifier: Apache-2.0
"""How jobs are handed over if nobody says."""

import pytest
from hwgen.sim import host_config, mapping
from hwgen.sim.external_memory import ExternalMemory
from hwgen.sim.mapping import FEW_WORDS, MANY_WORDS, map_problem
from hwgen.sim.modeled_run import run_on_model

from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.descriptors import DescriptorWriter
from hwgen.compiler.problem import GemmProblem
from hwgen.config import preset
from hwgen.config.register_map import RegisterMap
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


@pytest.mark.parametrize("room, way", [(20, "queue"), (12, "queue"), (9, "shadow"), (3, "shadow")])
def test_without_room_for_descriptors_registers_are_written(room, way, monkeypatch):
    """Few enough for sure, counted, and too many for sure."""
    monkeypatch.setattr(mapping, "run_on_model", lambda *_, **options: (_ for _ in ()).throw(ToolError("there is no compiler")))
    for module in (mapping, host_config):
        monkeypatch.setattr(module, "LARGEST_RING", room)
    mapped, chosen = map_problem(GemmProblem(30, 30, 30), TINY, FAR)
    words = DescriptorWriter(RegisterMap(TINY))
    words.forget()
    needed = sum(len(words.encode(job)) for job in mapped.jobs(mapped.place()))
    assert chosen == way and (needed <= 1 << room) == (way == "queue")
    assert FEW_WORDS * mapped.phases <= needed <= MANY_WORDS * mapped.phases
