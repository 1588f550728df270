# SPDX-License-Identifier: Apache-2.0
"""Matrix multiplications on clusters whose operands and sums have other widths, signed and unsigned."""

import itertools
import random

import numpy as np
import pytest
from cluster.test_gemm import check, random_rescale
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for, verilog_for
from hwgen.sim.lint import lint

from hwgen.compiler.elements import element_types
from hwgen.compiler.problem import GemmProblem
from hwgen.config import ClusterConfig
from hwgen.emit.verilog import top_name

BANK_WIDTH = 16
CORES = {
    "int4": {"m": 2, "n": 2, "k": 4, "a_width": 4, "b_width": 4, "accumulator_width": 16},
    "mixed": {"m": 2, "n": 2, "k": 4, "a_width": 8, "b_width": 4, "accumulator_width": 24},
    "int16": {"m": 2, "n": 2, "k": 2, "a_width": 16, "b_width": 16, "accumulator_width": 48},
}


def cluster_config(name: str, core: dict) -> ClusterConfig:
    """The preset ``tiny`` with another core, without transposers."""
    def streamer(mode, bits, **options):
        return {"mode": mode, "spatial_bounds": (bits // BANK_WIDTH,), "groups": (8, 4, 2, 1)} | options

    a, b = core["m"] * core["k"] * core["a_width"], core["k"] * core["n"] * core["b_width"]
    tile = core["m"] * core["n"]
    sums = tile * core["accumulator_width"]
    broadcaster = {"kind": "broadcaster", "factor": core["m"]}
    return ClusterConfig.model_validate({
        "name": name,
        "memory": {"banks": 8, "bank_width": BANK_WIDTH, "bank_depth": 256},
        "accelerator": {"kind": "gemm", "core": core, "quantizer": {"lanes": 2}},
        "streamers": {
            "A": streamer("read", a, temporal_dimensions=6), "B": streamer("read", b, reach=2),
            "C": streamer("read", sums, reach=2, extensions=(broadcaster,)), "D": streamer("write", sums, reach=2),
            "E": streamer("write", tile * 8, reach=2),
        },
    })


CONFIGS = {name: cluster_config(name, core) for name, core in CORES.items()}


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CONFIGS])
def cluster(request):
    """A running cluster of each kind."""
    config = CONFIGS[request.param]
    with SimulatedCluster(config, simulator_for(config)) as running:
        yield running


def random_problem(rng: random.Random, config: ClusterConfig) -> GemmProblem:
    """Any problem but a transposed one."""
    core = config.accelerator.core
    out_types = [core.sum_type] * 2 + ["int8"] * (core.accumulator_width <= 32)
    unsigned = {f"{name}_unsigned": rng.random() < 0.5 for name in "ab"}
    kinds = element_types(GemmProblem(1, 1, 1, **unsigned), core)
    zero_points = {f"{name}_zero_point": rng.choice([kinds[name].lowest, kinds[name].highest, 0,
                                                     rng.randint(kinds[name].lowest, kinds[name].highest)]) for name in "ab"}
    return GemmProblem(*(rng.randint(1, 12) for _ in range(3)), c=rng.choice(["none", "bias", "full"]),
                       out_type=rng.choice(out_types), rescale=random_rescale(rng), **unsigned, **zero_points)


@pytest.mark.parametrize("seed", range(40))
def test_random_problems(cluster, seed, monkeypatch):
    monkeypatch.setattr(cluster.session, "idle", 0.4 * (seed % 4 == 0))
    problem = random_problem(random.Random(seed), cluster.config)
    run = check(cluster, problem, seed)
    assert run.result.dtype == element_types(problem, cluster.config.accelerator.core)["out"].dtype


@pytest.mark.parametrize("a_unsigned, b_unsigned", itertools.product((False, True), repeat=2))
@pytest.mark.parametrize("a_end, b_end", [("lowest", "lowest"), ("lowest", "highest"), ("highest", "highest")])
def test_extremes_wrap(cluster, a_end, b_end, a_unsigned, b_unsigned):
    core = cluster.config.accelerator.core
    unsigned = {"a_unsigned": a_unsigned, "b_unsigned": b_unsigned}
    kinds = element_types(GemmProblem(1, 1, 1, out_type=core.sum_type, **unsigned), core)
    a, b, c = getattr(kinds["a"], a_end), getattr(kinds["b"], b_end), kinds["c"].highest
    # Zero points at the other end make every difference as large as it gets, and of the same sign.
    a_zero_point, b_zero_point = (kinds[name].lowest + kinds[name].highest - value for name, value in (("a", a), ("b", b)))
    problem = GemmProblem(3, 3, 16, c="full", out_type=core.sum_type, a_zero_point=a_zero_point, b_zero_point=b_zero_point,
                          **unsigned)
    arrays = {"a": np.full((3, 16), a, kinds["a"].dtype), "b": np.full((16, 3), b, kinds["b"].dtype),
              "c": np.full((3, 3), c, kinds["c"].dtype)}
    exact = 16 * (a - a_zero_point) * (b - b_zero_point) + c
    half = 1 << core.accumulator_width - 1
    assert (check(cluster, problem, arrays=arrays).result == (exact + half) % (2 * half) - half).all()


@pytest.mark.parametrize("name", CONFIGS)
def test_no_lint_findings(name):
    config = CONFIGS[name]
    assert [str(finding) for finding in lint(verilog_for(config), top_name(config))] == []
