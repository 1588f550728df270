# SPDX-License-Identifier: Apache-2.0
"""A small design of two units, from Verilog to its report."""

import io
import json
import time

import pytest
from hwgen.fpga import yosys
from hwgen.fpga.synthesis import GLUE, synthesize
from rich.console import Console

from hwgen.errors import ToolError

FRONT = r"""
module \top.front (clk, i, o);
  input clk;
  wire clk;
  input [7:0] i;
  wire [7:0] i;
  output [7:0] o;
  wire [7:0] o;
  (* hwgen_role = "data" *)
  reg [7:0] word;
  (* hwgen_role = "configuration" *)
  reg [2:0] mask;
  reg [1:0] state;
  \top.front.inverter  inverter (
    .i(word),
    .o(o)
  );
  always @(posedge clk) word <= i & {mask, 5'd31};
  always @(posedge clk) mask <= i[2:0] ^ i[7:5];
  always @(posedge clk) state <= state + i[0] + word[0];
endmodule

module \top.front.inverter (i, o);
  input [7:0] i;
  output [7:0] o;
  assign o = ~i;
endmodule
"""
BACK = r"""
module \top.back (clk, i, o);
  input clk;
  input [7:0] i;
  output o;
  reg [7:0] memory [31:0];
  reg [4:0] row;
  always @(posedge clk) begin
    row <= i[4:0];
    memory[row] <= i;
  end
  assign o = ^memory[i[4:0]];
endmodule
"""
TOP = r"""
module top(clk, i, o);
  input clk;
  input [7:0] i;
  output o;
  reg o;
  wire [7:0] between;
  wire parity;
  \top.front  front (
    .clk(clk),
    .i(i),
    .o(between)
  );
  \top.back  back (
    .clk(clk),
    .i(between),
    .o(parity)
  );
  always @(posedge clk) o <= parity;
endmodule
"""
UNITS = {"front": "F", "back": "B"}


def quiet():
    return Console(file=io.StringIO())


def written(folder, back=BACK, front=FRONT):
    path = folder / "design.v"
    path.write_text(front + back + TOP)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("synthesis")


@pytest.fixture(scope="module")
def report(folder):
    return synthesize(written(folder), "top", "xcup", UNITS, cache=folder / "cache", console=quiet())


def test_registers_are_told_apart_by_role(report):
    front = report.units["F"]
    assert (front.data_registers, front.configuration_registers, front.control_registers) == (8, 3, 0)
    assert (report.units["B"].registers, report.units["B"].control_registers) == (5, 5)
    assert report.units[GLUE].control_registers == 1
    assert (report.total.data_registers, report.total.control_registers, report.total.registers) == (8, 6, 17)


def test_memory_in_luts_is_counted(report):
    back = report.units["B"]
    assert back.lutram_luts > 0
    assert back.lutram_bits >= 32 * 8
    assert back.luts > back.lutram_luts
    assert back.block_ram_bits == 0


def test_total_depth_runs_through_units(report):
    # The register, its inverter, the memory and two levels of parity; the flip-flop lies in the top.
    assert report.units["F"].depth == 1
    assert report.units[GLUE].depth == 0
    assert report.total.depth == report.units["F"].depth + report.units["B"].depth
    assert report.total.path.startswith("F.word[")
    assert report.total.path.endswith(" to o")


def test_unit_can_lie_deeper(report, folder):
    deeper = synthesize(written(folder), "top", "xcup", {"front.inverter": "I", "back": "B"},
                        cache=folder / "cache", console=quiet())
    assert deeper.units["I"].luts == 8
    assert deeper.units[GLUE].data_registers == 8
    assert deeper.total.registers == report.total.registers
    assert deeper.total.depth == report.total.depth


def test_luts_add_up(report):
    assert report.total.luts == sum(unit.luts for unit in report.units.values())


