# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from hwgen import __version__
from hwgen.config import from_dict, preset
from hwgen.config.register_map import RegisterMap
from hwgen.emit.manifest import manifest, manifest_text, module_ports

DESIGN = """\
module tiny_bank(clk, be, rdata);
  input clk;
  input [1:0] be;
  output reg [15:0] rdata;
endmodule

(* top = 1 *)
module tiny_cluster(irq, clk, s_axil_wdata);
  wire [3:0] inner;
  output irq;
  wire irq;
  input clk;
  wire clk;
  input [31:0] s_axil_wdata;
endmodule
"""


@pytest.fixture
def document():
    return manifest(preset("tiny"), top="tiny_cluster", bank="tiny_bank", verilog=DESIGN,
                    files={"verilog": ("tiny_cluster.v", DESIGN), "header": ("empty.h", "")})


def test_keys_are_stable(document):
    assert list(document) == [
        "manifest_version", "hwgen_version", "name", "config_hash", "top_module", "bank_module", "files", "ports",
        "units", "address_bits", "memory_window", "registers", "config"]
    assert document["manifest_version"] == 1
    assert document["hwgen_version"] == __version__


def test_holds_the_config(document):
    assert from_dict(document["config"]).config_hash == document["config_hash"] == preset("tiny").config_hash


def test_registers_are_those_of_the_map(document):
    registers = RegisterMap(preset("tiny"))
    expected = {f"{block.name}.{word.name}" for block in registers.blocks for word in block.registers}
    assert set(document["registers"]) == expected
    for path, word in document["registers"].items():
        assert word["address"] == registers.address(path)
        described = registers.block(path.partition(".")[0]).register(path.partition(".")[2])
        assert (word["access"], word["reset"]) == (described.access, described.reset)
        assert [field["name"] for field in word["fields"]] == [field.name for field in described.fields]
    assert [unit["name"] for unit in document["units"]] == [unit.name for unit in registers.units]
    assert document["memory_window"] == {"address": registers.window_base, "bytes": preset("tiny").memory.size}


def test_names_ports_in_order(document):
    assert document["ports"] == [
        {"name": "irq", "direction": "output", "width": 1},
        {"name": "clk", "direction": "input", "width": 1},
        {"name": "s_axil_wdata", "direction": "input", "width": 32}]
    assert document["bank_module"]["ports"][2] == {"name": "rdata", "direction": "output", "width": 16}


def test_hashes_files(document):
    assert document["files"]["header"] == {
        "name": "empty.h", "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}


def test_text_is_json(document):
    assert json.loads(manifest_text(document)) == document


def test_rejects_a_design_without_the_module():
    with pytest.raises(ValueError, match="must hold a module 'other'"):
        module_ports(DESIGN, "other")
