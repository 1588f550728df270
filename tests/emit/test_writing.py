# SPDX-License-Identifier: Apache-2.0
import errno
import os
import signal
from pathlib import Path

import pytest

from hwgen.emit import writing
from hwgen.emit.writing import check_folder, write_files
from hwgen.errors import ToolError


def contents(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_makes_folders_and_files(tmp_path):
    write_files(tmp_path / "a" / "b", {"x": "1\n", "y": "ü"})
    assert contents(tmp_path) == {"a/b/x": "1\n", "a/b/y": "ü"}


def test_replaces_its_own_files_only(tmp_path):
    (tmp_path / "x").write_text("old")
    (tmp_path / "foreign").write_text("kept")
    write_files(tmp_path, {"x": "new"})
    assert contents(tmp_path) == {"x": "new", "foreign": "kept"}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("existing", [False, True])
def test_leaves_everything_as_it_was_when_writing_fails(tmp_path, monkeypatch, error, existing):
    out = tmp_path / "a" / "b"
    if existing:
        out.mkdir(parents=True)
        (out / "x").write_text("old")
    before = contents(tmp_path)
    write_text = Path.write_text

    def fail_at_second(path, text, **options):
        if path.name == "y":
            raise error
        return write_text(path, text, **options)

    monkeypatch.setattr(Path, "write_text", fail_at_second)
    with pytest.raises(ToolError if isinstance(error, OSError) else KeyboardInterrupt) as caught:
        write_files(out, {"x": "new", "y": "new"})
    if isinstance(error, OSError):
        assert str(caught.value) == f"output folder {str(out)!r} cannot be written: No space left on device"
    assert contents(tmp_path) == before
    assert (tmp_path / "a").exists() == existing


def test_an_interrupt_between_renames_waits_for_the_last(tmp_path, monkeypatch):
    replace = os.replace

    def interrupted(source, target):
        signal.raise_signal(signal.SIGINT)
        replace(source, target)

    monkeypatch.setattr(writing.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path, {"x": "1", "y": "2"})
    assert contents(tmp_path) == {"x": "1", "y": "2"}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_rejects_a_file_as_folder(tmp_path):
    (tmp_path / "file").write_text("kept")
    for out in (tmp_path / "file", tmp_path / "file" / "below" / "it"):
        with pytest.raises(ToolError, match=r"output folder '.*' cannot be written: '.*file' is not a folder"):
            check_folder(out)
        with pytest.raises(ToolError):
            write_files(out, {"x": ""})
    assert contents(tmp_path) == {"file": "kept"}


def test_rejects_a_broken_link_and_names_no_system_takes(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ToolError, match="is not a folder"):
        check_folder(tmp_path / "link")
    with pytest.raises(ToolError, match="File name too long"):
        check_folder(tmp_path / ("x" * 300))
    with pytest.raises(ToolError, match="a name holds no NUL character"):
        write_files(tmp_path / "nul\0", {"x": ""})


def test_rejects_a_folder_in_place_of_a_file(tmp_path):
    (tmp_path / "y").mkdir()
    with pytest.raises(ToolError, match="'y' in it is a folder"):
        write_files(tmp_path, {"x": "1", "y": "2"})
    assert contents(tmp_path) == {}


def test_rejects_a_write_protected_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(writing.os, "access", lambda path, mode: False)
    with pytest.raises(ToolError, match="is write-protected"):
        check_folder(tmp_path)
