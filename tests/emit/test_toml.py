# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.config import from_dict, load, preset, preset_names
from hwgen.emit.toml import config_name, config_toml


@pytest.mark.parametrize("name", preset_names())
def test_loads_to_the_same_config(name, tmp_path):
    config = preset(name)
    path = tmp_path / config_name(config)
    path.write_text(config_toml(config))
    again = load(path)
    assert again == config
    assert again.config_hash == config.config_hash
    assert config_toml(again) == config_toml(config)


def test_keeps_the_order_of_streamers(tmp_path):
    description = preset("tiny").model_dump(mode="json")
    description["streamers"] = dict(reversed(description["streamers"].items()))
    config = from_dict(description)
    path = tmp_path / "reversed.toml"
    path.write_text(config_toml(config))
    assert list(load(path).streamers) == ["E", "D", "C", "B", "A"]
    assert load(path).config_hash == config.config_hash != preset("tiny").config_hash


def test_writes_every_default():
    text = config_toml(preset("small"))
    for key in ("queue_depth", "fair_period", "bound_width", "accumulator_width", 'reach = "all"'):
        assert key in text
