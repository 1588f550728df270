# SPDX-License-Identifier: Apache-2.0
"""Timelines: from recordings, to data and back, and held to counters."""

import json

import numpy as np
import pytest
from hwgen.sim.recorder import Recorder
from hwgen.sim.recording import Kind
from hwgen.sim.timeline import Timeline
from support.timelines import CAUSES, long, record, small, write_recording

from hwgen.config import preset
from hwgen.errors import DataError

COUNTERS = {"steps": 6, "A_bank_conflict": 1, "B_bank_conflict": 0, "fill": 1, "configuration": 2, "thinking": 0, "total_cycles": 10}


def test_segments_and_totals():
    made = small()
    assert made.total_cycles == 10
    assert made.causes.segments() == [[0, 2, "configuration"], [2, 3, "fill"], [3, 7, "steps"], [7, 8, "A_bank_conflict"], [8, 10, "steps"]]
    assert made.units[1].segments() == [[0, 2, "dependency"], [2, 10, "running"]]
    assert made.units[0].totals()["running"] == 7 and made.units[0].totals()["no_credit"] == 0
    assert made.conflicts.total().tolist() == [[0, 3, 0], [0, 0, 5], [0, 0, 0]]
    assert made.largest(3) == [("steps", 6), ("configuration", 2), ("A_bank_conflict", 1)]


def test_agrees_with_counters():
    assert small().disagreements(COUNTERS) == []


@pytest.mark.parametrize("name", [*CAUSES, "total_cycles"])
def test_wrong_counter_is_noticed(name):
    wrong = COUNTERS | {name: COUNTERS[name] + 1}
    assert small().disagreements(wrong) == [f"{name}: the timeline has {COUNTERS[name]} cycles, the counter {COUNTERS[name] + 1}"]


@pytest.mark.parametrize("made", [small(), long(500)], ids=["small", "long"])
def test_data_and_back(made):
    content = json.loads(json.dumps(made.to_json()))
    again = Timeline.from_json(content)
    assert again.to_json() == made.to_json()
    assert set(content) == {"format", "version", "config", "config_hash", "total_cycles", "causes", "units", "conflicts"}
    assert set(content["conflicts"]) == {"requesters", "bucket_cycles", "total", "buckets"}
    for track in (content["causes"], *content["units"].values()):
        assert sum(track["totals"].values()) == content["total_cycles"]
        assert sum(end - start for start, end, _ in track["segments"]) == content["total_cycles"]


@pytest.mark.parametrize("content, message", [
    ({}, r"must be of format 'hwgen timeline', version 1, not \(None, None\)"),
    ([1], r"version 1, not \[1\]"),
    (small().to_json() | {"version": 2}, r"version 1, not \('hwgen timeline', 2\)"),
    ({"format": "hwgen timeline", "version": 1}, r"must have all keys in their form, not KeyError\('conflicts'\)"),
    (small().to_json() | {"causes": {"states": [], "segments": [[0, 1, "steps"]]}}, "must have all keys in their form, not ValueError"),
])
def test_refuses_other_data(content, message):
    with pytest.raises(DataError, match=message):
        Timeline.from_json(content)


def test_recording_ends_with_the_last_job(tmp_path):
    recorder = Recorder(preset("tiny"))
    path = write_recording(
        tmp_path / "timeline.bin",
        record(recorder, Kind.RUN, 3, "configuration"), record(recorder, Kind.RUN, 4, "dependency", A="dependency"),
        record(recorder, Kind.RUN, 60, "steps", A="running"), record(recorder, Kind.BUCKET, 0), record(recorder, Kind.REFUSALS, 1 << 16 | 2),
        record(recorder, Kind.RUN, 5, "steps", A="running"), record(recorder, Kind.BUCKET, 0), record(recorder, Kind.REFUSALS, 1 << 16 | 3),
        record(recorder, Kind.RUN, 90, "configuration"), record(recorder, Kind.BUCKET, 2), record(recorder, Kind.REFUSALS, 1 << 16 | 9))
    made = Timeline.from_recording(path, recorder)
    assert made.causes.segments() == [[0, 3, "configuration"], [3, 7, "dependency"], [7, 72, "steps"]]
    assert made.conflicts.buckets.tolist() == [[0, 0, 1, 5]]
    assert [unit.name for unit in made.units] == list(recorder.units)


def test_nothing_recorded(tmp_path):
    made = Timeline.from_recording(write_recording(tmp_path / "timeline.bin"), Recorder(preset("tiny")))
    assert made.total_cycles == 0 and not made.causes.segments() and not np.any(made.conflicts.total())
    assert Timeline.from_json(made.to_json()).to_json() == made.to_json()
