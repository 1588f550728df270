# SPDX-License-Identifier: Apache-2.0
"""What becomes of the simulator process when something goes wrong."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hwgen.sim import Program, Session, build
from support.stand_in import STAND_IN

from hwgen.errors import ToolError

INTERRUPTED = """
import sys
from pathlib import Path
from hwgen.sim import BuiltSimulator, Program, Session
program = Program()
program.idle(4_000_000_000)
with Session(BuiltSimulator(Path(sys.argv[1]), "hwgen_testbench", "player", False, 0.0, Path("."))) as session:
    print(session._process.pid, flush=True)
    session.play(program, watchdog=1 << 40)
"""


def endless():
    program = Program()
    program.idle(4_000_000_000)
    return program


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def wait_until_gone(pid):
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def test_timeout_ends_the_simulator(stand_in):
    with Session(stand_in) as session:
        pid = session._process.pid
        with pytest.raises(ToolError, match="has not answered for 0.5 seconds and was ended"):
            session.play(endless(), watchdog=1 << 40, timeout=0.5)
    assert wait_until_gone(pid)


def test_dead_simulator_is_reported(stand_in):
    with Session(stand_in) as session:
        os.kill(session._process.pid, signal.SIGKILL)
        with pytest.raises(ToolError, match=r"ended unasked with exit code -9; its last words:\n(.|\n)*cocotb"):
            session.play(Program())
        with pytest.raises(ToolError, match="is not running"):
            session.play(Program())


def test_missing_simulator_is_reported(stand_in, tmp_path):
    session = Session(replace(stand_in, executable=tmp_path / "none"))
    with pytest.raises(ToolError, match="cannot be run: No such file or directory"), session:
        pass


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_orphan(stand_in, how):
    caller = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(stand_in.executable)], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )
    pid = int(caller.stdout.readline())
    time.sleep(0.3)
    assert alive(pid)
    caller.send_signal(how)
    assert caller.wait(10) != 0
    caller.stdout.close()
    assert wait_until_gone(pid)


def test_folder_is_removed(stand_in):
    with Session(stand_in) as session:
        folder = session._folder
        assert folder.is_dir()
    assert not folder.exists()


def test_records_waves(tmp_path):
    built = build([STAND_IN], "stand_in", waves=True)
    waves = tmp_path / "play.vcd"
    program = Program()
    program.write(0, 0x1234)
    with Session(built, waves=waves) as session:
        assert session.play(program).completed
    assert "s_axil_wdata" in waves.read_text()


@pytest.mark.parametrize(("arguments", "message"), [
    ({"idle": 1.0}, r"idle must be within 0\.\.1, 1 excluded, not 1\.0"),
    ({"seed": -1}, "seed must be within 32 bits, not -1"),
    ({"waves": Path("x.vcd")}, "built with waves=True"),
])
def test_rejects(stand_in, arguments, message):
    with pytest.raises(ValueError, match=message):
        Session(stand_in, **arguments)
