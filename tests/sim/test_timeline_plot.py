# SPDX-License-Identifier: Apache-2.0
"""Pictures of timelines."""

import io

import numpy as np
import pytest
from hwgen.sim.timeline_colors import colors
from hwgen.sim.timeline_plot import LEVELS, image, plot, shares
from support.timelines import long, small, timeline


@pytest.mark.parametrize("columns", [1, 3, 10, 64])
def test_shares_hold_every_cycle(columns):
    for made in (small(), long(1000)):
        for track in (made.causes, *made.units):
            result = shares(track, columns)
            np.testing.assert_allclose(result.sum(axis=1), 1)
            cycles = result.sum(axis=0) * track.end / columns
            np.testing.assert_allclose(cycles, list(track.totals().values()), atol=1e-9)


def test_image_shows_each_cycle_in_its_color():
    track = small().causes
    palette = dict(zip(track.states, colors(track.states)))
    shown = (image(track, 10) * 255).round().astype(int)
    assert shown.shape == (LEVELS, 10, 3)
    for start, end, state in track.segments():
        expected = [int(palette[state][i:i + 2], 16) for i in (1, 3, 5)]
        assert (shown[:, start:end] == expected).all()


def test_image_shares_a_column_among_states():
    track = timeline([(3, "steps"), (1, "fill")], {"A": [(4, "running")]}).causes
    shown = image(track, 1)
    assert len(np.unique(shown[:, 0], axis=0)) == 2
    assert (shown[:, 0] == shown[0, 0]).all(axis=1).sum() == LEVELS * 3 // 4


@pytest.mark.parametrize("made", [small(), long(5000), timeline([], {"A": []})], ids=["small", "long", "empty"])
@pytest.mark.parametrize("kind, begin", [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_files(made, kind, begin):
    file = io.BytesIO()
    plot(made, file, kind)
    assert file.getvalue().startswith(begin)
    assert len(file.getvalue()) < 1_000_000
