# SPDX-License-Identifier: Apache-2.0
"""The stand-in design, compiled once for all tests."""

import pytest
from hwgen.sim import BuiltSimulator, Session, build
from support.stand_in import STAND_IN


@pytest.fixture(scope="session")
def stand_in() -> BuiltSimulator:
    return build([STAND_IN], "stand_in")


@pytest.fixture
def session(stand_in: BuiltSimulator):
    with Session(stand_in) as session:
        yield session
