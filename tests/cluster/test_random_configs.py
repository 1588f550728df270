# SPDX-License-Identifier: Apache-2.0
"""Twelve clusters that were drawn at random and kept, each on jobs of all kinds, held to the interpreter.

`hwgen fuzz` runs as many as one likes; three of these have a core of 8 x 8 x 8 and 16 banks or more.
"""

import json
from pathlib import Path

import pytest
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.fuzz.cases import Cases
from hwgen.sim.fuzz.player import Player
from hwgen.sim.fuzz.simulator import simulator

from hwgen.config.load import from_dict

FILES = sorted((Path(__file__).parent / "random_configs").glob("*.json"))
JOBS = 24


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_random_jobs_leave_what_the_interpreter_says(path):
    config = from_dict(json.loads(path.read_text()))
    case = Cases(config, 1).draw(JOBS)
    with simulator(config) as built, SimulatedCluster(config, built) as cluster:
        outcome = Player(cluster).play(case)
    assert outcome.failure is None
    assert sum(outcome.jobs.values()) == case.jobs == JOBS


def test_the_large_ones_are_among_them():
    configs = [from_dict(json.loads(path.read_text())) for path in FILES]
    assert len(configs) == 12 == len({config.config_hash for config in configs})
    cores = [(config.accelerator.core, config.memory.banks) for config in configs if config.accelerator.kind == "gemm"]
    assert sum(min(core.m, core.n, core.k) >= 8 and banks >= 16 for core, banks in cores) == 3
