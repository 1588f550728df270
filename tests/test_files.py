# SPDX-License-Identifier: Apache-2.0
"""Files are written whole or not at all."""

import pytest

from hwgen.files import write_whole


def test_a_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("old")

    def fail(file):
        file.write(b"half")
        raise RuntimeError("full")

    with pytest.raises(RuntimeError):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]
    write_whole(path, lambda file: file.write(b"new"))
    assert path.read_text() == "new"
