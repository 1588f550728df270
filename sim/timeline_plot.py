# SPDX-License-Identifier: Apache-2.0
"""A timeline as a picture for documents."""

from typing import BinaryIO

import numpy as np
from matplotlib import colors as matplotlib_colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from .timeline import Timeline, Track
from .timeline_colors import colors

COLUMNS = 1600
"""Most cycles, or groups of cycles, that stand side by side."""
LEVELS = 24
"""Vertical parts of a column, by which the states of a group of cycles share it."""
ROW_INCHES = 0.34
STALLS_SHOWN = 12
GAP = 2
"""White lines between rows, of `LEVELS`."""


def plot(timeline: Timeline, file: BinaryIO, kind: str) -> None:
    """Draw causes, units, conflicts and the largest stalls into a PNG or SVG file.

    Parameters
    ----------
    timeline : Timeline
    file : binary file
    kind : {"png", "svg"}
    """
    tracks = [timeline.causes, *timeline.units]
    figure = Figure(figsize=(13, 1.4 + ROW_INCHES * len(tracks) + 4.2), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[1.0 + ROW_INCHES * len(tracks), 3.6])
    _draw_tracks(figure.add_subplot(grid[0, :]), timeline, tracks)
    _draw_conflicts(figure.add_subplot(grid[1, 0]), timeline)
    _draw_stalls(figure.add_subplot(grid[1, 1]), timeline)
    figure.suptitle(f"{timeline.config} ({timeline.config_hash}): {timeline.total_cycles:,} cycles")
    # Without a date, so that the same run gives the same file.
    metadata = {"svg": {"Date": None}, "png": {"Software": None}}[kind]
    figure.savefig(file, format=kind, dpi=110, metadata=metadata)


def shares(track: Track, columns: int) -> NDArray[np.float64]:
    """Which part of each column a track spends in each state: columns by states, summing up to 1.

    Columns are of equal length and need not hold whole cycles.
    """
    edges = np.linspace(0, track.end, columns + 1)
    result = np.zeros((columns, len(track.states)))
    for code in np.unique(track.codes):
        mine = track.codes == code
        # Cycles in this state before each boundary, linear in between.
        points = np.column_stack([track.starts[mine], track.ends[mine]]).ravel()
        lengths = (track.ends - track.starts)[mine]
        below = np.concatenate([[0], np.cumsum(lengths)])
        result[:, code] = np.diff(np.interp(edges, points, np.repeat(below, 2)[1:-1])) * columns / track.end
    return result


def image(track: Track, columns: int) -> NDArray[np.float64]:
    """`LEVELS` by ``columns`` by RGB: each column filled from the top by the states in order of code."""
    bounds = np.cumsum(shares(track, columns), axis=1)
    middles = (np.arange(LEVELS) + 0.5) / LEVELS
    codes = (middles[:, None, None] > bounds[None]).sum(axis=2).clip(max=len(track.states) - 1)
    return np.array([matplotlib_colors.to_rgb(color) for color in colors(track.states)])[codes]


def _draw_tracks(axes: Axes, timeline: Timeline, tracks: list[Track]) -> None:
    total, columns = timeline.total_cycles, min(timeline.total_cycles, COLUMNS)
    axes.set_title("What each cycle was charged to, and what each unit was doing", loc="left", fontsize=10)
    axes.set_yticks(range(len(tracks)), [track.name for track in tracks])
    axes.set_xlabel("cycle")
    if columns:
        picture = np.ones((len(tracks) * (LEVELS + GAP), columns, 3))
        for index, track in enumerate(tracks):
            top = index * (LEVELS + GAP) + GAP // 2
            picture[top:top + LEVELS] = image(track, columns)
        axes.imshow(picture, aspect="auto", interpolation="nearest", extent=(0, total, len(tracks) - 0.5, -0.5))
    used = [(state, color) for states in (timeline.causes.states, timeline.units[0].states)
            for state, color in zip(states, colors(states), strict=True)
            if any(track.totals().get(state) for track in tracks if track.states == states)]
    axes.legend(handles=[Patch(color=color, label=state) for state, color in used], loc="upper left",
                bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)


def _draw_conflicts(axes: Axes, timeline: Timeline) -> None:
    conflicts = timeline.conflicts
    matrix, names = conflicts.total(), conflicts.requesters
    axes.set_title("Requests refused by a bank", loc="left", fontsize=10)
    axes.imshow(matrix, cmap="Reds", vmin=0, vmax=max(1, matrix.max()))
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("served instead")
    axes.set_ylabel("refused")
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=8,
                      color="white" if count > matrix.max() / 2 else "black")


def _draw_stalls(axes: Axes, timeline: Timeline) -> None:
    axes.set_title("Where the cycles went", loc="left", fontsize=10)
    rows = timeline.largest(STALLS_SHOWN)
    palette = dict(zip(timeline.causes.states, colors(timeline.causes.states), strict=True))
    axes.barh(range(len(rows)), [count for _, count in rows], color=[palette[name] for name, _ in rows])
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("cycles")
    axes.margins(x=0.15)
    for index, (_, count) in enumerate(rows):
        axes.annotate(f" {count:,}  ({count / max(1, timeline.total_cycles):.1%})", (count, index), va="center", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
