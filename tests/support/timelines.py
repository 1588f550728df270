# SPDX-License-Identifier: Apache-2.0
"""Timelines made up for tests, and the recordings they could have come from."""

import numpy as np
from hwgen.sim.recorder import STATE_BITS, STATES, Recorder
from hwgen.sim.recording import Kind
from hwgen.sim.timeline import Conflicts, Timeline, make_track

CAUSES = ("steps", "A_bank_conflict", "B_bank_conflict", "fill", "configuration", "thinking")
REQUESTERS = ("A", "B", "window")


def track(name, runs, states=STATES, kind="streamer"):
    """Track from pairs of length and state."""
    return make_track(name, kind, states, np.array([length for length, _ in runs], np.int64),
                      np.array([states.index(state) for _, state in runs], np.int64))


def timeline(causes, units, conflicts=()):
    """Timeline of runs, and of conflicts in rows of cycle, loser, winner and count."""
    rows = np.array(conflicts, np.int64).reshape(-1, 4)
    return Timeline("made up", "0123456789abcdef", track("causes", causes, CAUSES, "causes"),
                    tuple(track(name, runs) for name, runs in units.items()), Conflicts(REQUESTERS, 64, rows))


def small():
    """Ten cycles of two units."""
    return timeline(
        [(2, "configuration"), (1, "fill"), (4, "steps"), (1, "A_bank_conflict"), (2, "steps")],
        {"A": [(2, "idle"), (5, "running"), (1, "bank_conflict"), (2, "running")], "B": [(2, "dependency"), (8, "running")]},
        [(0, 0, 1, 3), (0, 1, 2, 5)])


def long(cycles, seed=0):
    """So many cycles whose state is another in nearly each."""
    rng = np.random.default_rng(seed)
    causes = [(1, CAUSES[code]) for code in rng.integers(0, len(CAUSES), cycles)]
    unit = [(1, STATES[code]) for code in rng.integers(0, len(STATES), cycles)]
    return timeline(causes, {"A": unit, "B": [(cycles, "running")]},
                    [(64 * bucket, bucket % 3, 2, 1 + bucket % 7) for bucket in range(cycles // 64)])


def record(recorder: Recorder, kind: Kind, value: int, cause: str = "steps", **units: str) -> list[int]:
    """Words of one record; units not named are idle."""
    state, offset = recorder.causes.index(cause), recorder.cause_bits
    for unit in recorder.units:
        state |= STATES.index(units.get(unit, "idle")) << offset
        offset += STATE_BITS
    words = [state >> 32 * i & 0xFFFF_FFFF for i in range(recorder.state_words)]
    return [kind << 30 | value, *(words if kind is Kind.RUN else [0] * recorder.state_words)]


def write_recording(path, *records):
    """A file of such records."""
    np.array([word for words in records for word in words], "<u4").tofile(path)
    return path
