# SPDX-License-Identifier: Apache-2.0
"""A config's emitted Verilog and its simulator, each made once and kept."""

from pathlib import Path

from rich.console import Console

from ..config import ClusterConfig
from ..emit.kept_verilog import verilog_text
from ..emit.verilog import top_name
from .build import BuiltSimulator, build
from .cache import cache_dir, content_key, make_once
from .recorder import Recorder


def verilog_for(config: ClusterConfig) -> Path:
    """The cluster's Verilog file in the cache folder."""
    text = verilog_text(config)
    name = f"{top_name(config)}.v"
    return make_once(cache_dir() / "verilog" / content_key(text), lambda folder: (folder / name).write_text(text)) / name


def simulator_for(config: ClusterConfig, *, waves: bool = False, console: Console | None = None) -> BuiltSimulator:
    """Generate the cluster's Verilog and compile it, unless that has been done before."""
    verilog = verilog_for(config)
    return build([verilog], top_name(config), key=(config.config_hash,), waves=waves,
                 recorder=Recorder(config), console=console)
