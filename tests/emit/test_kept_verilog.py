# SPDX-License-Identifier: Apache-2.0
import gc
from pathlib import Path

import pytest

from hwgen.config import preset
from hwgen.emit import kept_verilog
from hwgen.emit.collector import collection_paused
from hwgen.emit.kept_verilog import verilog_text


@pytest.fixture
def designs(monkeypatch, tmp_path):
    """Stands in for the conversion; counts how often it is asked."""
    made = []

    def convert(config, version):
        made.append(config.name)
        assert not gc.isenabled()
        return f"// {config.config_hash}\n"

    monkeypatch.setattr(kept_verilog, "cluster_verilog", convert)
    monkeypatch.setenv("HWGEN_CACHE", str(tmp_path / "cache"))
    return made


def test_makes_a_design_once(designs):
    tiny, small = preset("tiny"), preset("small")
    assert verilog_text(tiny) == verilog_text(tiny) == f"// {tiny.config_hash}\n"
    assert verilog_text(small) == f"// {small.config_hash}\n"
    assert designs == ["tiny", "small"]
    assert gc.isenabled()


def test_makes_it_anew_without_cache(designs, tmp_path):
    verilog_text(preset("tiny"), cache=False)
    verilog_text(preset("tiny"), cache=False)
    assert len(designs) == 2
    assert not (tmp_path / "cache").exists()


def test_makes_it_anew_when_the_kept_one_is_damaged(designs, tmp_path):
    text = verilog_text(preset("tiny"))
    (kept,) = (tmp_path / "cache" / "emitted").glob("*.v")
    for damage in (b"", kept.read_bytes()[:-1], b"\xff\xfe"):
        kept.write_bytes(damage)
        assert verilog_text(preset("tiny")) == text
    assert len(designs) == 4


def test_makes_it_anew_when_the_generator_changes(designs, monkeypatch):
    verilog_text(preset("tiny"))
    monkeypatch.setattr(kept_verilog, "__version__", "another")
    verilog_text(preset("tiny"))
    assert len(designs) == 2


def test_works_without_a_cache_folder(designs, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HWGEN_CACHE", str(tmp_path / "file"))
    assert verilog_text(preset("tiny")).startswith("// ")


def test_keeps_the_newest(designs, monkeypatch, tmp_path):
    monkeypatch.setattr(kept_verilog, "KEPT", 1)
    verilog_text(preset("tiny"))
    verilog_text(preset("small"))
    assert len(list((tmp_path / "cache" / "emitted").iterdir())) == 1


def test_collection_goes_on_after_an_error():
    with pytest.raises(KeyError), collection_paused():
        raise KeyError
    assert gc.isenabled()


def test_all_hardware_counts():
    """Folders with a component, or the kept design would outlive a change of one."""
    package = Path(kept_verilog.__file__).parent.parent
    hardware = {file.relative_to(package).parts[0] for file in package.rglob("*.py") if "wiring.Component" in file.read_text()}
    assert hardware <= set(kept_verilog.DESIGN_FOLDERS)
