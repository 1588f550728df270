# SPDX-License-Identifier: Apache-2.0
"""A config's emitted Verilog and its simulator, each made once and kept."""

from importlib import metadata
from pathlib import Path

from rich.console import Console

from .. import __version__
from ..config import ClusterConfig
from ..emit.verilog import cluster_verilog, top_name
from .build import BuiltSimulator, build
from .cache import cache_dir, content_key, make_once

GENERATOR = Path(__file__).parent.parent / "hwgen" if (Path(__file__).parent.parent / "hwgen").is_dir() else Path(__file__).parent.parent
"""Folder of the generator's sources, in a checkout or installed."""


def verilog_for(config: ClusterConfig) -> Path:
    """The cluster's Verilog file, kept under the config's hash and that of the generator's sources."""
    sources = sorted(file for file in GENERATOR.rglob("*.py") if "compiler" not in file.parts and "cli" not in file.parts)
    key = content_key(config.canonical_json(), __version__, metadata.version("amaranth"), *sources)
    name = f"{top_name(config)}.v"

    def make(folder: Path) -> None:
        (folder / name).write_text(cluster_verilog(config, __version__))

    return make_once(cache_dir() / "verilog" / key, make) / name


def simulator_for(config: ClusterConfig, *, waves: bool = False, console: Console | None = None) -> BuiltSimulator:
    """Generate the cluster's Verilog and compile it, unless that has been done before."""
    verilog = verilog_for(config)
    return build([verilog], top_name(config), key=(config.config_hash,), waves=waves, console=console)
