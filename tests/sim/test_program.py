# SPDX-License-Identifier: Apache-2.0
import re
from importlib import resources

import numpy as np
import pytest
from hwgen.sim import Program
from hwgen.sim.program import Opcode
from hwgen.sim.results import Ending


def saved(program, path, **how):
    program.save(path, **{"seed": 3, "idle": 0, "watchdog": 10, **how})
    return np.fromfile(path, ">u4").reshape(-1, 4)


def test_operations_are_framed_and_in_order(tmp_path):
    program = Program()
    program.write(4, 5, strobe=3)
    program.write_block(8, np.array([-1, 2], np.int32))
    program.read(12)
    program.poll(16, 0xFF, 1, limit=9)
    program.poll(16, 0xFF, 2, limit=9)
    words = saved(program, tmp_path / "p", seed=7, idle=128, watchdog=1 << 33)
    assert words.tolist() == [
        [Opcode.BEGIN | 128 << 16, 7, 2, 0],
        [Opcode.WRITE | 3 << 8, 4, 5, 0],
        [Opcode.WRITE | 15 << 8, 8, 0xFFFF_FFFF, 0],
        [Opcode.WRITE | 15 << 8, 12, 2, 0],
        [Opcode.READ, 12, 0, 0],
        [Opcode.LIMIT, 0, 9, 0],
        [Opcode.POLL, 16, 1, 0xFF],
        [Opcode.POLL, 16, 2, 0xFF],
        [Opcode.END, 0, 0, 0],
    ]
    assert len(program) == 7
    assert program.operations().tolist() == words[1:-1].tolist()
    assert (program.writes, program.reads, program.polls) == (3, 1, 2)


def test_a_program_without_operations():
    assert Program().operations().shape == (0, 4)


def test_places_of_results():
    program = Program()
    assert program.read(0) == 0
    assert program.read_block(0, 3) == slice(1, 4)
    assert program.read(0) == 4


@pytest.mark.parametrize(("call", "message"), [
    (lambda p: p.write(-4, 0), r"address must be within 32 bits, not -4"),
    (lambda p: p.write(0, 1 << 32), r"data must be within 32 bits, not 4294967296"),
    (lambda p: p.write(0, 0, strobe=16), r"strobe must be within 0\.\.15, not 16"),
    (lambda p: p.write_block(0, np.zeros(3)), r"flat array of 32-bit integers, not float64 of shape \(3,\)"),
    (lambda p: p.write_block(0, np.zeros((2, 2), np.int32)), r"flat array .*, not int32 of shape \(2, 2\)"),
    (lambda p: p.read_block((1 << 32) - 4, 2), r"room for 2 words below 2\*\*32, not 4294967292"),
    (lambda p: p.poll(0, 0xF, 0x10), r"within the mask 0xf to be met, not 0x10"),
])
def test_rejects(call, message):
    with pytest.raises(ValueError, match=message):
        call(Program())


@pytest.mark.parametrize("names", [Opcode, Ending])
def test_verilog_has_the_same_numbers(names):
    text = resources.files("hwgen.sim").joinpath("bus_player.v").read_text()
    values = dict(re.findall(r"\b([A-Z_]+) = (\d+)\b", text))
    assert {name: values[name] for name in names.__members__} == {member.name: str(member.value) for member in names}
