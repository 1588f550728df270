# SPDX-License-Identifier: Apache-2.0
"""Mapped netlists kept by the hash of all that they depend on."""

import hashlib
import os
import tempfile
from pathlib import Path

from hwgen.cache import cache_folder

from .netlist import Netlist


def default_folder() -> Path:
    """``synthesis`` in the folder where hwgen keeps what it can make again."""
    return cache_folder() / "synthesis"


def key(*texts: str) -> str:
    """Hash of ``texts``, their borders included."""
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


class Cache:
    """Netlists in a folder; an entry appears as a whole or not at all."""

    def __init__(self, folder: Path | None = None):
        self._folder = Path(folder) if folder is not None else default_folder()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json.gz"

    def get(self, name: str) -> Netlist | None:
        """The entry, or nothing if there is none or it cannot be read."""
        try:
            return Netlist.load(self._path(name))
        except (OSError, EOFError, ValueError, TypeError, KeyError):
            return None

    def put(self, name: str, netlist: Netlist) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=self._folder, prefix="partial-")
        os.close(handle)
        try:
            netlist.save(Path(partial))
            os.replace(partial, self._path(name))
        finally:
            Path(partial).unlink(missing_ok=True)
