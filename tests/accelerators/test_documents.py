# SPDX-License-Identifier: Apache-2.0
"""The accelerators of docs/accelerators.md, exactly as they are printed there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hwgen.sim.accelerator_bench import run_bench

from hwgen.config import from_dict, load
from hwgen.emit.generate import generate
from hwgen.errors import ConfigError

DOCUMENT = Path(__file__).parents[2] / "docs" / "accelerators.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
PYTHON, VERILOG, TOML = ([text for kind, text in BLOCKS if kind == wanted] for wanted in ("python", "verilog", "toml"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "difference.py").write_text(PYTHON[0])
    (tmp_path / "difference.toml").write_text(TOML[0])
    (tmp_path / "negate.v").write_text(VERILOG[0])
    (tmp_path / "negate.toml").write_text(TOML[1])
    (tmp_path / "golden.py").write_text(PYTHON[1])
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("difference", None)


def passed(runs):
    assert runs
    for run in runs:
        assert run.passed, run
    return runs


def test_an_accelerator_in_python(folder):
    runs = passed(run_bench(folder / "difference.toml", runs=5))
    assert any(run.words["Z"] > 20 for run in runs)


def test_an_accelerator_in_verilog(folder):
    passed(run_bench(folder / "negate.toml", golden=folder / "golden.py", runs=5, idle=0.3))


def test_a_wrong_model_is_noticed(folder):
    (folder / "golden.py").write_text(PYTHON[1].replace("-inputs", "inputs"))
    runs = run_bench(folder / "negate.toml", golden=folder / "golden.py", runs=3)
    assert not all(run.bit_exact for run in runs)
    assert "the model has" in next(run.first_difference for run in runs if not run.bit_exact)


def test_the_written_bench_runs_from_its_folder(folder):
    written = generate(load(folder / "negate.toml"), folder / "build")
    (folder / "build" / "golden.py").write_text(PYTHON[1])
    (folder / "negate.v").unlink()  # what was generated needs the sources no more
    bench = subprocess.run([sys.executable, str(written.files["bench"])], capture_output=True, text=True)
    assert (bench.returncode, bench.stdout) == (0, "bit exact\n"), bench.stderr


def test_config_travels_with_sources_and_keeps_its_hash(folder):
    config = load(folder / "negate.toml")
    assert config.accelerator.sources == {"negate.v": VERILOG[0]}
    assert from_dict(config.model_dump(mode="json")).config_hash == config.config_hash
    (folder / "negate.v").write_text(VERILOG[0].replace("-x_data", "~x_data"))
    assert load(folder / "negate.toml").config_hash != config.config_hash


@pytest.mark.parametrize("before, after, message", [
    ('module = "negate"', 'module = "other"', "accelerator.module: must be one that negate.v defines, not 'other'"),
    ('files = ["negate.v"]', 'files = ["missing.v"]', "files: must be files that can be read (No such file or directory), not 'missing.v'"),
    ("width = 128\npayload", "width = 64\npayload", "streamers.X.spatial_bounds: the accelerator moves 64 bits a step"),
    ('start = "start"', 'start = "st art"', 'accelerator.job.start: must'),
])
def test_what_does_not_fit_is_refused(folder, before, after, message):
    (folder / "negate.toml").write_text(TOML[1].replace(before, after, 1))
    with pytest.raises(ConfigError) as error:
        load(folder / "negate.toml")
    assert message in str(error.value)


@pytest.mark.parametrize("kind, message", [
    ("nowhere:Thing", "must name a class that can be imported"),
    ("difference:Nothing", "must name a class in module difference, which has no Nothing, not 'difference:Nothing'"),
    ("difference:Difference", "must name a class derived from AcceleratorConfig, not 'difference:Difference'"),
])
def test_a_kind_that_is_no_accelerator_is_refused(folder, kind, message):
    (folder / "difference.toml").write_text(TOML[0].replace("difference:DifferenceConfig", kind))
    with pytest.raises(ConfigError) as error:
        load(folder / "difference.toml")
    assert message in str(error.value)


def test_an_unknown_key_of_a_users_class_is_refused(folder):
    (folder / "difference.toml").write_text(TOML[0].replace("width = 128", "width = 128\ndepth = 3", 1))
    with pytest.raises(ConfigError, match="accelerator: unknown key 'depth' with value 3; there are kind, width"):
        load(folder / "difference.toml")
