# SPDX-License-Identifier: Apache-2.0
"""Parts of other packages in a config: they come through every form of it, and mistakes are told."""

import copy
import json
import re
from importlib import metadata

import pytest
from support.extensions import KIND, AddConfig, add

from hwgen.config import ClusterConfig, from_dict, load, preset
from hwgen.config.plugins import imported, plugin_name
from hwgen.config.schema import json_schema
from hwgen.config.units import units
from hwgen.emit.toml import config_toml
from hwgen.errors import ConfigError

TINY = preset("tiny").model_dump(mode="json")


def with_extensions(*extensions):
    description = copy.deepcopy(TINY)
    description["streamers"]["A"]["extensions"] = [*extensions]
    return description


CONFIG = from_dict(with_extensions({"kind": "transposer"}, {"kind": KIND, "cycles": 3}))


def test_the_class_of_the_package_describes_it():
    assert CONFIG.streamers["A"].extensions[1] == add(3)
    assert {"add_enable", "add_addend"} <= {field.name for field in units(CONFIG)[0].fields}


def test_canonical_json_holds_all_its_keys():
    (_, plugin) = json.loads(CONFIG.canonical_json())["streamers"]["A"]["extensions"]
    assert plugin == {"kind": KIND, "cycles": 3}
    again = ClusterConfig.model_validate_json(CONFIG.canonical_json())
    assert again == CONFIG
    assert again.canonical_json() == CONFIG.canonical_json()


def test_hash_depends_on_its_keys():
    hashes = {from_dict(with_extensions({"kind": "transposer"}, {"kind": KIND, **keys})).config_hash
              for keys in ({}, {"cycles": 0}, {"cycles": 1}, {"cycles": 3})}
    assert len(hashes) == 3
    assert CONFIG.config_hash in hashes


def test_toml_gives_the_same_config_again(tmp_path):
    (tmp_path / "mine.toml").write_text(config_toml(CONFIG))
    again = load(str(tmp_path / "mine.toml"))
    assert (again, again.config_hash) == (CONFIG, CONFIG.config_hash)


def test_a_python_object_is_taken_as_it_is():
    streamer = CONFIG.streamers["A"].model_copy(update={"extensions": (add(1),)})
    changed = ClusterConfig(**{name: getattr(CONFIG, name) for name in ClusterConfig.model_fields}
                            | {"streamers": CONFIG.streamers | {"A": streamer}})
    assert changed.streamers["A"].extensions == (add(1),)


def test_schema_allows_shipped_kinds_and_classes():
    choices = json_schema()["$defs"]["StreamerConfig"]["properties"]["extensions"]["items"]["anyOf"]
    assert set(choices[0]["discriminator"]["mapping"]) == {"transposer", "broadcaster", "requantize", "zero_fill"}
    pattern = choices[1]["properties"]["kind"]["pattern"]
    assert re.search(pattern, KIND)
    assert not re.search(pattern, "transposer")


@pytest.mark.parametrize("extension, complaint", [
    ({"kind": "nowhere.at_all:X"},
     "0.kind: must name a class that can be imported (No module named 'nowhere'), not 'nowhere.at_all:X'"),
    ({"kind": "support.extensions:Nothing"},
     "0.kind: must name a class in module support.extensions, which has no Nothing, not 'support.extensions:Nothing'"),
    ({"kind": "support.extensions:Add"},
     "0.kind: must name a class derived from ExtensionConfig, not 'support.extensions:Add'"),
    ({"kind": "support.extensions:KIND"},
     "0.kind: must name a class derived from ExtensionConfig, not 'support.extensions:KIND'"),
    ({"kind": ":AddConfig"}, "0.kind: must name a class as module:Class, not ':AddConfig'"),
    ({"kind": "support.extensions:"}, "0.kind: must name a class as module:Class, not 'support.extensions:'"),
    ({"kind": "no_entry_point"},
     '0.kind: must be "transposer" or "broadcaster" or "requantize" or "zero_fill", not "no_entry_point"'),
    ({"kind": KIND, "size": 3}, "0: unknown key 'size' with value 3; there are kind, cycles"),
    ({"kind": KIND, "cycles": "2"}, '0.cycles: must be an integer, not "2"'),
    ({"kind": KIND, "cycles": -1}, "0.cycles: must be at least 0, not -1"),
])
def test_mistakes_are_told(extension, complaint):
    with pytest.raises(ConfigError) as error:
        from_dict(with_extensions(extension))
    assert str(error.value) == f"config: streamers.A.extensions.{complaint}"


def test_one_class_twice_in_a_streamer_is_refused():
    with pytest.raises(ConfigError, match="extensions: each kind may appear once, not add, add"):
        from_dict(with_extensions({"kind": KIND, "cycles": 1}, {"kind": KIND}))


def test_entry_points_name_classes(monkeypatch):
    point = metadata.EntryPoint("adder", KIND, "hwgen.extensions")
    monkeypatch.setattr(metadata, "entry_points", lambda group, name: [point] if (group, name) == (point.group, point.name) else [])
    (extension,) = from_dict(with_extensions({"kind": "adder", "cycles": 2})).streamers["A"].extensions
    assert extension == AddConfig(kind="adder", cycles=2)
    assert extension.label == "adder"


@pytest.mark.parametrize("kind, name", [
    ("transposer", "transposer"), (KIND, "add"), ("a.b:WindowSum", "window_sum"), ("a:LUTConfig", "lut"), ("a:Config", "config"),
    ("my-adder.v2", "my_adder_v2"), ("a:Sum2D", "sum2_d"),
])
def test_names_in_registers(kind, name):
    assert plugin_name(kind) == name


def test_imports_what_a_text_stands_for():
    assert imported(KIND) is AddConfig
    assert imported(AddConfig) is AddConfig
