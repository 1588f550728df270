# SPDX-License-Identifier: Apache-2.0
"""Files are written whole or not at all."""

import numpy as np
import pytest

from hwgen.errors import DataError
from hwgen.files import load_array, load_member, write_whole


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


def test_arrays_are_told_from_other_files(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.arange(3), objects=np.array([None]))
    np.save(tmp_path / "x.npy", np.arange(3))
    (tmp_path / "broken.npz").write_bytes((tmp_path / "x.npz").read_bytes()[:60])
    assert load_array(tmp_path / "x.npy").tolist() == load_member(tmp_path / "x.npz", "x").tolist() == [0, 1, 2]
    for path, name in (("x.npz", "y"), ("x.npz", "objects"), ("x.npy", "x"), ("broken.npz", "x")):
        assert load_member(tmp_path / path, name) is None
    for path in ("x.npz", "broken.npz"):
        with pytest.raises(DataError, match=f"must be a .npy file of plain numbers, not '.*{path}'"):
            load_array(tmp_path / path)
    with pytest.raises(DataError, match="cannot be read"):
        load_member(tmp_path / "missing.npz", "x")
