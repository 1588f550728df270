# SPDX-License-Identifier: Apache-2.0
import pytest
from hwgen.fpga.cache import Cache, default_folder, key
from hwgen.fpga.netlist import Netlist

NETLIST = Netlist({"i": ("input", [1])}, [("FDRE", {"Q": [2]})], {"FDRE": ["Q"]}, {2: "data"}, {2: "word"})


def test_returns_what_was_put(tmp_path):
    cache = Cache(tmp_path / "new")
    assert cache.get("a") is None
    cache.put("a", NETLIST)
    loaded = cache.get("a")
    assert loaded.roles == NETLIST.roles
    assert loaded.registers == {"data": 1, "configuration": 0, "control": 0}


def test_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(self, path):
        path.write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Netlist, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Cache(tmp_path).put("a", NETLIST)
    assert list(tmp_path.iterdir()) == []


def test_damaged_entry_counts_as_none(tmp_path):
    cache = Cache(tmp_path)
    cache.put("a", NETLIST)
    (tmp_path / "a.json.gz").write_bytes((tmp_path / "a.json.gz").read_bytes()[:20])
    assert cache.get("a") is None


def test_key_tells_borders_apart():
    assert key("ab", "c") != key("a", "bc")


def test_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("HWGEN_CACHE", str(tmp_path))
    assert default_folder() == tmp_path / "synthesis"
