# SPDX-License-Identifier: Apache-2.0
"""Windows of channels hold what the filters of each tile see, and move along evenly within a span."""

import pytest

from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.windows import channel_windows
from hwgen.config import preset

CONFIG = preset("datamaestro")


@pytest.mark.parametrize("channels, filters, groups", [(64, 64, 1), (64, 64, 64), (64, 128, 64), (12, 20, 4), (33, 11, 11), (24, 6, 3), (96, 64, 4), (1, 1, 1)])
def test_every_filter_finds_its_channels(channels, filters, groups):
    problem = ConvProblem(4, 4, channels, filters, groups=groups)
    windows = channel_windows(problem, CONFIG)
    assert len(windows.firsts) == -(-filters // 8)
    for f in range(filters):
        first = windows.firsts[f // 8] * 8
        begin = f // (filters // groups) * (channels // groups)
        assert first <= begin and begin + channels // groups <= first + windows.count * 8
    assert all(first + windows.count <= -(-channels // 8) for first in windows.firsts)


def test_depthwise_needs_one_block_a_tile():
    windows = channel_windows(ConvProblem(4, 4, 64, 64, groups=64), CONFIG)
    assert windows.count == 1 and windows.firsts == tuple(range(8))


@pytest.mark.parametrize("channels, filters, groups", [(64, 64, 1), (64, 64, 64), (64, 128, 64), (12, 20, 4), (96, 64, 4), (40, 100, 5)])
@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_spans_cover_all_tiles_and_move_evenly(channels, filters, groups, block):
    windows = channel_windows(ConvProblem(4, 4, channels, filters, groups=groups), CONFIG)
    spans = windows.spans(filters, 8, block)
    assert [span.first for span in spans] == [sum(s.tiles for s in spans[:i]) for i in range(len(spans))]
    assert sum(span.tiles for span in spans) == len(windows.firsts) and sum(span.elements for span in spans) == filters
    for span in spans:
        firsts = windows.firsts[span.first:span.first + span.tiles]
        assert span.tiles <= block and all(first == firsts[0] + i * windows.step(span) for i, first in enumerate(firsts))
