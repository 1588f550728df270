# SPDX-License-Identifier: Apache-2.0
"""Synthesis of a whole cluster, unit by unit."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ..config import ClusterConfig
from ..emit.kept_verilog import verilog_text
from ..emit.verilog import top_name
from ..errors import ToolError
from .report import SynthesisReport
from .synthesis import synthesize


def cluster_units(config: ClusterConfig) -> dict[str, str]:
    """Label of every unit by the path of its instance."""
    parts = {f"accelerator.inner.{part}": part for part in config.accelerator.parts} or {"accelerator": "accelerator"}
    return {
        **{f"streamer_{name}": f"streamer_{name}" for name in config.all_streamers},
        **parts,
        **({"load": "load", "store": "store", "notify": "notify", "external": "external"} if config.dma else {}),
        "interconnect": "interconnect",
        "scratchpad": "scratchpad",
        "control": "control",
    }


def synthesize_cluster(
    config: ClusterConfig, target: str, *, only: Sequence[str] | None = None, console: Console | None = None
) -> SynthesisReport:
    """Cost of every unit of the cluster that ``config`` describes.

    Parameters
    ----------
    config : ClusterConfig
    target : str
        ``xcup`` or ``ecp5``.
    only : sequence of str, optional
        Labels of the units to synthesize; all, and what lies between them, if left out.
    console : Console, optional
        Where progress is shown.

    Raises
    ------
    ToolError
        If Yosys is missing or fails, or a unit does not exist.
    """
    units = cluster_units(config)
    for label in only or ():
        if label not in units.values():
            raise ToolError(f"unit must be one of {', '.join(units.values())}, not {label!r}")
    with tempfile.TemporaryDirectory(prefix="hwgen-synth-") as folder:
        verilog = Path(folder) / f"{top_name(config)}.v"
        verilog.write_text(verilog_text(config))
        chosen = {path: label for path, label in units.items() if only is None or label in only}
        return synthesize(verilog, top_name(config), target, chosen, glue=only is None, console=console)
