# SPDX-License-Identifier: Apache-2.0
"""Colors are distinct and the same in every picture."""

import re

from hwgen.sim.recorder import STATES
from hwgen.sim.timeline_colors import KNOWN, colors

from hwgen.config import preset
from hwgen.config.counters import cycle_causes


def test_causes_and_states_have_colors_of_their_own():
    for states in (cycle_causes(preset("datamaestro")), STATES):
        chosen = colors(states)
        assert len(set(chosen)) == len(states)
        assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in chosen)


def test_same_reason_has_the_same_color():
    assert colors(("steps", "A_no_address"))[1] == KNOWN["no_address"] == colors(STATES)[STATES.index("no_address")]


def test_unknown_states_have_colors_of_their_own():
    assert len(set(colors(("steps", "thinking", "dreaming", "resting")))) == 4
