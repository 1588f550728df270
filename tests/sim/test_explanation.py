# SPDX-License-Identifier: Apache-2.0
"""Every cycle of a run under one heading, in words; as a table and as a bar."""

import json

import pytest
from hwgen.sim.explanation import explain
from hwgen.sim.explanation_report import WIDTH, print_explanation
from rich.console import Console
from typer.testing import CliRunner

from hwgen.cli import build, main
from hwgen.config import preset
from hwgen.config.counters import cycle_causes
from hwgen.errors import DataError

RUN = {
    "config": "mine", "summary": "a layer", "problem": {"kind": "conv"}, "flat_steps": 900, "steps": 1000, "total_cycles": 1300,
    "stalls": {"dma": 200, "A_bank_conflict": 60, "configuration": 40, "drain": 0},
    "conflicts": {"A": {"L": 30, "A": 10}, "B": {}}, "dma_before_first_step": 90, "dma_after_last_step": 70,
}


def test_parts_add_up_and_name_who_was_in_the_way():
    found = explain(RUN)
    parts = {part.name: part for part in found.parts}
    assert sum(part.cycles for part in found.parts) == found.total == 1300
    assert {name: part.cycles for name, part in parts.items()} == {
        "flat_steps": 900, "padding": 100, "dma_first_tile": 90, "dma_last_tile": 70, "A_bank_conflict": 60, "configuration": 40, "dma_between": 40}
    assert "L 75%, its own channels 25%" in parts["A_bank_conflict"].words and "streamers.A.data_buffer_depth" in parts["A_bank_conflict"].moved_by
    assert [part.name for part in found.parts[:2]] == ["flat_steps", "padding"]


def test_fewer_steps_than_the_flattened_product():
    found = explain(RUN | {"flat_steps": 2000})
    assert found.parts[0].cycles == 1000 and "padding" not in [part.name for part in found.parts]


@pytest.mark.parametrize("name", ["datamaestro", "datamaestro-paper", "max-pool", "step-1", "elementwise-add"])
def test_every_cause_has_words(name):
    causes = [cause for cause in cycle_causes(preset(name)) if cause != "steps"]
    found = explain(RUN | {"steps": 0, "flat_steps": 0, "stalls": dict.fromkeys(causes, 7), "total_cycles": 7 * len(causes)})
    assert all(part.words and part.moved_by for part in found.parts)


def test_table_and_plot(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps(RUN))
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".html", b"<!doctype html>")):
        done = CliRunner().invoke(build(), ["explain", str(path), "--plot", str(tmp_path / f"why{suffix}"), "--json", str(tmp_path / "why.json")])
        assert done.exit_code == 0 and "1,300 cycles" in done.output
        assert (tmp_path / f"why{suffix}").read_bytes().startswith(start)
    assert json.loads((tmp_path / "why.json").read_text())["total_cycles"] == 1300
    page = (tmp_path / "why.html").read_text()
    assert page.count("<tr>") == 1 + len(explain(RUN).parts) and "what moves it" in page and "<svg" in page


def test_the_bar_is_as_long_with_many_small_parts():
    causes = [cause for cause in cycle_causes(preset("datamaestro")) if cause != "steps"]
    stalls = dict.fromkeys(causes, 1)
    console = Console(width=200, record=True)
    print_explanation(explain(RUN | {"steps": 10_000, "flat_steps": 10_000, "stalls": stalls, "total_cycles": 10_000 + len(causes)}), console)
    bar = next(line for line in console.export_text().splitlines() if "██" in line)
    assert bar.count("█") == WIDTH


@pytest.mark.parametrize("content, message", [
    ("{", "JSON file must hold JSON"), ("[]", "must hold an object, not list"), ('{"steps": 3}', "'total_cycles' is not there"),
    (json.dumps(RUN | {"total_cycles": 9}), "total_cycles must be the sum of steps and stalls, 1300, not 9"),
])
def test_says_what_is_wrong(tmp_path, capsys, content, message):
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(SystemExit) as end:
        main(["explain", str(path)])
    assert end.value.code == 2 and message in capsys.readouterr().err


def test_plots_have_names_of_plots(tmp_path, capsys):
    path = tmp_path / "run.json"
    path.write_text(json.dumps(RUN))
    with pytest.raises(SystemExit) as end:
        main(["explain", str(path), "--plot", str(tmp_path / "why.txt")])
    assert end.value.code == 2 and "plot must end in .png, .svg, .html" in capsys.readouterr().err
    with pytest.raises(DataError):
        explain({})
