# SPDX-License-Identifier: Apache-2.0
"""From a preset's name, a TOML file or a plain dictionary to a checked config."""

import json
import os
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import ConfigError
from .cluster import ClusterConfig
from .complaint import describe


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
    return _parse(resources.files(__package__).joinpath("presets", f"{name}.toml").read_text(encoding="utf-8"), name)


def load(source: str | Path) -> ClusterConfig:
    """Config from a preset's name or the path of a TOML file.

    Raises
    ------
    ConfigError
        If there is neither, or the description is refused.
    """
    path, name = Path(source), str(source)
    if name in preset_names() or not (path.suffix == ".toml" or os.path.lexists(path)):
        return preset(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise ConfigError(f"config file {str(path)!r} cannot be read: {reason}") from None
    return _parse(text, str(path), path.parent)


def from_dict(description: dict[str, Any], where: str = "config", *, folder: Path | None = None) -> ClusterConfig:
    """Config from plain values, lists where the config has tuples.

    Parameters
    ----------
    description : dict
    where : str
        What the description is called in messages.
    folder : Path, optional
        Where files that the description names are looked for; the current folder if left out.

    Raises
    ------
    ConfigError
        Naming the first key that is refused, its value and the reason.
    """
    try:
        return ClusterConfig.model_validate_json(json.dumps(description, default=str), context={"folder": folder or Path()})
    except ValidationError as error:
        raise ConfigError(f"{where}: {describe(error, description)}") from None
    except TypeError as error:
        raise ConfigError(f"{where}: {error}") from None


def _parse(text: str, where: str, folder: Path | None = None) -> ClusterConfig:
    try:
        description = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: not valid TOML: {error}") from None
    return from_dict(description, where, folder=folder)
