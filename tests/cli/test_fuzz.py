# SPDX-License-Identifier: Apache-2.0
"""``hwgen fuzz`` from the command line, with stand-ins for its trials."""

import json
import re

import pytest
from hwgen.sim.fuzz import campaign
from support.trials import quick_trial
from typer.testing import CliRunner

from hwgen.cli import build, main


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Trials that take no time."""
    monkeypatch.setattr(campaign.Campaign.__init__, "__kwdefaults__", campaign.Campaign.__init__.__kwdefaults__ | {"trial": quick_trial})


def fuzz(*arguments):
    return CliRunner().invoke(build(), ["fuzz", *map(str, arguments)])


def test_passes(tmp_path):
    result = fuzz("--configs", 2, "--jobs", 4, "--out", tmp_path, "--json", tmp_path / "summary.json")
    assert result.exit_code == 0 and "2 configs, 8 jobs, 0 failures" in result.output
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["configs"] == 2 and summary["jobs_for_each"] == 4 and summary["seed"] == 1 and summary["failures"] == []


def test_fails_and_says_where(tmp_path):
    result = fuzz("--configs", 4, "--out", tmp_path)
    assert result.exit_code == 1 and re.search(r"config 3 .*memory, failure\.json", result.output)


def test_goes_on(tmp_path):
    fuzz("--configs", 2, "--out", tmp_path)
    result = fuzz("--configs", 3, "--out", tmp_path)
    assert "3 configs" in result.output
    assert len((tmp_path / "results-1.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize("arguments, message", [
    (["--replay", "none.json"], r"case file 'none\.json' cannot be read: No such file"),
    (["--json", "/nowhere/x.json"], "output folder must exist, not '/nowhere'"),
    (["--out", "/proc/fuzz"], "output folder '/proc/fuzz' cannot be made")])
def test_mistakes_are_one_line(arguments, message, capsys):
    with pytest.raises(SystemExit) as end:
        main(["fuzz", *arguments])
    error = capsys.readouterr().err
    assert end.value.code == 2 and re.search(message, error) and error.count("\n") == 1
