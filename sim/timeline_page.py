# SPDX-License-Identifier: Apache-2.0
"""A timeline as one HTML page that needs nothing else, to zoom into."""

import html
import json
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from .timeline import Conflicts, Timeline, Track, make_track
from .timeline_colors import colors

GROUPS = 4000
"""Groups of cycles into which longer tracks are divided."""
SEGMENTS = 20_000
"""Most segments of a track that are shown one by one."""


def page(timeline: Timeline) -> str:
    """The whole page."""
    folder = resources.files(__package__)
    title = html.escape(f"{timeline.config} ({timeline.config_hash}): {timeline.total_cycles:,} cycles")
    # Within a script, nothing but its end tag has a meaning of its own.
    content = json.dumps(page_data(timeline), separators=(",", ":")).replace("</", "<\\/")
    text = folder.joinpath("timeline.html").read_text(encoding="utf-8")
    script = folder.joinpath("timeline.js").read_text(encoding="utf-8")
    for name, value in (("TITLE", title), ("SCRIPT", script), ("DATA", content)):
        text = text.replace(name, value)
    return text


def page_data(timeline: Timeline) -> dict:
    """What the script draws: tracks with the starts and codes of their segments, and refusals by bucket."""
    conflicts = grouped_conflicts(timeline.conflicts, timeline.total_cycles)
    tracks = []
    for track in (timeline.causes, *timeline.units):
        shown = grouped(track)
        tracks.append({
            "name": track.name, "states": list(track.states), "colors": colors(track.states),
            "starts": shown.starts.tolist(), "codes": shown.codes.tolist(),
            "grouped": 0 if shown is track else track.end / GROUPS,
        })
    return {"total": timeline.total_cycles, "tracks": tracks, "requesters": list(conflicts.requesters),
            "bucket_cycles": conflicts.bucket_cycles, "conflicts": conflicts.buckets.tolist()}


def grouped(track: Track) -> Track:
    """A track of few segments as it is; of another, each group of cycles with its states sorted.

    Every state keeps its cycles in every group; only their order within the group is lost.
    """
    if len(track.starts) <= SEGMENTS:
        return track
    edges = np.linspace(0, track.end, GROUPS + 1).astype(np.int64)
    cycles = np.zeros((GROUPS, len(track.states)), np.int64)
    for code in range(len(track.states)):
        cycles[:, code] = np.diff(_cycles_before(track, code, edges))
    groups, codes = np.nonzero(cycles)
    return make_track(track.name, track.kind, track.states, cycles[groups, codes], codes)


def _cycles_before(track: Track, code: int, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cycles in one state before each of ``edges``."""
    mine = track.codes == code
    starts, lengths = track.starts[mine], (track.ends - track.starts)[mine]
    below = np.concatenate([[0], np.cumsum(lengths)])
    index = np.searchsorted(starts, edges, side="right")
    last = np.maximum(index - 1, 0)
    if not len(starts):
        return np.zeros(len(edges), np.int64)
    inside = np.minimum(edges - starts[last], lengths[last])
    return np.where(index > 0, below[last] + inside, 0)


def grouped_conflicts(conflicts: Conflicts, total_cycles: int) -> Conflicts:
    """Conflicts in no more than `GROUPS` buckets."""
    factor = max(1, -(-total_cycles // (conflicts.bucket_cycles * GROUPS)))
    length = factor * conflicts.bucket_cycles
    keys = conflicts.buckets[:, :3].copy()
    keys[:, 0] -= keys[:, 0] % length
    merged, inverse = np.unique(keys, axis=0, return_inverse=True)
    counts = np.zeros(len(merged), np.int64)
    np.add.at(counts, inverse.ravel(), conflicts.buckets[:, 3])
    return Conflicts(conflicts.requesters, length, np.column_stack([merged, counts]))
