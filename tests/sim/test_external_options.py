# SPDX-License-Identifier: Apache-2.0
"""What can be asked of external memory, what it tells, and designs that have none."""

from dataclasses import FrozenInstanceError, replace

import pytest
from hwgen.sim import ErrorRange, ExternalMemory, Program, Session, build, external_shared
from hwgen.sim.external_shared import SharedMemory
from hwgen.sim.external_traffic import Traffic, Violation
from hwgen.sim.testbench import player_testbench
from support.axi_traffic import Burst, build_traffic, run_traffic, traffic_source
from support.stand_in import STAND_IN

from hwgen.errors import ToolError


@pytest.fixture(scope="module")
def traffic(tmp_path_factory):
    return build_traffic(tmp_path_factory.mktemp("traffic"))


@pytest.mark.parametrize(("arguments", "error", "message"), [
    ({"latency": 0}, ValueError, r"latency must be within 1\.\.4294967295, not 0"),
    ({"latency": 2.0}, TypeError, r"latency must be an integer, not 2\.0"),
    ({"jitter": -1}, ValueError, r"jitter must be within 0\.\.4294967295, not -1"),
    ({"outstanding": 0}, ValueError, r"outstanding must be within 1\.\.4294967295, not 0"),
    ({"seed": 1 << 32}, ValueError, r"seed must be within 0\.\.4294967295, not 4294967296"),
    ({"reorder": 1}, TypeError, "reorder must be True or False, not 1"),
    ({"bandwidth": 0.5}, ValueError, r"bandwidth must be within 1\.\.4096 bytes a cycle, not 0\.5"),
    ({"bandwidth": "8"}, ValueError, r"bandwidth must be within 1\.\.4096 bytes a cycle, not '8'"),
    ({"pause": 1.0}, ValueError, r"pause must be within 0\.\.1, 1 excluded, not 1\.0"),
    ({"base": -4096}, ValueError, r"base must be within 0\.\.18446744073709551615, not -4096"),
    ({"base": 64}, ValueError, "base must be a multiple of 4096, not 0x40"),
    ({"errors": [(4, 4)]}, ValueError, r"end of an error range must be within 5\.\.18446744073709551615, not 4"),
    ({"errors": [(0, 4, "all")]}, ValueError, "access of an error range must be 'both', 'read' or 'write', not 'all'"),
    ({"errors": [7]}, TypeError, r"errors must hold tuples \(start, end\) or \(start, end, access\), not 7"),
    ({"errors": [(i, i + 1) for i in range(65)]}, ValueError, "errors must be 64 ranges or fewer, not 65"),
])
def test_rejects(arguments, error, message):
    with pytest.raises(error, match=message):
        ExternalMemory(**arguments)


def test_is_frozen_and_names_its_ranges():
    memory = ExternalMemory(errors=[(0, 8), (16, 24, "read")])
    assert memory.errors == (ErrorRange(0, 8, "both"), ErrorRange(16, 24, "read"))
    assert replace(memory, latency=3).errors == memory.errors
    with pytest.raises(FrozenInstanceError):
        memory.latency = 3


def test_all_ranges_count(traffic):
    memory = ExternalMemory(errors=[(64 * i, 64 * i + 1) for i in range(64)])
    with Session(traffic, external=memory, memory_size=1 << 16) as session:
        outcome = run_traffic(session, [Burst("read", 8 * i) for i in range(512)] + [Burst("read", 64 * 64)])
    assert [event.response for event in outcome.of("R")] == [2 if i % 8 == 0 else 0 for i in range(512)] + [0]


def test_design_without_a_port_has_no_memory():
    built = build([STAND_IN], "stand_in")
    assert not built.external
    with pytest.raises(ValueError, match="built must be of a design with a port m_axi to have external memory"):
        Session(built, external=ExternalMemory())
    with Session(built) as session:
        assert session.play(Program()).traffic is None
        for access in (lambda: session.memory, lambda: session.external):
            with pytest.raises(ValueError, match="built must be of a design with a port m_axi"):
                access()


@pytest.mark.parametrize("size", [0, 4097, -4096, 4096.0, True])
def test_rejects_sizes(traffic, size):
    with pytest.raises(ValueError, match=r"memory_size must be a positive multiple of 4096, not "):
        Session(traffic, memory_size=size)


def test_memory_is_there_while_the_session_is(traffic):
    session = Session(traffic, memory_size=4096)
    with pytest.raises(ToolError, match="the simulation is not running"):
        _ = session.memory
    with session:
        session.memory[:3] = 1, 2, 3
        kept = session.memory
    assert kept[:4].tolist() == [1, 2, 3, 0]


def test_half_a_port_is_refused():
    with pytest.raises(ToolError, match="module 'axi_traffic' must have a port 'm_axi_rlast' for external memory"):
        player_testbench(traffic_source().replace("m_axi_rlast", "m_axi_rend"), "axi_traffic")


def test_files_of_another_version_are_refused(traffic, monkeypatch):
    monkeypatch.setattr(external_shared, "LAYOUT_MARK", 5)
    with pytest.raises(ToolError, match=r"external memory: file external_shared.bin is not of this version"), Session(traffic):
        pass


def test_missing_folder_is_reported(tmp_path):
    with pytest.raises(ToolError, match="external memory of 4096 bytes cannot be made in '.*none': No such file or directory"):
        SharedMemory(tmp_path / "none", 4096)


@pytest.mark.parametrize("kind", ["free", "bare"])
def test_other_kinds_leave_the_port_alone(tmp_path, kind):
    path = tmp_path / "axi_traffic.v"
    path.write_text(traffic_source())
    built = build([path], "axi_traffic", kind=kind, quick=True)
    assert built.executable.is_file() and not built.external
    if kind == "free":
        with Session(built) as session:
            session.run(50)
            assert session.look("m_axi_arvalid") == 0


def test_violations_read_as_sentences():
    assert str(Violation("read_request_narrow", 1, 0x40, 12)) == (
        "read_request_narrow (ARSIZE must be the data's full width) once, first at address 0x40 in cycle 12")
    assert str(Violation("write_data_dropped", 3, None, 9)) == (
        "write_data_dropped (WVALID must hold until WREADY) 3 times, first in cycle 9")


def test_traffic_of_nothing():
    nothing = Traffic(*[0] * 16)
    assert nothing.finished and nothing.cycles == 0 and nothing.bytes_per_cycle == 0.0
    assert not replace(nothing, unclaimed_beats=1).finished
