# SPDX-License-Identifier: Apache-2.0
import hashlib
import json
import os
import subprocess
import sys

import pytest

from hwgen.config import load, preset
from hwgen.emit.generate import generate
from hwgen.errors import ToolError

NAMES = {"tiny_cluster.v", "tiny_cluster.h", "tiny_registers.md", "tiny.rdl", "tiny_bench.py", "tiny.toml", "manifest.json"}

SCRIPT = """
import sys
from pathlib import Path
from hwgen.config import preset
from hwgen.emit.generate import generate
generate(preset("tiny"), Path(sys.argv[1]), cache=False)
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The tiny cluster from two processes that differ in folder, working directory and hash seed."""
    results = []
    for seed in ("1", "2"):
        base = tmp_path_factory.mktemp(f"machine{seed}")
        environment = os.environ | {"PYTHONHASHSEED": seed, "HOME": str(base), "LANG": "C" if seed == "1" else "C.UTF-8"}
        subprocess.run([sys.executable, "-c", SCRIPT, f"out{seed}"], cwd=base, env=environment, check=True)
        results.append(base / f"out{seed}")
    return results


def test_is_the_same_on_every_run_and_machine(generated):
    first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in generated)
    assert set(first) == NAMES
    assert first == second


def test_names_no_place_of_the_machine(generated):
    for path in generated[0].iterdir():
        text = path.read_text()
        for place in (str(generated[0].parent), sys.prefix, os.getcwd(), "site-packages"):
            assert place not in text, path.name
    assert "src =" not in (generated[0] / "tiny_cluster.v").read_text()


def test_manifest_matches_the_files(generated):
    folder = generated[0]
    document = json.loads((folder / "manifest.json").read_text())
    assert {entry["name"] for entry in document["files"].values()} == NAMES - {"manifest.json"}
    for entry in document["files"].values():
        assert hashlib.sha256((folder / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]
    assert {port["name"] for port in document["ports"]} >= {"clk", "rst", "irq", "s_axil_awaddr", "s_axil_rdata"}
    widths = {port["name"]: port["width"] for port in document["ports"]}
    assert widths["s_axil_awaddr"] == document["address_bits"] and widths["s_axil_wdata"] == 32
    assert [port["name"] for port in document["bank_module"]["ports"]] == ["clk", "en", "we", "be", "addr", "wdata", "rdata"]


def test_config_travels_with_every_file(generated):
    config = preset("tiny")
    assert load(generated[0] / "tiny.toml") == config
    for path in generated[0].iterdir():
        assert config.config_hash in path.read_text(), path.name


def test_replaces_a_former_design_and_keeps_foreign_files(generated, tmp_path, monkeypatch):
    monkeypatch.setenv("HWGEN_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    (out / "tiny_cluster.v").write_text("old")
    result = generate(preset("tiny"), out)
    assert (out / "notes.txt").read_text() == "mine"
    assert {path.name for path in out.iterdir()} == NAMES | {"notes.txt"}
    assert set(result.files) == {"verilog", "header", "registers", "systemrdl", "bench", "config", "manifest"}
    assert result.manifest == json.loads(result.files["manifest"].read_text())
    for path in result.files.values():
        assert path.read_bytes() == (generated[0] / path.name).read_bytes()


def test_refuses_before_it_elaborates(tmp_path, monkeypatch):
    monkeypatch.setattr("hwgen.emit.generate.design_texts", lambda *arguments, **options: pytest.fail("too late"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolError, match="is not a folder"):
        generate(preset("tiny"), tmp_path / "file")
