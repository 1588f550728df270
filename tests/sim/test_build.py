# SPDX-License-Identifier: Apache-2.0
"""Building: kept, keyed, and never half done."""

import io
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hwgen.sim import build
from hwgen.sim.cache import cache_dir, make_once
from hwgen.sim.testbench import Port, module_ports
from rich.console import Console
from support.stand_in import STAND_IN

from hwgen.errors import ToolError

SMALL = "module counter(input clk, input rst, output reg [7:0] count);\n" \
    "  always @(posedge clk) count <= rst ? 8'd0 : count + 8'd1;\nendmodule\n"


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.v"
    path.write_text(SMALL)
    return path


def test_second_build_is_immediate(stand_in):
    started = time.monotonic()
    again = build([STAND_IN], "stand_in")
    assert again.executable == stand_in.executable
    assert again.seconds == 0
    assert time.monotonic() - started < 1


def test_key_parts_and_content_count(small, tmp_path, monkeypatch):
    module = sys.modules[build.__module__]
    monkeypatch.setattr(module, "_compile", lambda target, *_: (target / "simulator").touch())
    monkeypatch.setattr(module, "cache_dir", lambda: tmp_path)
    first = build([small], "counter", kind="free").executable
    assert build([small], "counter", kind="free").executable == first
    assert build([small], "counter", kind="free", key=["other"]).executable != first
    assert build([small], "counter", kind="free", waves=True).executable != first
    small.write_text(SMALL.replace("8'd1", "8'd2"))
    assert build([small], "counter", kind="free").executable != first


def test_failure_names_the_log_and_leaves_nothing(small):
    small.write_text(SMALL.replace("count + 8'd1", "count + missing_name"))
    console = Console(file=io.StringIO())
    with pytest.raises(ToolError, match=r"'counter' failed, log in .*build-counter.log:\n(.|\n)*missing_name"):
        build([small], "counter", kind="free", console=console)
    assert not list((cache_dir() / "simulators").glob(".counter-free-*"))
    assert console.file.getvalue().count("\n") == 1


def test_interrupted_build_is_not_taken_for_whole(tmp_path):
    def interrupted(folder):
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_once(tmp_path / "thing", interrupted)
    assert not (tmp_path / "thing").exists()
    assert make_once(tmp_path / "thing", lambda folder: (folder / "whole").touch()) == tmp_path / "thing"
    assert [path.name for path in (tmp_path / "thing").iterdir()] == ["whole"]


def test_two_processes_make_it_once(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from hwgen.sim.cache import make_once\n"
        "make_once(Path(sys.argv[1]), lambda folder: (time.sleep(0.5), print('made'), (folder / 'x').touch()))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "thing")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert "".join(process.communicate()[0] for process in processes) == "made\n"
    assert all(process.returncode == 0 for process in processes)


def test_cache_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("HWGEN_CACHE", str(tmp_path / "a"))
    assert cache_dir() == tmp_path / "a"
    monkeypatch.delenv("HWGEN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "hwgen"
    monkeypatch.setenv("HWGEN_CACHE", str(tmp_path / "a b"))
    with pytest.raises(ToolError, match="no blanks in its path"):
        cache_dir()


@pytest.mark.parametrize("program", ["g++", "make", "perl"])
def test_missing_program_is_named(stand_in, tmp_path, monkeypatch, program):
    for other in {"g++", "make", "perl"} - {program}:
        (tmp_path / other).write_text("#!/bin/sh\n")
        (tmp_path / other).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError) as caught:
        build([STAND_IN], "stand_in")
    assert str(caught.value) == f"{program} is missing: install the Debian package {program}"


def test_design_without_the_ports_is_refused(small):
    with pytest.raises(ToolError, match="module 'counter' must have a port 'irq' to be played to"):
        build([small], "counter")
    with pytest.raises(ToolError, match="must hold a module 'large'"):
        build([small], "large", kind="free")


def test_missing_file_is_refused():
    with pytest.raises(ToolError, match="'/none.v' cannot be read: No such file"):
        build([Path("/none.v")], "none")


@pytest.mark.parametrize("text", [
    "module m(input clk, output reg [7:0] q);\nendmodule\n",
    "module m(clk, q);\n  input clk;\n  wire clk;\n  output [7:0] q;\n  reg [7:0] q;\nendmodule\n",
])
def test_ports_are_found(text):
    assert module_ports("module mm(input a);\nendmodule\n" + text, "m") == [Port("clk", "input", 1), Port("q", "output", 8)]
