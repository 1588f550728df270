# SPDX-License-Identifier: Apache-2.0
"""The set-up script: what it finds missing, and when it takes .venv for finished."""

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "start"


@pytest.fixture
def start(tmp_path, monkeypatch):
    """The script as a module, in a checkout of its own."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("start", str(SCRIPT))
    module = module_from_spec(spec_from_loader("start", loader))
    loader.exec_module(module)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("some==1\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "hwgen-stamp")
    monkeypatch.setattr(module, "LOCK_FILE", tmp_path / "requirements.lock")
    monkeypatch.setattr(module, "LOG", tmp_path / "start.log")
    return module


def test_without_arguments_shows_usage():
    process = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert "./start gemm" in process.stderr


def test_missing_programs_are_named_by_package(start, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert {"g++", "make", "perl"} <= set(start.missing_packages())


def test_without_apt_the_packages_are_named(start, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(start.SetupError, match="there is no apt-get: g\\+\\+ make$"):
        start.install_system_packages(["g++", "make"])


def test_stamp_follows_lock_file(start):
    assert not start.is_set_up()
    start.VENV.mkdir()
    start.STAMP.write_text(start.UNFINISHED)
    assert not start.is_set_up()
    start.STAMP.write_text(start.stamp())
    assert start.is_set_up()
    start.LOCK_FILE.write_text("some==2\n")
    assert not start.is_set_up()


def test_half_made_venv_is_redone(start, monkeypatch):
    steps = []
    monkeypatch.setattr(start, "run_step", lambda name, command: steps.append(name) or True)
    start.VENV.mkdir()
    start.STAMP.write_text(start.UNFINISHED)
    (start.VENV / "half").mkdir()
    start.make_venv()
    assert not (start.VENV / "half").exists()
    assert start.is_set_up()
    assert steps == ["Making .venv", "Installing 1 Python packages", "Installing hwgen"]


def test_foreign_venv_is_left_alone(start):
    start.VENV.mkdir()
    with pytest.raises(start.SetupError, match="was not made by start; move it away"):
        start.make_venv()


@pytest.mark.parametrize(("log", "message"), [
    ("Collecting one==1\nCollecting two==2\nNewConnectionError('resolution')", r"get two==2 \(no connection\); see"),
    ("Collecting one==1\nERROR: No matching distribution found for one==1\n", r"get one==1; see"),
])
def test_what_pip_lacks_is_named(start, monkeypatch, log, message):
    monkeypatch.setattr(start, "run_step", lambda name, command: "packages" not in name)
    start.LOG.write_text(log)
    with pytest.raises(start.SetupError, match=f"pip could not {message}"):
        start.make_venv()
    assert not start.is_set_up()
