# SPDX-License-Identifier: Apache-2.0
"""A config's simulator for a short life: built quickly, removed after use."""

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from ... import __version__
from ...config import ClusterConfig
from ...emit.collector import collection_paused
from ...emit.verilog import cluster_verilog, top_name
from ..build import BuiltSimulator, build
from ..cache import cache_dir, content_key

QUIET = Console(file=io.StringIO())


@contextmanager
def simulator(config: ClusterConfig, *, mutate: Callable[[str], str] | None = None) -> Iterator[BuiltSimulator]:
    """A simulator that leaves nothing in the cache folder once it is no longer needed.

    Parameters
    ----------
    config : ClusterConfig
    mutate : callable, optional
        Changes the emitted Verilog first, for tests that plant a bug.
    """
    with collection_paused():
        text = cluster_verilog(config, __version__)
    if mutate is not None:
        text = mutate(text)
    folder = cache_dir() / "fuzz" / content_key(text)
    folder.mkdir(parents=True, exist_ok=True)
    verilog, built = folder / f"{top_name(config)}.v", None
    try:
        verilog.write_text(text)
        built = build([verilog], top_name(config), key=(config.config_hash, "fuzz"), quick=True, console=QUIET)
        yield built
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if built is not None:
            shutil.rmtree(built.executable.parent, ignore_errors=True)
            built.executable.parent.with_name(built.executable.parent.name + ".lock").unlink(missing_ok=True)
