# SPDX-License-Identifier: Apache-2.0
"""Simulated clusters and models of them, each started once."""

import pytest
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.cycle_model import CycleModel
from hwgen.sim.design import simulator_for

from hwgen.config import preset


def pytest_collection_modifyitems(items):
    """Tests of one preset go to one process (with ``--dist loadgroup``), together with others of it."""
    for item in items:
        if name := getattr(item, "callspec", None) and item.callspec.params.get("name"):
            item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture(scope="session")
def pairs():
    """Cluster and model by preset; made when first asked for."""
    running: dict[str, tuple[SimulatedCluster, CycleModel]] = {}

    def get(name: str) -> tuple[SimulatedCluster, CycleModel]:
        if name not in running:
            config = preset(name)
            running[name] = SimulatedCluster(config, simulator_for(config)).__enter__(), CycleModel(config)
        return running[name]

    yield get
    for cluster, _ in running.values():
        cluster.__exit__(None, None, None)
