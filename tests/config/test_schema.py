# SPDX-License-Identifier: Apache-2.0
from hwgen.config.schema import json_schema, keys_at


def test_every_key_is_explained():
    schema = json_schema()
    explained = {"kind", "core", "quantizer", "memory", "accelerator", "jobs", "interconnect", "m", "n", "k"}
    for model in [schema, *schema["$defs"].values()]:
        assert model["additionalProperties"] is False
        for name, key in model["properties"].items():
            assert name in explained or key.get("description"), name


def test_keys_of_each_table():
    assert keys_at([]) == ["name", "memory", "streamers", "accelerator", "jobs", "interconnect", "dma"]
    assert keys_at(["memory"]) == ["banks", "bank_width", "bank_depth"]
    assert keys_at(["accelerator", "gemm", "core"])[:3] == ["m", "n", "k"]
    assert keys_at(["accelerator", "max_pool"]) == ["kind", "element_width", "width", "window_width"]
    assert keys_at(["accelerator", "no_such_kind"]) == []
    assert "temporal_dimensions" in keys_at(["streamers", "any"])
    assert keys_at(["streamers", "any", "extensions", 0, "broadcaster"]) == ["kind", "factor"]