def test_json_has_stable_keys(report):
    data = json.loads(report.dumps())
    assert list(data) == ["format", "top", "target", "tool", "units", "total"]
    assert list(data["units"]) == ["F", "B", GLUE]
    assert list(data["total"]) == [
        "luts", "lutram_luts", "data_registers", "configuration_registers", "control_registers",
        "block_ram_bits", "lutram_bits", "dsps", "depth", "path", "registers",
    ]


def test_table_lists_units(report):
    console = Console(file=io.StringIO(), width=160)
    console.print(report.table())
    text = console.file.getvalue()
    for word in ("F", "B", GLUE, "total", "config", "control"):
        assert word in text


def test_only_what_changed_is_synthesized_again(report, folder, monkeypatch):
    names = []
    original = yosys.Runs.run

    def recorded(self, script, directory, name):
        names.append(name)
        return original(self, script, directory, name)

    monkeypatch.setattr(yosys.Runs, "run", recorded)
    again = synthesize(written(folder), "top", "xcup", UNITS, cache=folder / "cache", console=quiet())
    assert (names, again) == ([], report)
    changed = synthesize(written(folder, back=BACK.replace("= ^memory", "= &memory")), "top", "xcup", UNITS,
                         cache=folder / "cache", console=quiet())
    assert names == ["B"]
    assert changed.units["F"] == report.units["F"]
    assert not list((folder / "cache").glob("partial-*"))


def test_all_instances_are_units_by_default_and_ecp5_is_counted(folder):
    report = synthesize(written(folder), "top", "ecp5", cache=folder / "cache", console=quiet())
    assert list(report.units) == ["front", "back", GLUE]
    assert report.units["back"].lutram_bits >= 32 * 8
    assert report.total.data_registers == 8


def test_failure_names_the_unit_and_the_reason(folder, tmp_path):
    broken = written(tmp_path, back=BACK.replace("row <= i[4:0]", "row <= missing("))
    with pytest.raises(ToolError, match=r"^Yosys failed on B: unit.v:8: ERROR: syntax error"):
        synthesize(broken, "top", "xcup", UNITS, cache=folder / "cache", console=quiet())


def test_interrupt_stops_yosys(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        time.sleep(0.2)
        raise KeyboardInterrupt

    monkeypatch.setattr("hwgen.fpga.synthesis.wait", interrupted)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        synthesize(written(tmp_path), "top", "xcup", UNITS, cache=tmp_path / "cache", console=quiet())
    assert time.monotonic() - begun < 3
    assert not (tmp_path / "cache").exists()


def test_missing_yosys_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setattr(yosys, "COMMAND", "no-such-yosys")
    with pytest.raises(ToolError, match="^no-such-yosys was not found; install it with: pip install no-such-yosys$"):
        synthesize(written(tmp_path), "top", "xcup", UNITS, cache=tmp_path / "cache", console=quiet())


@pytest.mark.parametrize("arguments, message", [
    (("nothing", "xcup", UNITS), "No module 'nothing'"),
    (("top", "xcup", {"middle": "M"}), "top has no instance 'middle'; it has front, back"),
    (("top", "xcup", {"front.outverter": "M"}), "top.front has no instance 'outverter'; it has inverter"),
    (("top", "xcup", {"front": "X", "back": "X"}), "'X' needs a label and a module of its own"),
    (("top", "xcup", {"front": "F", "front.inverter": "I"}), "Unit 'front.inverter' lies within another unit"),
])
def test_refuses_what_the_design_does_not_have(tmp_path, arguments, message):
    with pytest.raises(ToolError, match=message):
        synthesize(written(tmp_path), *arguments, cache=tmp_path / "cache", console=quiet())


def test_refuses_unknown_target_and_no_jobs(tmp_path):
    with pytest.raises(ValueError, match="one of xcup, ecp5, not 'ice40'"):
        synthesize(written(tmp_path), "top", "ice40")
    with pytest.raises(ValueError, match="Jobs must be positive, not 0"):
        synthesize(written(tmp_path), "top", jobs=0)


def test_unreadable_file(tmp_path):
    with pytest.raises(ToolError, match="Cannot read .*absent.v: No such file"):
        synthesize(tmp_path / "absent.v", "top")
