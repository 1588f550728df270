# SPDX-License-Identifier: Apache-2.0
"""``hwgen run conv`` and ``hwgen layers``."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from hwgen.cli import build, main
from hwgen.compiler.conv.golden import golden_conv
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.problem import Rescale
from hwgen.config import preset

pytestmark = pytest.mark.xdist_group("tiny")
TINY = ["--config", "tiny"]


def run(*options):
    done = CliRunner().invoke(build(), ["run", "conv", *options])
    assert done.exception is None, done.output
    return done.output


def test_computes_arrays_from_files(tmp_path):
    rng = np.random.default_rng(1)
    x, w = rng.integers(-128, 128, (2, 5, 6, 3), np.int8), rng.integers(-128, 128, (4, 3, 2, 3), np.int8)
    bias = rng.integers(-1000, 1000, 4, np.int32)
    for name, array in (("x", x), ("w", w), ("bias", bias)):
        np.save(tmp_path / f"{name}.npy", array)
    found = run(*TINY, "--x", str(tmp_path / "x.npy"), "--w", str(tmp_path / "w.npy"), "--bias-data", str(tmp_path / "bias.npy"), "--stride", "2x1",
                "--padding", "1,0,2,1", "--multiplier", str(1 << 30), "--shift", "40", "--x-zero-point", "5", "--output-zero-point", "-9",
                "--minimum", "-100", "--save", str(tmp_path / "y.npy"), "--json", str(tmp_path / "run.json"))
    assert "bit exact" in found
    problem = ConvProblem(5, 6, 3, 4, (3, 2), (2, 1), (1, 0, 2, 1), batch=2, c="bias", out_type="int8", a_zero_point=5,
                          rescale=Rescale(1 << 30, 40, output_zero_point=-9, minimum=-100))
    result = np.load(tmp_path / "y.npy")
    np.testing.assert_array_equal(result, golden_conv(problem, {"a": x, "b": w, "c": bias}, preset("tiny").accelerator.core))
    report = json.loads((tmp_path / "run.json").read_text())
    assert report["problem"] == problem.as_dict() and report["bit_exact"] and report["outside_unchanged"]
    assert report["steps"] == report["plan"]["steps"]


def test_same_padding_keeps_the_size(tmp_path):
    run("--input", "13x14x3", "--filters", "5", "--kernel", "3x4", "--stride", "2x1", "--dilation", "1x2", "--padding", "same", "--plan",
        "--json", str(tmp_path / "plan.json"))
    found = json.loads((tmp_path / "plan.json").read_text())
    assert found["problem"]["padding"] == [1, 1, 3, 3]


def test_plan_says_where_things_lie():
    found = run("--input", "14x14x64", "--filters", "64", "--kernel", "3", "--padding", "1", "--plan")
    assert "A 0-15" in found and "bands of" in found and "cycles in all" in found


def test_jobs_are_saved_as_a_program_that_runs(tmp_path):
    path = tmp_path / "layer.json"
    run(*TINY, "--input", "5x5x4", "--filters", "4", "--kernel", "3", "--padding", "1", "--save-jobs", str(path), "--plan")
    done = CliRunner().invoke(build(), ["run", "--jobs", str(path), *TINY])
    assert done.exit_code == 0, done.output


def test_random_layers():
    done = CliRunner().invoke(build(), ["layers", *TINY, "--count", "3", "--seed", "40"])
    assert done.exit_code == 0 and "3 layers bit exact" in done.output and "not run" not in done.output
    done = CliRunner().invoke(build(), ["layers", *TINY, "--count", "2", "--seed", "90200"])
    assert done.exit_code == 0 and "1 layers bit exact" in done.output and "1 not run, for want of room in the scratchpad of tiny" in done.output


@pytest.mark.parametrize("options, message", [
    ([], "input must be given as HxWxC, such as 56x56x64, or an array --x, not None"),
    (["--input", "5x5"], "input must be NxNxN with whole numbers, not '5x5'"),
    (["--input", "5x5x4"], "filters must be given, or an array --w, not None"),
    (["--input", "5x5x4", "--filters", "4", "--kernel", "3x3x3"], "kernel must be NxN with whole numbers, not '3x3x3'"),
    (["--input", "5x5x4", "--filters", "4", "--kernel", "0"], "kernel must be 1 or more down and across, not (0, 0)"),
    (["--input", "5x5x4", "--filters", "4", "--save-jobs", "."], "output must be a file, not the folder '.'"),
    (["--input", "5x5x4", "--filters", "4", "--stride", "0"], "stride must be 1 or more down and across, not (0, 0)"),
    (["--input", "5x5x4", "--filters", "4", "--padding", "1,2"], "padding must be same, N, NxN or T,B,L,R with whole numbers, not '1,2'"),
    (["--input", "5x5x4", "--filters", "4", "--groups", "3"], "channels must be a multiple of the 3 groups, not 4"),
    (["--input", "5x5x4", "--filters", "4", "--groups", "0"], "groups must be 1 or more, not 0"),
    (["--input", "5x5x4", "--filters", "4", "--config", "datamaestro-paper"], "need a cluster with dma, which datamaestro-paper does not have"),
    (["--input", "5x5x4", "--filters", "4", "--shift", "70", "--multiplier", "3"], "shift must be within 0..63, not 70"),
])
def test_says_in_one_line_what_is_wrong(options, message, capsys):
    with pytest.raises(SystemExit) as end:
        main(["run", "conv", *options])
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("hwgen: error: ") and message in CliRunner().invoke(build(), ["run", "conv", *options]).exception.args[0]
