# SPDX-License-Identifier: Apache-2.0
"""Commands that describe and generate clusters."""

import json

import typer

from .options import ConfigOption, JsonOption, OutOption


def register(app: typer.Typer) -> None:
    app.command()(generate)
    app.command()(presets)
    app.command()(schema)


def generate(config: ConfigOption, out: OutOption, as_json: JsonOption = False) -> None:
    """Write a cluster's Verilog and all that describes it.

    That is: C header, register reference, SystemRDL, resolved config and manifest.
    """
    from rich.console import Console

    from ..config import load
    from ..emit.generate import generate as write

    console = Console(stderr=True)
    result = write(load(config), out, console=console if console.is_terminal else None)
    if as_json:
        files = {role: str(path) for role, path in result.files.items()}
        print(json.dumps({"folder": str(result.folder), "files": files, "manifest": result.manifest}, indent=2))
        return
    print(f"{result.manifest['name']}, config hash {result.manifest['config_hash']}")
    for path in result.files.values():
        print(f"  {path}")


def presets(as_json: JsonOption = False) -> None:
    """List the configs that come with hwgen."""
    from ..config import preset, preset_names

    configs = {name: preset(name) for name in preset_names()}
    if as_json:
        print(json.dumps({name: config.config_hash for name, config in configs.items()}, indent=2))
        return
    width = max(map(len, configs))
    for name, config in configs.items():
        memory = config.memory
        print(f"{name:{width}}  {config.accelerator.summary},"
              f" {memory.banks} banks of {memory.bank_width} bits by {memory.bank_depth} words")


def schema() -> None:
    """Print the JSON Schema of config files.

    Editors that check TOML while you type can be pointed to it.
    """
    from ..config.schema import json_schema

    print(json.dumps(json_schema(), indent=2))
