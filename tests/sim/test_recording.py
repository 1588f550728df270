# SPDX-License-Identifier: Apache-2.0
"""Reading recordings, whole and broken ones."""

import numpy as np
import pytest
from hwgen.sim.recorder import Recorder
from hwgen.sim.recording import Kind, read_recording
from support.timelines import record, write_recording

from hwgen.config import preset
from hwgen.errors import ToolError

RECORDER = Recorder(preset("tiny").model_copy(update={"dma": None}))


def test_reads_runs_and_refusals(tmp_path):
    recorder, other = RECORDER, len(RECORDER.requesters)
    path = write_recording(
        tmp_path / "timeline.bin",
        record(recorder, Kind.RUN, 5, "configuration", quantizer="memory_latency"),
        record(recorder, Kind.BUCKET, 7),
        record(recorder, Kind.REFUSALS, (2 * other + 1) << 16 | 9),
        record(recorder, Kind.REFUSALS, 3 << 16 | 1),
        record(recorder, Kind.RUN, 1, "steps", A="no_address", core="running"),
        record(recorder, Kind.BUCKET, 8),
        record(recorder, Kind.REFUSALS, (other * other - 1) << 16 | 65535))
    recording = read_recording(path, recorder)
    np.testing.assert_array_equal(recording.lengths, [5, 1])
    assert [recorder.causes[code] for code in recording.causes] == ["configuration", "steps"]
    assert recording.units.shape == (2, len(recorder.units))
    assert recording.units[0].tolist() == [0] * (len(recorder.units) - 1) + [7]
    assert recording.units[1, 0] == 5 and recording.units[1, recorder.units.index("core")] == 2
    np.testing.assert_array_equal(recording.refusals, [[7, 2, 1, 9], [7, 0, 3, 1], [8, other - 1, other - 1, 65535]])


def test_states_may_reach_over_words(tmp_path):
    """More units than fit one word, one of them across the boundary."""

    class Wide(Recorder):
        units = tuple(f"unit_{i}" for i in range(20))

    recorder = Wide(preset("tiny").model_copy(update={"dma": None}))
    assert recorder.state_words == 3
    states = {f"unit_{i}": ("idle", "dependency", "running", "memory_latency")[i % 4] for i in range(20)}
    path = write_recording(tmp_path / "timeline.bin", record(recorder, Kind.RUN, 3, "drain", **states))
    recording = read_recording(path, recorder)
    assert recording.units[0].tolist() == [(0, 1, 2, 7)[i % 4] for i in range(20)]
    assert recorder.causes[recording.causes[0]] == "drain"


def test_empty_recording(tmp_path):
    recording = read_recording(write_recording(tmp_path / "timeline.bin"), RECORDER)
    assert len(recording.lengths) == len(recording.refusals) == 0


@pytest.mark.parametrize("words, message", [
    ([1, 2, 3], "must consist of records of 2 words, not of 3 words"),
    ([3 << 30, 0], "must hold records of kinds 0 to 2, not 3"),
    ([1, 31], "must name one of 18 causes, not number 31"),
    ([2 << 30, 0], "must name a bucket before its refusals, not after"),
])
def test_refuses_what_is_broken(words, message, tmp_path):
    with pytest.raises(ToolError, match=message):
        read_recording(write_recording(tmp_path / "timeline.bin", words), RECORDER)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ToolError, match="none.bin' cannot be read: No such file or directory"):
        read_recording(tmp_path / "none.bin", RECORDER)
