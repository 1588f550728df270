# SPDX-License-Identifier: Apache-2.0
import pytest
from hwgen.fpga.modules import Source

from hwgen.errors import ToolError

TEXT = r"""
(* generator = "any" *)
module top(i, o);
  reg \$auto$verilog_backend.cc:2355:dump_module$1  = 0;
  input i;
  output o;
  wire between;
  (* keep *)
  leaf #(
    .WIDTH(4),
    .DEPTH((2 + 1))
  ) first (.i(i), .o(between));
  \top.inner  second (
    .i(between), .o(o)
  );
endmodule

module \top.inner (i, o);
  reg \$auto$verilog_backend.cc:2355:dump_module$2  = 0;
  input i;
  output [3:0] o;
  assign o = i;
  leaf third(.i(i), .o());
endmodule

module leaf #(parameter WIDTH = 1) (input i, output o);
  assign o = i;
endmodule

module unused(); endmodule
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "design.v"
    path.write_text(TEXT)
    return Source.read(path)


def test_instances_with_and_without_parameters(source):
    assert source.instances("top") == {"first": "leaf", "second": "top.inner"}
    assert source.instances("top.inner") == {"third": "leaf"}


def test_closure_holds_what_is_needed_and_no_more(source):
    closure = source.closure("top.inner")
    assert "module leaf" in closure
    assert "module top(" not in closure
    assert "unused" not in closure


def test_closure_does_not_depend_on_modules_before_it(source, tmp_path):
    moved = tmp_path / "moved.v"
    moved.write_text(TEXT.replace("dump_module$2", "dump_module$7"))
    assert Source.read(moved).closure("top.inner") == source.closure("top.inner")


def test_stub_has_ports_only(source):
    stub = source.stub("top.inner")
    assert stub.startswith("(* blackbox, keep *)\nmodule \\top.inner (i, o);")
    assert "output [3:0] o;" in stub
    assert "assign" not in stub


def test_around_puts_stubs_in_place_of_units(source):
    around = source.around("top", {"top.inner"})
    assert "blackbox" in around
    assert "leaf third" not in around
    assert "leaf #(" in around


def test_rejects_files_without_modules(tmp_path):
    empty = tmp_path / "empty.v"
    empty.write_text("// nothing\n")
    with pytest.raises(ToolError, match=r"No Verilog module in .*empty\.v"):
        Source.read(empty)
