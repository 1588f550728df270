# SPDX-License-Identifier: Apache-2.0
"""A multiplier and a shift for every column, changing with the output tile inside one job."""

import pytest
from cluster.small_designs import with_parameter_stream
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.gemm import run_gemm

from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.rescaling import fitted
from hwgen.config.quantizer import ROUNDING_MODES

MOST_EXTRA_CYCLES = 24


def run(cluster, m, n, k, *, per_channel=True, c="none", out_type="int8", seed=0, **settings):
    core = cluster.config.accelerator.core
    rescale = fitted(core, k, columns=n if per_channel else None, seed=seed, **settings)
    problem = GemmProblem(m, n, k, c=c, out_type=out_type, rescale=rescale)
    return run_gemm(cluster, problem, random_operands(problem, seed, core), seed=seed)


@pytest.mark.parametrize("rounding", ROUNDING_MODES)
@pytest.mark.parametrize("c", ["none", "bias"])
def test_default_cluster_loses_no_cycle_to_parameters(datamaestro, rounding, c):
    found = run(datamaestro, 64, 256, 64, c=c, rounding=rounding)
    assert found.passed, found.first_difference
    assert found.measures.cycles <= found.measures.steps + MOST_EXTRA_CYCLES
    assert found.measures.memory_accesses["P"] == 8 * 32 * 5


def test_parameters_of_the_tensor_and_of_channels_in_one_cluster(datamaestro):
    for per_channel in (True, False, True):
        assert run(datamaestro, 16, 20, 24, per_channel=per_channel).passed


def test_unsigned_results(datamaestro):
    found = run(datamaestro, 16, 24, 32, out_type="uint8", minimum=0, maximum=255, output_zero_point=128)
    assert found.passed and found.result.dtype == "uint8" and found.result.max() > 127


@pytest.fixture(scope="module")
def small():
    config = with_parameter_stream()
    with SimulatedCluster(config, simulator_for(config)) as running:
        yield running


@pytest.mark.xdist_group("parameters")
@pytest.mark.parametrize("seed", range(12))
def test_small_cluster_with_lanes_that_divide_no_tile(small, seed):
    small.reset()
    m, n, k = [(1, 1, 1), (4, 8, 4), (3, 5, 7), (2, 12, 2), (9, 3, 1), (6, 6, 6)][seed % 6]
    mode = ROUNDING_MODES[seed % 4]
    found = run(small, m, n, k, seed=seed, rounding=mode, c="bias" if seed % 2 else "none", output_zero_point=seed - 5)
    assert found.passed, found.first_difference
