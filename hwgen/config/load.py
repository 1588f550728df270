# SPDX-License-Identifier: Apache-2.0
"""From a preset's name, a TOML file or a plain dictionary to a checked config."""

import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import ConfigError
from .cluster import ClusterConfig


def preset_names() -> list[str]:
    files = resources.files(__package__).joinpath("presets").iterdir()
    return sorted(entry.name.removesuffix(".toml") for entry in files if entry.name.endswith(".toml"))


def preset(name: str) -> ClusterConfig:
    """The shipped config of that name.

    Raises
    ------
    ConfigError
        If there is no such preset.
    """
    if name not in preset_names():
        raise ConfigError(f"config must be one of the presets {', '.join(preset_names())} or a TOML file, not {name!r}")
    return _parse(resources.files(__package__).joinpath("presets", f"{name}.toml").read_text(), name)


def load(source: str | Path) -> ClusterConfig:
    """Config from a preset's name or the path of a TOML file.

    Raises
    ------
    ConfigError
        If there is neither, or the description is refused.
    """
    path = Path(source)
    if str(source) in preset_names():
        return preset(str(source))
    if path.suffix == ".toml" or path.exists():
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise ConfigError(f"config file {str(path)!r} cannot be read: {reason}") from None
        return _parse(text, str(path))
    return preset(str(source))


def from_dict(description: dict[str, Any], where: str = "config") -> ClusterConfig:
    """Config from plain values, lists where the config has tuples.

    Raises
    ------
    ConfigError
        Naming the first key that is refused, its value and the reason.
    """
    try:
        return ClusterConfig.model_validate_json(json.dumps(description))
    except ValidationError as error:
        raise ConfigError(f"{where}: {describe(error)}") from None
    except TypeError as error:
        raise ConfigError(f"{where}: {error}") from None


def _parse(text: str, where: str) -> ClusterConfig:
    try:
        description = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not valid TOML: {error}") from None
    return from_dict(description, where)


def describe(error: ValidationError) -> str:
    """The first complaint of a validation in one line: key, reason, value."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    value, kind = first["input"], first["type"]
    if kind == "extra_forbidden":
        return f"unknown key {key!r} with value {value!r}"
    if kind == "missing":
        return f"key {key!r} is missing"
    message = first["msg"].removeprefix("Value error, ")
    prefix = f"{key}: " if key else ""
    if ", not " in message:
        return f"{prefix}{message}"
    return f"{prefix}{message[0].lower()}{message[1:]}, not {value!r}"
