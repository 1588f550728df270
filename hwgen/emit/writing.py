# SPDX-License-Identifier: Apache-2.0
"""Files that appear in a folder as a whole or not at all."""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import ToolError


def check_folder(out: Path) -> None:
    """Refuse early what could not be written later.

    Raises
    ------
    ToolError
        If ``out`` is a file, lies below one, or cannot be written.
    """
    if "\0" in str(out):
        raise _refusal(out, "a name holds no NUL character")
    for folder in (out.absolute(), *out.absolute().parents):
        try:
            if folder.is_dir():
                break
            exists = os.path.lexists(folder)
        except OSError as error:
            raise _refusal(out, error.strerror or str(error)) from None
        if exists:
            raise _refusal(out, f"{str(folder)!r} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _refusal(out, f"{str(folder)!r} is write-protected")


def write_files(out: Path, texts: dict[str, str]) -> None:
    """Write every text under its name in ``out``, replacing files of these names and no others.

    All of them are written out beside their destinations first and then renamed, the last one last.
    Whatever goes wrong, an error or an interrupt, leaves every file as it was.

    Raises
    ------
    ToolError
        If the folder cannot be made or written.
    """
    check_folder(out)
    for name in texts:
        if (out / name).is_dir():
            raise _refusal(out, f"{name!r} in it is a folder")
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    stage = None
    try:
        out.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".hwgen-", dir=out))
        for name, text in texts.items():
            (stage / name).write_text(text, encoding="utf-8", newline="\n")
        with _interrupts_held_back():
            for name in texts:
                os.replace(stage / name, out / name)
    except OSError as error:
        raise _refusal(out, error.strerror or str(error)) from None
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


def _refusal(out: Path, reason: str) -> ToolError:
    return ToolError(f"output folder {str(out)!r} cannot be written: {reason}")


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C take effect after the block instead of within it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held:
        signal.raise_signal(signal.SIGINT)
