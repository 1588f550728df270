# SPDX-License-Identifier: Apache-2.0
"""Simulated clusters, each config's built and started once and shared by all tests that name it."""

import pytest
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for

from hwgen.config import preset

PRESETS = {"tiny": "tiny", "datamaestro": "datamaestro", "paper": "datamaestro-paper"}


def pytest_collection_modifyitems(items):
    """Tests of one config go to one process (with ``--dist loadgroup``), so that none is built twice."""
    for item in items:
        for name in PRESETS:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture(scope="session")
def clusters():
    """Running clusters by preset; started when first asked for."""
    running: dict[str, SimulatedCluster] = {}

    def get(name: str) -> SimulatedCluster:
        found = running.get(name)
        if found is None:
            config = preset(name)
            running[name] = SimulatedCluster(config, simulator_for(config)).__enter__()
        running[name].reset()
        return running[name]

    yield get
    for cluster in running.values():
        cluster.__exit__(None, None, None)


@pytest.fixture
def tiny(clusters) -> SimulatedCluster:
    """The preset ``tiny``, after a reset; so are the others."""
    return clusters("tiny")


@pytest.fixture
def datamaestro(clusters) -> SimulatedCluster:
    return clusters("datamaestro")


@pytest.fixture
def paper(clusters) -> SimulatedCluster:
    return clusters("datamaestro-paper")
