# SPDX-License-Identifier: Apache-2.0
"""Where things are kept that take long to make and can always be made again."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$HWGEN_CACHE``, else ``hwgen`` in the user's cache folder; it may not exist yet."""
    if chosen := os.environ.get("HWGEN_CACHE"):
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "hwgen"
