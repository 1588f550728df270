# SPDX-License-Identifier: Apache-2.0
from importlib import resources

import pytest

from hwgen.config import from_dict, load, preset, preset_names
from hwgen.errors import ConfigError

TINY = resources.files("hwgen.config").joinpath("presets", "tiny.toml").read_text()


def test_loads_presets_by_name_and_files_by_path(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(TINY)
    assert load("tiny") == load(path) == load(str(path)) == preset("tiny")


def test_a_preset_comes_before_a_file_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").write_text(TINY.replace('"tiny"', '"other"'))
    assert load("tiny").name == "tiny"
    assert load("./tiny").name == "other"


def test_files_need_no_suffix_and_any_locale(tmp_path):
    (tmp_path / "config").write_bytes(TINY.encode() + "# Größe\n".encode())
    assert load(tmp_path / "config") == preset("tiny")


def test_plain_values_give_the_same_config():
    assert from_dict(preset("small").model_dump(mode="json")) == preset("small")


@pytest.mark.parametrize("content, complaint", [
    (None, "cannot be read: No such file or directory"),
    (b"\xff\xfe\x00", "cannot be read: it is not text in UTF-8"),
    (b"name", "not valid TOML: Expected '='"),
    (b"name = 1\nname = 2\n", "not valid TOML: Cannot overwrite a value"),
    (b"a = " + b"[" * 10000, "not valid TOML: "),
    (b"a = " + b"9" * 5000, "not valid TOML: "),
])
def test_rejects_files_that_hold_no_config(tmp_path, content, complaint):
    path = tmp_path / "bad.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        load(path)
    assert complaint in str(error.value) and str(path) in str(error.value)


def test_rejects_folders(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["big", "", "x" * 300, "nul\0"])
def test_rejects_names_of_nothing(name):
    with pytest.raises(ConfigError, match=r"presets datamaestro, .* or a TOML file, not|cannot be read"):
        load(name)


def test_rejects_keys_that_are_no_strings():
    with pytest.raises(ConfigError, match="config: "):
        from_dict({("a", "b"): 1})


def test_lists_presets():
    assert preset_names() == ["datamaestro", "datamaestro-paper", "elementwise-add", "max-pool", "small",
                              "step-1", "step-2", "step-3", "step-4", "step-5", "step-6", "tiny"]
