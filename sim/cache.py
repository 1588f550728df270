# SPDX-License-Identifier: Apache-2.0
"""A folder of things that take long to make and can always be made again."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..cache import cache_folder
from ..errors import ToolError


def cache_dir() -> Path:
    """The cache folder, made and fit for building in.

    Raises
    ------
    ToolError
        If the folder cannot be made or written, or make could not work in it.
    """
    path = cache_folder()
    if any(character.isspace() for character in str(path)):
        raise ToolError(f"cache folder must have no blanks in its path (set HWGEN_CACHE), not {str(path)!r}")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolError(f"cache folder {str(path)!r} cannot be made: {error.strerror}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ToolError(f"cache folder {str(path)!r} cannot be written (set HWGEN_CACHE to another)")
    return path


def content_key(*parts: str | bytes | Path) -> str:
    """Short name for what is made from these texts and the contents of these files."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:20]


def make_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, made first by ``make`` if it is not there yet.

    ``make`` works in a temporary folder which is renamed at the end, so that what exists is whole however
    the making ended; a second process that wants the same waits for the first.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_name(folder.name + ".lock")):
        if folder.is_dir():
            return folder
        for leftover in folder.parent.glob(f".{folder.name}.*"):
            shutil.rmtree(leftover, ignore_errors=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            make(unfinished)
            unfinished.chmod(0o755)
            unfinished.rename(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return folder


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
