# SPDX-License-Identifier: Apache-2.0
"""The config's keys as a JSON Schema, for editors and for messages that say which keys there are."""

from collections.abc import Sequence
from typing import Any

from .cluster import ClusterConfig


def json_schema() -> dict[str, Any]:
    """JSON Schema of a config file; editors that check TOML against one take it as it is."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ClusterConfig.model_json_schema(),
        "title": "hwgen cluster",
    }


def keys_at(location: Sequence[str | int]) -> list[str]:
    """Keys that a table may have.

    Parameters
    ----------
    location : sequence of str or int
        Path to the table, with the kind of an extension after its index, as pydantic gives it.
    """
    root = json_schema()
    here = root
    for part in location:
        if "discriminator" in here:
            here = {"$ref": here["discriminator"]["mapping"].get(part)}
        elif isinstance(part, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(part) or here.get("additionalProperties") or next(
                iter(here.get("patternProperties", {}).values()), {})
        if here.get("$ref"):
            here = root["$defs"][here["$ref"].rpartition("/")[2]]
    return list(here.get("properties", {}))
