# SPDX-License-Identifier: Apache-2.0
"""The library is compiled once for each version of its sources; a compiler that fails is reported."""

import pytest
from hwgen.sim.cycle_model import library

from hwgen.errors import ToolError


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """An empty cache folder, and nothing loaded."""
    monkeypatch.setenv("HWGEN_CACHE", str(tmp_path))
    library.library.cache_clear()
    yield tmp_path
    library.library.cache_clear()


def test_compiled_once_and_kept(fresh):
    library.library()
    (folder,) = [path for path in (fresh / "cycle_model").iterdir() if path.is_dir()]
    made = (folder / library.LIBRARY).stat().st_mtime_ns
    library.library.cache_clear()
    assert library.library().hwgen_cycles_layout() > 0
    assert (folder / library.LIBRARY).stat().st_mtime_ns == made


def test_a_failing_compiler_is_reported(fresh, monkeypatch):
    monkeypatch.setattr(library, "sources", lambda: {library.SOURCE: "this is not C++\n"})
    with pytest.raises(ToolError, match="compiling the cycle model failed:\n.*error"):
        library.library()
    assert not [path for path in (fresh / "cycle_model").iterdir() if path.is_dir()]
