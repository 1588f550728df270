# SPDX-License-Identifier: Apache-2.0
"""GeMM and its quantizer through the same door as any accelerator of a user's."""

import numpy as np
import pytest
from cluster.small_designs import with_mover, with_parameter_stream
from hwgen.sim.accelerator_bench import run_bench

from hwgen.config import preset


@pytest.mark.parametrize("config", [
    pytest.param(preset("tiny"), marks=pytest.mark.xdist_group("tiny")),
    pytest.param(with_mover(), marks=pytest.mark.xdist_group("mover")),
    pytest.param(with_parameter_stream(), marks=pytest.mark.xdist_group("parameters")),
], ids=lambda config: config.name)
def test_random_jobs_are_exact(config):
    runs = run_bench(config, runs=12, seed=5, idle=0.2)
    for run in runs:
        assert run.passed, run
    assert sum(run.words["D"] for run in runs) and sum(run.words["E"] for run in runs) and sum(run.words["C"] for run in runs)
    assert "P" not in config.streamers or sum(run.words["P"] for run in runs)


def test_model_of_one_product():
    """One step of a 2 x 2 x 2 core, worked out by hand."""
    accelerator = preset("tiny").accelerator
    a, b = (np.array([values], np.int8).view(np.uint8) for values in ([1, 2, 3, 4], [5, 6, 7, 8]))
    job = {"steps": 1, "tiles": 1, "add_c": 0, "quantize": 0, "a_zero_point": 1, "b_zero_point": 0}
    found = accelerator.golden({"A": a, "B": b, "C": np.zeros((0, 16), np.uint8)}, {"core": [job], "quantizer": []})
    assert found["D"].view("<i4").tolist() == [[0 * 5 + 1 * 7, 0 * 6 + 1 * 8, 2 * 5 + 3 * 7, 2 * 6 + 3 * 8]]
    assert found["E"].shape == (0, 4)
