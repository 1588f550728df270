# SPDX-License-Identifier: Apache-2.0
"""``--engine model``: the counts of the emitted Verilog, whatever is run and however its jobs are handed over."""

import json

import pytest

from hwgen.cli import main

pytestmark = pytest.mark.xdist_group("tiny")
COUNTS = ("steps", "cycles", "total_cycles", "stalls", "memory_accesses")
PRODUCT = ["gemm", "--config", "tiny", "--m", "20", "--n", "12", "--k", "30", "--c", "bias", "--out-type", "int8"]
LAYER = ["conv", "--config", "tiny", "--input", "9x8x4", "--filters", "6", "--kernel", "3", "--padding", "1", "--stride", "1x2"]


def hwgen(*arguments) -> int:
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    return end.value.code or 0


def on_both(folder, *options):
    """What a command writes with either engine."""
    found = {}
    for engine in ("rtl", "model"):
        assert hwgen("run", *options, "--engine", engine, "--json", folder / f"{engine}.json") == 0
        found[engine] = json.loads((folder / f"{engine}.json").read_text())
        assert found[engine]["engine"] == engine
    assert found["rtl"]["bit_exact"] and found["model"]["bit_exact"] is None
    return found["rtl"], found["model"]


@pytest.mark.parametrize("options", [
    PRODUCT, [*PRODUCT, "--host-config", "serial"], [*PRODUCT, "--host-config", "shadow", "--latency", "33", "--bandwidth", "3"],
    [*PRODUCT[:9], "--resident"], [*PRODUCT[:9], "--batch", "3"], LAYER, [*LAYER, "--groups", "2", "--host-config", "serial"],
], ids=" ".join)
def test_counts_are_those_of_the_verilog(options, tmp_path):
    rtl, model = on_both(tmp_path, *options)
    assert {name: rtl[name] for name in COUNTS} == {name: model[name] for name in COUNTS}
    if "--resident" not in options:
        assert rtl["plan"]["measured"] and rtl["plan"]["expected_cycles"] == rtl["total_cycles"]


@pytest.mark.parametrize("host_config", ["queue", "shadow", "serial"])
@pytest.mark.parametrize("made_by", [LAYER, [*PRODUCT[:9], "--resident"]], ids=["conv", "resident gemm"])
def test_programs_take_as_long(made_by, host_config, tmp_path):
    assert hwgen("run", *made_by, "--plan", "--save-jobs", tmp_path / "jobs.json", "--save-operands") == 0
    rtl, model = on_both(tmp_path, "--jobs", tmp_path / "jobs.json", "--host-config", host_config)
    assert {name: rtl[name] for name in COUNTS} == {name: model[name] for name in COUNTS}


def test_sweeps(tmp_path, capsys):
    found = {}
    for engine in ("rtl", "model"):
        assert hwgen("sweep", "--config", "tiny", "--m", 12, "--n", 12, "--k", 16, "--latency", "9,80", "--bandwidth", "2,8", "--engine", engine,
                     "--json", tmp_path / f"{engine}.json") == 0
        found[engine] = json.loads((tmp_path / f"{engine}.json").read_text())
    assert found["model"]["engine"] == "model" and "computed" in capsys.readouterr().out
    for rtl, model in zip(found["rtl"]["runs"], found["model"]["runs"], strict=True):
        assert rtl["bit_exact"] and model["bit_exact"] is None
        assert {name: rtl[name] for name in COUNTS} == {name: model[name] for name in COUNTS}


@pytest.mark.parametrize("arguments, message", [
    ([*PRODUCT, "--save", "d.npy"], "save needs --engine rtl, since the cycle model has no data and records nothing"),
    ([*LAYER, "--timeline", "t.html"], "timeline needs --engine rtl"),
    ([*PRODUCT, "--plan", "--waves", "w.vcd"], "waves needs a run; it must be left out with --plan, not 'w.vcd'"),
    (["gemm", "--config", "max-pool", "--m", "1", "--n", "1", "--k", "1"], "needs an accelerator of kind gemm"),
    (["gemm", "--engine", "neither"], "'neither' is not one of"),
])
def test_says_in_one_line_what_is_wrong(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert hwgen("run", arguments[0], "--engine", "model", *arguments[1:]) == 2
    said = capsys.readouterr().err
    assert message in said and not list(tmp_path.iterdir())


def test_sweeps_of_nothing(capsys):
    assert hwgen("sweep", "--config", "tiny", "--k", 0, "--engine", "model") == 2
    assert "k must be 1 or more, not 0" in capsys.readouterr().err
