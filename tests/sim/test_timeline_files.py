# SPDX-License-Identifier: Apache-2.0
"""Timelines to and from files."""

import pytest
from hwgen.sim import load_timeline, render
from support.timelines import small

from hwgen.errors import DataError


@pytest.mark.parametrize("name, begin", [
    ("run.html", b"<!DOCTYPE html>"), ("run.png", b"\x89PNG"), ("run.SVG", b"<?xml"), ("run.json", b'{"format":"hwgen timeline"'),
])
def test_suffix_tells_the_form(name, begin, tmp_path):
    render(small(), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begin)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["run.pdf", "run", "html"])
def test_other_suffixes_are_refused(name, tmp_path):
    with pytest.raises(DataError, match=rf"must end in one of \.html, \.png, \.svg, \.json, not '.*{name}'"):
        render(small(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_data_can_be_loaded(tmp_path):
    render(small(), tmp_path / "run.json")
    assert load_timeline(tmp_path / "run.json").to_json() == small().to_json()


@pytest.mark.parametrize("text, message", [
    (None, "run.json' cannot be read: No such file or directory"),
    ("{", "must hold JSON, not '.*run.json'"),
    ("{}", "must be of format 'hwgen timeline'"),
])
def test_refuses_what_is_no_timeline(text, message, tmp_path):
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    with pytest.raises(DataError, match=message):
        load_timeline(tmp_path / "run.json")
