# SPDX-License-Identifier: Apache-2.0
"""Contents of buffers from the files that a program names."""

import numpy as np
import pytest
from support.programs import CONFIG

from hwgen.compiler.program import Buffer, Program
from hwgen.compiler.program.contents import stored_contents
from hwgen.errors import DataError


def holding(file):
    buffer = Buffer("w", "external", 0, 8, "constant", dtype="int16", shape=(4,), file=file)
    return Program.of(CONFIG, [buffer, Buffer("x", "external", 8, 8, "input")], [])


def test_arrays_of_both_kinds_of_files(tmp_path):
    array = np.arange(4, dtype=np.int16)
    np.save(tmp_path / "w.npy", array)
    np.savez(tmp_path / "all.npz", w=array + 1, other=array)
    np.testing.assert_array_equal(stored_contents(holding("w.npy"), tmp_path)["w"], array)
    found = stored_contents(holding("all.npz"), tmp_path)
    assert list(found) == ["w"]
    np.testing.assert_array_equal(found["w"], array + 1)
    assert stored_contents(holding(None), tmp_path) == {}


@pytest.mark.parametrize("file, message", [
    ("missing.npy", "missing.npy' cannot be read"),
    ("missing.npz", "missing.npz' cannot be read"),
    ("others.npz", r"file of buffer 'w' must be an .npz file with an array of that name, not '.*others.npz'"),
    ("renamed.npz", r"file of buffer 'w' must be an .npz file with an array of that name, not '.*renamed.npz'"),
    ("short.npy", r"contents of buffer 'w' must have the shape \(4,\), not \(3,\)"),
    ("wide.npy", "contents of buffer 'w' must hold int16, not int32"),
    ("text.npy", "array file must be a .npy file of plain numbers"),
])
def test_refuses(file, message, tmp_path):
    np.savez(tmp_path / "others.npz", v=np.zeros(4, np.int16))
    np.save(tmp_path / "short.npy", np.zeros(3, np.int16))
    np.save(tmp_path / "wide.npy", np.zeros(4, np.int32))
    (tmp_path / "renamed.npz").write_bytes((tmp_path / "short.npy").read_bytes())
    (tmp_path / "text.npy").write_text("no array")
    with pytest.raises(DataError, match=message):
        stored_contents(holding(file), tmp_path)
