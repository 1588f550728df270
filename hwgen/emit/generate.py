# SPDX-License-Identifier: Apache-2.0
"""Everything that is generated of a cluster, written to a folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from ..config import ClusterConfig
from .bench import bench_name, bench_text
from .header import c_header, header_name
from .kept_verilog import verilog_text
from .manifest import MANIFEST_NAME, manifest, manifest_text
from .markdown import reference_name, register_reference
from .systemrdl import systemrdl, systemrdl_name
from .toml import config_name, config_toml
from .verilog import bank_name, top_name
from .writing import check_folder, write_files


@dataclass(frozen=True)
class Generated:
    """What was written.

    Attributes
    ----------
    folder : Path
    files : dict of str to Path
        By role: ``verilog``, ``header``, ``registers``, ``systemrdl``, ``bench``, ``config`` and ``manifest``.
    manifest : dict
    """

    folder: Path
    files: dict[str, Path]
    manifest: dict[str, Any]


def generate(config: ClusterConfig, out: Path, *, cache: bool = True, console: Console | None = None) -> Generated:
    """Write the design, C header, register reference, SystemRDL, bench, resolved config and manifest.

    All of them are made before the first is written, and they replace files of the same names
    together; other files in the folder stay. The texts depend on the config and the versions of hwgen
    and its tools only.

    Parameters
    ----------
    config : ClusterConfig
    out : Path
        Folder, made if there is none.
    cache : bool
        Take the Verilog from the cache folder if it has been made before.
    console : rich.console.Console or None
        Where progress is shown; nowhere by default.

    Raises
    ------
    ToolError
        If the folder cannot be written.
    """
    out = Path(out)
    check_folder(out)
    with (console or Console(quiet=True)).status(f"generating {config.name}"):
        texts = design_texts(config, cache=cache)
    document = manifest(config, top=top_name(config), bank=bank_name(config), verilog=texts["verilog"][1], files=texts)
    texts["manifest"] = MANIFEST_NAME, manifest_text(document)
    write_files(out, dict(texts.values()))
    return Generated(out, {role: out / name for role, (name, _) in texts.items()}, document)


def design_texts(config: ClusterConfig, *, cache: bool = True) -> dict[str, tuple[str, str]]:
    """Name and text of every file but the manifest, by role."""
    return {
        "header": (header_name(config), c_header(config)),
        "registers": (reference_name(config), register_reference(config)),
        "systemrdl": (systemrdl_name(config), systemrdl(config)),
        "bench": (bench_name(config), bench_text(config)),
        "config": (config_name(config), config_toml(config)),
        "verilog": (f"{top_name(config)}.v", verilog_text(config, cache=cache)),
    }
