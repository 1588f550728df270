# SPDX-License-Identifier: Apache-2.0
import pytest
from hwgen.sim import lint

from hwgen.errors import ToolError

UNCLEAN = "module unclean(input [3:0] a, output [1:0] y);\n  assign y = a;\nendmodule\n"


def test_findings_have_rule_and_place(tmp_path):
    path = tmp_path / "unclean.v"
    path.write_text(UNCLEAN)
    found = lint(path, "unclean", waivers=None)
    assert [(finding.rule, finding.line) for finding in found] == [("WIDTHTRUNC", 2), ("UNUSEDSIGNAL", 1)]
    assert str(found[0]).startswith(f"{path}:2: WIDTHTRUNC: Operator ASSIGNW expects 2 bits")


def test_waivers_leave_findings_out(tmp_path):
    path, waivers = tmp_path / "unclean.v", tmp_path / "waivers.vlt"
    path.write_text(UNCLEAN)
    waivers.write_text('`verilator_config\nlint_off -rule WIDTHTRUNC -file "*"\n')
    assert [finding.rule for finding in lint(path, "unclean", waivers=waivers)] == ["UNUSEDSIGNAL"]


def test_syntax_error_is_a_finding(tmp_path):
    path = tmp_path / "wrong.v"
    path.write_text("module wrong(;\nendmodule\n")
    found = lint(path, "wrong")
    assert found and found[0].rule == "ERROR"


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(ToolError, match="none.v' is missing"):
        lint(tmp_path / "none.v", "none")
