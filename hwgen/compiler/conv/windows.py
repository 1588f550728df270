# SPDX-License-Identifier: Apache-2.0
"""Which channels each tile of filters sees: all of them, or with groups a window that moves along."""

from dataclasses import dataclass

from ...config import ClusterConfig
from ..tiled.tiling import Span
from .problem import ConvProblem


@dataclass(frozen=True)
class ChannelWindows:
    """A window of channels for every tile of filters, all of the same size, in blocks of the core's K channels.

    Filters of several groups share a tile; their window holds the channels of all these groups, and weights for
    channels that a filter does not see are its zero point. So a depthwise convolution is a tile of a diagonal matrix
    for each tap, and needs one block of channels a tile.

    Attributes
    ----------
    firsts : tuple of int
        First block of each tile's window.
    count : int
        Blocks of a window.
    """

    firsts: tuple[int, ...]
    count: int

    def spans(self, filters: int, size: int, block: int) -> list[Span]:
        """Tiles of filters in blocks of at most ``block`` tiles whose windows move along evenly.

        Parameters
        ----------
        filters : int
        size : int
            Filters of a tile.
        block : int
        """
        spans, first = [], 0
        while first < len(self.firsts):
            end = first + 1
            while end < min(first + block, len(self.firsts)) and self.firsts[end] - self.firsts[end - 1] == self.firsts[first + 1] - self.firsts[first]:
                end += 1
            spans.append(Span(len(spans), first, end - first, min((end - first) * size, filters - first * size)))
            first = end
        return spans

    def step(self, span: Span) -> int:
        """Blocks by which the window moves from one tile of a span to the next."""
        return self.firsts[span.first + 1] - self.firsts[span.first] if span.tiles > 1 else 0


def channel_windows(problem: ConvProblem, config: ClusterConfig) -> ChannelWindows:
    """Windows of a problem on a cluster's core."""
    core = config.accelerator.core
    inputs, outputs = problem.channels // problem.groups, problem.filters // problem.groups
    total = -(-problem.channels // core.k)
    found = []
    for filter_ in range(0, problem.filters, core.n):
        last = min(filter_ + core.n, problem.filters) - 1
        begin, end = filter_ // outputs * inputs, (last // outputs + 1) * inputs
        found.append((begin // core.k, -(-end // core.k)))
    count = max(end - begin for begin, end in found)
    return ChannelWindows(tuple(min(begin, total - count) for begin, _ in found), count)
