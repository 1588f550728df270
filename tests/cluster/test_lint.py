# SPDX-License-Identifier: Apache-2.0
"""Every preset's Verilog passes the linter with all its warnings, but for the reviewed waivers."""

import pytest
from hwgen.sim.design import verilog_for
from hwgen.sim.lint import lint

from hwgen.config import preset, preset_names
from hwgen.emit.verilog import top_name


@pytest.mark.parametrize("name", preset_names())
def test_no_findings(name):
    config = preset(name)
    assert [str(finding) for finding in lint(verilog_for(config), top_name(config))] == []
