# SPDX-License-Identifier: Apache-2.0
"""Elaboration without garbage collection, which would take half of its time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Keep Python from searching the millions of live objects of a netlist for dead ones."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
