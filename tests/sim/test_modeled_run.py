# SPDX-License-Identifier: Apache-2.0
"""Problems on the cycle model: how long it has patience, and what no run can beat."""

from dataclasses import replace

import pytest
from hwgen.sim import external_run
from hwgen.sim.external_memory import ExternalMemory
from hwgen.sim.external_run import cycle_limit
from hwgen.sim.modeled_run import run_on_model

from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.config import preset
from hwgen.errors import ToolError

TINY = preset("tiny")


def test_long_runs_are_not_taken_for_hanging(monkeypatch):
    monkeypatch.setattr(external_run, "MAXIMUM_JOB_CYCLES", 100)
    mapped = plan_tiled(GemmProblem(12, 10, 16), TINY)
    assert run_on_model(mapped, ExternalMemory()).measures.total_cycles > 100
    with pytest.raises(ToolError, match="hangs after 200 cycles"):
        run_on_model(replace(mapped, expected_cycles=10), ExternalMemory())


def test_patience_has_32_bits():
    mapped = plan_tiled(GemmProblem(12, 10, 16), TINY)
    assert cycle_limit(replace(mapped, expected_cycles=10**12)) == (1 << 32) - 1


@pytest.mark.parametrize("bandwidth", [1, 1.5, 3, 8, 100])
@pytest.mark.parametrize("name", ["tiny", "datamaestro"])
def test_no_run_is_faster_than_its_bound(name, bandwidth):
    """A memory narrower than the port lets the first beat pass at once."""
    external = ExternalMemory(latency=1, bandwidth=bandwidth)
    for size in (8, 32):
        mapped = plan_tiled(GemmProblem(size, size, size, out_type="int8"), preset(name), external_run.external_timing(preset(name), external))
        found = run_on_model(mapped, external).measures
        assert found.bound_cycles <= found.total_cycles
