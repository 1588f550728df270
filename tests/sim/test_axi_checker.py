# SPDX-License-Identifier: Apache-2.0
"""Each rule of AXI4 that a design can break at its memory port is found, named, and placed."""

import pytest
from hwgen.sim import ExternalMemory, Program, Session
from hwgen.sim.external_traffic import RULES
from support.axi_traffic import ASK_IN_RESET, Burst, build_traffic, run_traffic

from hwgen.errors import ToolError

SIZE = 1 << 20
BUSY = ExternalMemory(latency=2, pause=0.95)
"""Hardly ever ready, so that what is broken while waiting is broken."""
PLANTED = {
    "write_request_dropped": Burst("write", 0x100, drop=True),
    "write_request_changed": Burst("write", 0x100, change=True),
    "write_request_crosses_4k": Burst("write", 0x1000 - 8, 2),
    "write_request_not_incr": Burst("write", 0x100, burst=2),
    "write_request_narrow": Burst("write", 0x100, size=2),
    "write_request_exclusive": Burst("write", 0x100, lock=1),
    "read_request_dropped": Burst("read", 0x100, drop=True),
    "read_request_changed": Burst("read", 0x100, change=True),
    "read_request_crosses_4k": Burst("read", 0x1000 - 16, 4),
    "read_request_not_incr": Burst("read", 0x100, burst=0),
    "read_request_narrow": Burst("read", 0x100, size=0),
    "read_request_exclusive": Burst("read", 0x100, lock=1),
    "write_data_dropped": Burst("write", 0x100, 3, data_gap=500, data_drop=True),
    "write_data_changed": Burst("write", 0x100, 3, data_gap=500, data_change=True),
    "write_data_last_early": Burst("write", 0x100, 3, last_early=True),
    "write_data_last_missing": Burst("write", 0x100, 3, last_missing=True),
    "write_data_strobe_outside": Burst("write", 0x103, 3, all_strobes=True),
}
IN_RESET = {"write_request_in_reset": "aw", "read_request_in_reset": "ar", "write_data_in_reset": "w"}


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    with Session(build_traffic(tmp_path_factory.mktemp("traffic")), external=BUSY, memory_size=SIZE) as session:
        yield session


def test_every_rule_is_planted():
    assert set(PLANTED) | set(IN_RESET) == set(RULES)


@pytest.mark.parametrize("rule", PLANTED)
def test_finds(session, rule):
    session.reset()
    burst = PLANTED[rule]
    with pytest.raises(ToolError, match="the design breaks the rules of AXI4 at its port m_axi:\n") as caught:
        run_traffic(session, [burst])
    lines = str(caught.value).splitlines()[1:]
    assert [line.split()[0] for line in lines] == [rule]
    assert f"({RULES[rule]})" in lines[0]
    wanted = {burst.address // 8 * 8, burst.address, burst.address ^ 8, burst.address + 8, burst.address + 16}
    assert int(lines[0].split(" at address ")[1].split()[0], 16) in wanted


@pytest.mark.parametrize("rule", IN_RESET)
def test_finds_requests_in_reset(session, rule):
    session.reset()
    program = Program()
    program.write(ASK_IN_RESET, ["aw", "w", "ar"].index(IN_RESET[rule]) + 1)
    program.idle(3)
    program.reset(6)
    program.write(ASK_IN_RESET, 0)
    with pytest.raises(ToolError, match=rf"\n{rule} .* 5 times, first ") as caught:
        run_traffic(session, [], program=program)
    assert set(IN_RESET) & set(str(caught.value).split()) == {rule}
    session.reset()


def test_finds_nothing_in_what_is_right_and_forgets(session):
    session.reset()
    with pytest.raises(ToolError, match="write_request_narrow"):
        run_traffic(session, [PLANTED["write_request_narrow"]])
    session.reset()
    bursts = [Burst(kind, 4096 * i, 3) for i in range(20) for kind in ("read", "write")]
    assert run_traffic(session, [*bursts, Burst("write", 0x9FC3, 3), Burst("read", 0x9800, 256)]).results.traffic.finished


def test_counts_how_often(session):
    session.reset()
    with pytest.raises(ToolError, match=r"read_request_narrow .* 3 times, first at address 0x100 in cycle \d+$"):
        run_traffic(session, [Burst("read", 0x100 * i, size=1) for i in (1, 2, 3)])
