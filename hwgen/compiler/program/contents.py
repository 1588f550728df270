# SPDX-License-Identifier: Apache-2.0
"""Contents of a program's buffers from the files that it names."""

from pathlib import Path

import numpy as np

from ...errors import DataError, MappingError
from ...files import load_array, load_member
from .buffers import Buffer
from .program import Program


def stored_contents(program: Program, folder: Path) -> dict[str, np.ndarray]:
    """Arrays of all buffers that name a file, by buffer.

    Parameters
    ----------
    program : Program
    folder : Path
        That the files' names are relative to: the one of the program's file.

    Raises
    ------
    DataError
        If a file cannot be read, or its array is not of the buffer's type and shape.
    """
    found = {buffer.name: _array(buffer, folder / buffer.file) for buffer in program.buffers if buffer.file is not None}
    for name, array in found.items():
        check_contents(program.buffer(name), array)
    return found


def check_contents(buffer: Buffer, array: np.ndarray) -> None:
    """Refuse an array that a buffer cannot hold.

    Raises
    ------
    DataError
    """
    try:
        buffer.as_bytes(array)
    except MappingError as error:
        raise DataError(str(error)) from None


def _array(buffer: Buffer, path: Path) -> np.ndarray:
    if path.suffix != ".npz":
        return load_array(path)
    found = load_member(path, buffer.name)
    if found is None:
        raise DataError(f"file of buffer {buffer.name!r} must be an .npz file with an array of that name, not {str(path)!r}")
    return found
