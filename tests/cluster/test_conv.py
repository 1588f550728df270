# SPDX-License-Identifier: Apache-2.0
"""Random convolution layers on the emitted Verilog, every byte of external memory compared."""

import pytest
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.conv import run_conv
from hwgen.sim.design import simulator_for
from hwgen.sim.external_memory import ExternalMemory
from hwgen.sim.external_run import memory_size
from hwgen.sim.layers import run_layers

from hwgen.compiler.conv.plan import plan_conv
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.problem import Rescale
from hwgen.config import preset

pytestmark = pytest.mark.xdist_group("conv")
BEHAVIORS = {"usual": ExternalMemory(latency=100), "slow": ExternalMemory(latency=230, bandwidth=16.0, pause=0.2)}


@pytest.mark.parametrize("name, behavior, seeds", [("datamaestro", "usual", range(45)), ("datamaestro", "slow", range(45, 60)),
                                                   ("tiny", "usual", range(12)), ("tiny", "slow", range(12, 16))])
def test_random_layers(name, behavior, seeds):
    config = preset(name)
    for found in run_layers(config, simulator_for(config), seeds, BEHAVIORS[behavior]):
        assert found.run.passed, (found.seed, found.run.plan.problem, found.run.first_difference)


def layer(problem):
    config = preset("datamaestro")
    plan = plan_conv(problem, config)
    places = plan.place()
    with SimulatedCluster(config, simulator_for(config), external=BEHAVIORS["usual"], memory_size=memory_size(places)) as cluster:
        return run_conv(cluster, problem, random_operands(problem, 0, config.accelerator.core), host_config="queue", plan=plan, places=places)


@pytest.mark.parametrize("problem", [
    ConvProblem(14, 14, 128, 64, (3, 3), (1, 1), (1, 1, 1, 1), c="bias", out_type="int8", rescale=Rescale(1 << 30, 40)),
    ConvProblem(28, 28, 64, 64, (3, 3), (2, 2), (1, 1, 1, 1), c="bias", out_type="int8", rescale=Rescale(1 << 30, 40)),
    ConvProblem(56, 56, 64, 128, (1, 1), (2, 2), c="bias", out_type="int8", rescale=Rescale(1 << 30, 40)),
], ids=["3x3", "3x3 stride 2", "1x1 stride 2"])
def test_rows_and_strides_cost_nothing(problem):
    run = layer(problem)
    measures = run.measures
    assert run.passed and measures.steps == measures.flat_steps and measures.utilization >= 0.99
