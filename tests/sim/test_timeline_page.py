# SPDX-License-Identifier: Apache-2.0
"""The page holds all of a timeline and needs nothing else."""

import itertools
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hwgen.sim.timeline_page import GROUPS, SEGMENTS, grouped, grouped_conflicts, page, page_data
from support.timelines import long, small, track

MANY = long(120_000)


def data_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_page_holds_the_data():
    made = small()
    text = page(made)
    data = data_of(text)
    assert data == json.loads(json.dumps(page_data(made)))
    for shown, own in zip(data["tracks"], (made.causes, *made.units), strict=True):
        assert shown["name"] == own.name and shown["grouped"] == 0
        assert shown["starts"] == own.starts.tolist() and shown["codes"] == own.codes.tolist()
    assert data["conflicts"] == made.conflicts.buckets.tolist()
    assert "made up (0123456789abcdef): 10 cycles" in text


def test_page_needs_nothing_else():
    text = page(small())
    assert not re.search(r'https?:|src=|<link|import\b', text)
    assert not re.search(r"\b(TITLE|DATA|SCRIPT)\b", text)


def test_names_cannot_end_the_data():
    made = replace(small(), units=(track("</script><b>", [(10, "running")]),), config="<i>")
    text = page(made)
    assert data_of(text)["tracks"][1]["name"] == "</script><b>"
    assert "<b>" not in text.replace("\\/script><b>", "") and "<i>" not in text


def test_long_runs_are_grouped():
    assert len(MANY.causes.starts) > SEGMENTS
    shown = grouped(MANY.causes)
    assert shown.totals() == MANY.causes.totals() and shown.end == MANY.causes.end
    edges = np.linspace(0, shown.end, GROUPS + 1).astype(int)
    per_cycle = [np.repeat(own.codes, own.ends - own.starts) for own in (MANY.causes, shown)]
    for begin, end in itertools.pairwise(edges):
        np.testing.assert_array_equal(np.sort(per_cycle[0][begin:end]), per_cycle[1][begin:end])
    assert len(page(MANY)) < 3_000_000


def test_short_tracks_stay():
    assert grouped(MANY.units[1]) is MANY.units[1]


@pytest.mark.parametrize("total, length", [(64 * GROUPS, 64), (64 * GROUPS + 1, 128), (200 * GROUPS, 256)])
def test_conflicts_are_grouped_and_none_is_lost(total, length):
    conflicts = long(5000).conflicts
    shown = grouped_conflicts(conflicts, total)
    assert shown.bucket_cycles == length
    assert not (shown.buckets[:, 0] % length).any()
    np.testing.assert_array_equal(shown.total(), conflicts.total())
