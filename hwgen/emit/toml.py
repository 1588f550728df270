# SPDX-License-Identifier: Apache-2.0
"""The resolved config as a TOML file, every default written out."""

import json
import re
from typing import Any

from ..config import ClusterConfig
from .text import heading


def config_name(config: ClusterConfig) -> str:
    """File name of the resolved config."""
    return f"{config.module_name}.toml"


def config_toml(config: ClusterConfig) -> str:
    """A config file that gives the same config, hash and order of streamers again."""
    lines = ["# SPDX-License-Identifier: Apache-2.0", f"# {heading(config, 'resolved config')}"]
    lines += _table((), config.model_dump(mode="json", exclude_none=True))
    return "\n".join(lines) + "\n"


def _table(path: tuple[str, ...], values: dict[str, Any]) -> list[str]:
    """A table's own values, then the tables in it."""
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    lines = ["", f"[{'.'.join(map(_key, path))}]"] if path and (plain or not values) else []
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in values.items():
        if isinstance(value, dict):
            lines += _table((*path, key), value)
    return lines


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    raise TypeError(f"a config holds no values like {value!r}")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
