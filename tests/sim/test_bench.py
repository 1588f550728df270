# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from hwgen.sim import run_cocotb_bench
from support.stand_in import STAND_IN

from hwgen.errors import ToolError


@pytest.fixture(autouse=True)
def benches_are_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def test_cocotbext_axi_binds():
    assert run_cocotb_bench([STAND_IN], "stand_in", "axi_bench") == 2


@pytest.mark.parametrize(("module", "message"), [
    ("failing_bench", "1 of 1 tests failed, log in (.|\n)*on purpose"),
    ("no_such_bench", "no test ran, log in (.|\n)*no_such_bench"),
])
def test_failure_is_reported(module, message):
    with pytest.raises(ToolError, match=message):
        run_cocotb_bench([STAND_IN], "stand_in", module)
