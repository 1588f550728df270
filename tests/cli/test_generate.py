# SPDX-License-Identifier: Apache-2.0
import json
import os
import resource
import signal
import subprocess
import sys
import time
import tomllib
from importlib import resources

import jsonschema
import pytest

import hwgen
from hwgen import cli
from hwgen.config import preset, preset_names
from hwgen.errors import ToolError

TINY = resources.files("hwgen.config").joinpath("presets", "tiny.toml").read_text()


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def command(tmp_path, cache):
    """Runs the command in an empty folder."""
    def run(*arguments, **options):
        environment = os.environ | {"HWGEN_CACHE": str(cache)}
        return subprocess.run([sys.executable, "-c", "from hwgen.cli import main; main()", *map(str, arguments)],
                              cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, **options)
    return run


def test_writes_a_cluster(command, tmp_path):
    result = command("generate", "--config", "tiny", "--out", "made/here")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == f"tiny, config hash {preset('tiny').config_hash}"
    assert {line.strip() for line in lines[1:]} == {f"made/here/{path.name}" for path in (tmp_path / "made/here").iterdir()}


def test_takes_a_file_and_reports_json(command, tmp_path):
    (tmp_path / "own.toml").write_text(TINY.replace('"tiny"', '"own"'))
    result = command("generate", "-c", "own.toml", "-o", "out", "--json")
    document = json.loads(result.stdout)
    assert document["files"]["verilog"] == os.path.join("out", "own_cluster.v")
    assert document["manifest"] == json.loads((tmp_path / "out" / "manifest.json").read_text())


BAD_CONFIGS = {
    "unknown key": (TINY + "\n[memory2]\nbanks = 3\n",
                    """unknown key 'memory2' with value {"banks": 3}; there are name, memory, streamers, """),
    "unknown inner key": (TINY.replace("banks =", "bankz ="),
                          "unknown key 'memory.bankz' with value 8; there are banks, bank_width, bank_depth"),
    "wrong type": (TINY.replace("banks = 8", 'banks = "32"'), 'memory.banks: must be an integer, not "32"'),
    "not a power of two": (TINY.replace("banks = 8", "banks = 12"), "memory.banks: must be a power of two, not 12"),
    "channels": (TINY.replace("spatial_bounds = [2, 4]", "spatial_bounds = [2, 2]", 1),
                 "streamers.C.spatial_bounds: the accelerator moves 128 bits a step, which is 8 channels of 16 bits, not 4"),
    "reach": (TINY.replace("reach = 2", 'reach = "some"', 1),
              'streamers.C.reach: must be an integer or "all", not "some"'),
    "extension": (TINY.replace('kind = "transposer"', 'kind = "mirror"', 1),
                  'streamers.A.extensions.0.kind: must be "transposer" or "broadcaster" or "requantize" or "zero_fill", not "mirror"'),
    "invalid TOML": ("name = \n", "not valid TOML: Invalid value (at line 1, column 8)"),
    "empty": ("", "key 'name' is missing"),
}


@pytest.mark.parametrize("text, complaint", BAD_CONFIGS.values(), ids=BAD_CONFIGS)
def test_refuses_a_bad_config_in_one_line(command, tmp_path, text, complaint):
    (tmp_path / "bad.toml").write_text(text)
    result = command("generate", "--config", "bad.toml", "--out", "out")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"hwgen: error: bad.toml: {complaint}")
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


BAD_SOURCES = {
    "missing.toml": "config file 'missing.toml' cannot be read: No such file or directory",
    "folder": "config file 'folder' cannot be read: Is a directory",
    "binary.toml": "config file 'binary.toml' cannot be read: it is not text in UTF-8",
    "big": f"config must be one of the presets {', '.join(preset_names())} or a TOML file, not 'big'",
}


@pytest.mark.parametrize("source, complaint", BAD_SOURCES.items())
def test_refuses_what_is_no_config(command, tmp_path, source, complaint):
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    result = command("generate", "--config", source, "--out", "out")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"hwgen: error: {complaint}\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_refuses_an_output_folder_that_cannot_be(command, tmp_path, out):
    (tmp_path / "file").write_text("kept")
    result = command("generate", "--config", "tiny", "--out", out)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"hwgen: error: output folder {out!r} cannot be written: {str(tmp_path / 'file')!r} is not a folder\n")
    assert (tmp_path / "file").read_text() == "kept"


def test_a_disk_that_is_full_leaves_nothing(command, tmp_path, tmp_path_factory):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    # Tools keep files of their own on first use; these are there now.
    assert command("generate", "--config", "tiny", "--out", str(tmp_path_factory.mktemp("first"))).returncode == 0
    result = command("generate", "--config", "tiny", "--out", "a/b", preexec_fn=limit)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "hwgen: error: output folder 'a/b' cannot be written: File too large\n"
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing(tmp_path):
    script = """
import time
from hwgen.cli import main
from hwgen.emit import kept_verilog
def convert(config, version):
    print("converting", flush=True)
    time.sleep(60)
kept_verilog.cluster_verilog = convert
main(["generate", "--config", "tiny", "--out", "out"])
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=os.environ | {"HWGEN_CACHE": str(tmp_path / "cache")})
    assert process.stdout.readline() == "converting\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == "hwgen: error: interrupted\n"
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments, complaint", [
    (["generate", "--config", "tiny"], "--out"),
    (["generate", "--confg", "tiny"], "--confg"),
    (["generat"], "generat"),
    (["generate", "--config"], "--config"),
])
def test_wrong_usage_names_the_option(command, arguments, complaint):
    result = command(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert complaint in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_lists_presets(command):
    lines = command("presets").stdout.splitlines()
    assert [line.split()[0] for line in lines] == preset_names()
    assert "8 x 8 x 8 core, 32 banks of 64 bits by 512 words" in lines[0]
    assert json.loads(command("presets", "--json").stdout) == {name: preset(name).config_hash for name in preset_names()}


def test_schema_accepts_presets_and_refuses_unknown_keys(command):
    schema = json.loads(command("schema").stdout)
    for name in preset_names():
        text = resources.files("hwgen.config").joinpath("presets", f"{name}.toml").read_text()
        jsonschema.validate(tomllib.loads(text), schema)
    with pytest.raises(jsonschema.ValidationError, match="bankz"):
        jsonschema.validate(tomllib.loads(TINY.replace("banks =", "bankz =")), schema)


def test_prints_its_version(command):
    assert command("--version").stdout == f"hwgen {hwgen.__version__}\n"


def test_help_is_quick_and_loads_no_hardware(command):
    best = 10.0
    for _ in range(5):
        start = time.perf_counter()
        result = command("--help")
        best = min(best, time.perf_counter() - start)
    assert "generate" in result.stdout
    assert best < 0.5
    check = "import sys; from hwgen.cli import build; build(); print({'amaranth', 'numpy', 'pydantic'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout
    assert loaded == "set()\n"


@pytest.mark.parametrize("error, code, line", [
    (ToolError("no such\ntool"), 2, "hwgen: error: no such tool\n"),
    (OSError(28, "No space left on device", "x"), 2, "hwgen: error: 'x': No space left on device\n"),
    (KeyboardInterrupt(), 130, "hwgen: error: interrupted\n"),
])
def test_every_error_ends_in_one_line(monkeypatch, capsys, error, code, line):
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr("hwgen.config.preset_names", fail)
    with pytest.raises(SystemExit) as end:
        cli.main(["presets"])
    assert end.value.code == code
    assert capsys.readouterr().err == line
