# SPDX-License-Identifier: Apache-2.0
"""Arrays and results from and to files: refused early, written in one piece."""

import json
import os
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

from .errors import DataError, ToolError

MALFORMED = (ValueError, EOFError, zipfile.BadZipFile, zlib.error)
"""What NumPy raises of files that hold something else than arrays of plain numbers."""


def load_array(path: Path) -> np.ndarray:
    """Array of a ``.npy`` file.

    Raises
    ------
    DataError
        If the file is not there or holds no plain array.
    """
    found = _load(path)
    if not isinstance(found, np.ndarray):
        raise DataError(f"array file must be a .npy file of plain numbers, not {str(path)!r}")
    return found


def load_member(path: Path, name: str) -> np.ndarray | None:
    """Array of that name in an ``.npz`` file; None if there is none.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    archive = _load(path)
    if not isinstance(archive, np.lib.npyio.NpzFile):
        return None
    try:
        return archive[name]
    except (KeyError, *MALFORMED):
        return None


def _load(path: Path) -> "np.ndarray | np.lib.npyio.NpzFile | None":
    """What is in a file of arrays; None if it is no such file."""
    try:
        return np.load(path, allow_pickle=False)
    except OSError as error:
        raise DataError(f"array file {str(path)!r} cannot be read: {error.strerror or 'it is not a .npy file'}") from None
    except MALFORMED:
        return None


def load_json(path: Path) -> dict:
    """Object of a JSON file.

    Raises
    ------
    DataError
        If the file cannot be read or holds no object.
    """
    try:
        content = json.loads(path.read_text())
    except OSError as error:
        raise DataError(f"JSON file {str(path)!r} cannot be read: {error.strerror}") from None
    except ValueError:
        raise DataError(f"JSON file must hold JSON, not what is in {str(path)!r}") from None
    if not isinstance(content, dict):
        raise DataError(f"JSON file {str(path)!r} must hold an object, not {type(content).__name__}")
    return content


def check_writable(path: Path) -> None:
    """Refuse early a file that could not be written at the end.

    Raises
    ------
    ToolError
    """
    folder = path.absolute().parent
    if path.is_dir():
        raise ToolError(f"output must be a file, not the folder {str(path)!r}")
    if not folder.is_dir():
        raise ToolError(f"output folder must exist, not {str(folder)!r}")
    if not os.access(folder, os.W_OK):
        raise ToolError(f"output folder {str(folder)!r} cannot be written")


def write_whole(path: Path, write) -> None:
    """Call ``write`` with a temporary binary file that takes the place of ``path`` once it is whole."""
    with tempfile.NamedTemporaryFile(dir=path.absolute().parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            write(file)
            file.flush()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def save_array(path: Path, array: np.ndarray) -> None:
    """Write a ``.npy`` file."""
    write_whole(path, lambda file: np.save(file, array))


def save_json(path: Path, content: dict) -> None:
    """Write a JSON file."""
    write_whole(path, lambda file: file.write((json.dumps(content, indent=2) + "\n").encode()))
