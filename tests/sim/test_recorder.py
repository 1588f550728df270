# SPDX-License-Identifier: Apache-2.0
"""The recorder's Verilog names what the design has."""

from dataclasses import replace
from pathlib import Path

import pytest
from hwgen.sim import Session, build
from hwgen.sim.recorder import STATE_BITS, STATES, Recorder
from hwgen.sim.testbench import player_testbench
from support.stand_in import STAND_IN

from hwgen.config import preset, preset_names
from hwgen.config.register_map import RegisterMap
from hwgen.emit.kept_verilog import verilog_text
from hwgen.emit.verilog import top_name
from hwgen.errors import ToolError
from hwgen.streamer.status import WaitCause

TINY = preset("tiny")


def test_codes_of_waits_are_those_of_the_hardware():
    assert {STATES[4 + wait.value] for wait in WaitCause} == {wait.name.lower() for wait in WaitCause}
    assert all(STATES[4 + wait.value] == wait.name.lower() for wait in WaitCause)
    assert len(STATES) == 1 << STATE_BITS


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_has_the_signals_that_are_recorded(name):
    config = preset(name)
    recorder = Recorder(config)
    assert recorder.units == tuple(unit.name for unit in RegisterMap(config).units)
    testbench = player_testbench(verilog_text(config), top_name(config), recorder=recorder)
    assert f".STATE_WORDS({recorder.state_words})" in testbench.sources["testbench.v"]
    assert "STATEMENTS" not in testbench.sources["recorder.v"].split("module", 1)[1].replace("STATE_WORDS", "")


def test_missing_signal_is_named():
    verilog = verilog_text(TINY).replace("probe_granted_B_0", "granted")
    with pytest.raises(ToolError, match="must have a signal 'probe_granted_B_0' to be recorded"):
        player_testbench(verilog, top_name(TINY), recorder=Recorder(TINY))


def test_other_testbenches_cannot_record():
    with pytest.raises(ValueError, match="kind must be 'player' to record, not 'free'"):
        build([STAND_IN], "stand_in", kind="free", recorder=Recorder(TINY))


def test_session_needs_a_recorder(stand_in):
    assert not stand_in.records
    with pytest.raises(ValueError, match="must be built with a recorder to record"):
        Session(stand_in, record=True)
    with pytest.raises(ValueError, match="made with record=True to have a recording"):
        _ = Session(replace(stand_in, records=True)).recording


def test_verilog_and_python_agree_on_buckets():
    from hwgen.sim.recording import BUCKET_CYCLES

    source = (Path(__file__).parent.parent.parent / "sim" / "recorder.v").read_text()
    assert f"parameter BUCKET_CYCLES = {BUCKET_CYCLES}\n" in source
