# SPDX-License-Identifier: Apache-2.0
"""Python and C++ name the same numbers."""

import re

import pytest
from hwgen.sim.cycle_model import library, model, tables
from hwgen.sim.program import Program

from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.config import preset
from hwgen.config.error_causes import ErrorCause
from hwgen.config.register_map import RegisterMap

REGISTERS = RegisterMap(preset("datamaestro"))


def constant(file, name):
    return int(re.search(rf"\b{name} = (\d+)\b", library.sources()[file])[1])


@pytest.mark.parametrize("file, names", [
    ("bus.h", tables.Operation), ("tables.h", model.Ending),
    ("front.h", [ErrorCause.OUTSIDE_MEMORY, ErrorCause.UNALIGNED, ErrorCause.BEYOND_REACH]),
])
def test_enumerations(file, names):
    assert {member.name: constant(file, member.name) for member in names} == {member.name: member.value for member in names}


def test_layout_and_limits():
    assert constant("tables.h", "LAYOUT") == tables.LAYOUT
    assert constant("bits.h", "MOST_CHANNELS") == tables.MOST_CHANNELS


def test_entries_lie_where_their_places_say():
    jobs = [
        Job({"core": Entry({"steps": 3, "tiles": 2, "quantize": 1}, waits=(Wait("A", 4), Wait("semaphore_1", 1)), interrupt=True)}),
        Job({"notify": Entry({}, signal=Signal(3, 2)), "core": Entry({"steps": 5})}),
    ]
    words, places = tables.entry_tables(REGISTERS, jobs)
    core, notify = REGISTERS.unit_index("core"), REGISTERS.unit_index("notify")
    assert [tuple(place) for place in zip(*(places >= 0).nonzero(), strict=True)] == [(0, core), (1, core), (1, notify)]
    first = words[places[0, core]:].tolist()
    semaphore = REGISTERS.semaphore_source(1)
    assert first[:18] == [0, 2, REGISTERS.unit_index("A"), 4, semaphore, 1, 0, 0, 0, 0, 0, 0, 0, 1, 3, 2, 0, 1]
    assert words[places[1, notify]:][:14].tolist() == [1, 0, *[0] * 8, 1, 3, 2, 0]


def test_channels_fetched_are_those_of_the_first_extension_that_acts():
    for enabled, expected in ((0, (1 << 32) - 1), (1, 0b1111)):
        words, places = tables.entry_tables(REGISTERS, [Job({"C": Entry({"broadcaster_enable": enabled})})])
        assert words[places[0, REGISTERS.unit_index("C")]:][14:17].tolist() == [0, 0, expected]


def test_programs():
    address, program = REGISTERS.address, Program()
    program.write(address("cluster.control"), 4)
    program.write(address("A.base"), 8)
    program.poll(address("cluster.queue_full"), 5, 0)
    program.write(address("cluster.push"), 3)
    program.write(address("cluster.push"), 1)
    program.poll(address("cluster.completed_B"), 0xFFFF, 9)
    program.write(address("cluster.queue_tail"), 77)
    program.wait_irq(10)
    op = tables.Operation
    assert tables.program_table(REGISTERS, program).tolist() == [
        [op.WRITE, 0, 0], [op.WRITE_JOB, 0, 0], [op.POLL_ROOM, 5, 0], [op.PUSH, 0, 3], [op.PUSH, 1, 1],
        [op.POLL_COMPLETED, 1, 9], [op.ANNOUNCE, 77, 0], [op.WAIT, 0, 0], [op.END, 0, 0]]
