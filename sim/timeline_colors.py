# SPDX-License-Identifier: Apache-2.0
"""Colors of causes and states, alike in every picture."""

import colorsys

from ..config.counters import WAIT_CAUSES

KNOWN = {
    "steps": "#3a9d4f",
    "running": "#8cc99a",
    "idle": "#eeeeee",
    "dependency": "#e8b70c",
    "blocked": "#8a5a34",
    "output_blocked": "#8a5a34",
    "configuration": "#b9c0c9",
    "fill": "#57b8b0",
    "drain": "#2f7f86",
    "bank_conflict": "#d43d3d",
    "no_address": "#ee8434",
    "no_credit": "#9b59b6",
    "memory_latency": "#4178be",
}
"""Waits for the same reason have the same hue whoever waits, and blocked outputs that of blocked writers."""

LIGHTER = 0.14
"""By how much each further reader's waits are lighter than those of the one before."""
LIGHTEST = 0.85


def colors(states: tuple[str, ...]) -> list[str]:
    """A color for each state, as ``#rrggbb``; those not known here get hues of their own."""
    chosen: list[str] = []
    seen = dict.fromkeys(WAIT_CAUSES, 0)
    readers = {cause: sum(state.endswith(f"_{cause}") for state in states) for cause in WAIT_CAUSES}
    for index, state in enumerate(states):
        wait = next((cause for cause in WAIT_CAUSES if state.endswith(f"_{cause}")), None)
        if state in KNOWN:
            chosen.append(KNOWN[state])
        elif wait:
            chosen.append(_lighter(KNOWN[wait], seen[wait], readers[wait]))
            seen[wait] += 1
        else:
            # Steps of the golden ratio never come back to a hue.
            chosen.append(_hex(colorsys.hls_to_rgb(index * 0.618034 % 1, 0.6, 0.45)))
    return chosen


def _lighter(color: str, index: int, count: int) -> str:
    """The color of one of ``count`` readers, evenly spread if there are too many for the usual step."""
    hue, light, saturation = colorsys.rgb_to_hls(*(int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)))
    step = min(LIGHTER, (LIGHTEST - light) / max(1, count - 1))
    return _hex(colorsys.hls_to_rgb(hue, light + index * step, saturation))


def _hex(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)
