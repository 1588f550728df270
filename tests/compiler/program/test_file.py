# SPDX-License-Identifier: Apache-2.0
"""Programs come back from their files as they were; what is no program is refused with its path."""

import json

import pytest
from support.programs import BUFFERS, CONFIG, gemm, load, program, store

from hwgen.compiler.gemm import plan
from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.compiler.problem import GemmProblem
from hwgen.compiler.program import Buffer, Program
from hwgen.compiler.program.file import as_dict, dumps, load_program, loads, save_program
from hwgen.compiler.tiled.plan import plan_tiled
from hwgen.config import preset
from hwgen.config.descriptor_format import Runtime, Table
from hwgen.errors import DataError

GOOD = program(load(0, 0, 8, label="in"), gemm(0, 4, 8, waits={"A": [Wait("L", 1)], "B": [Wait("L", 1)]}), store(8, 256, 16, [Wait("D", 1)]))


def test_everything_that_a_program_can_hold_comes_back():
    entry = Entry({"base": Runtime(3, 128), "temporal_bound_0": Runtime(2), "temporal_bound_1": Table(4096, 1), "temporal_stride_0": -8},
                  (Wait("L", 70_000), Wait("semaphore_2", 3)), Signal(4, 2), True)
    buffers = (*BUFFERS, Buffer("w", "external", 1024, 64, "constant", dtype="int16", shape=(4, 8), file="w.npz"))
    held = Program(CONFIG.name, CONFIG.config_hash, buffers, (Job({"A": entry}, "first", 2), Job({"core": Entry({})})))
    assert loads(dumps(held)) == held


@pytest.mark.parametrize("made", [
    plan_tiled(GemmProblem(24, 20, 40, c="full", out_type="int8"), CONFIG).program(),
    plan(GemmProblem(8, 8, 8, transpose_a=True, c="bias", out_type="int8"), preset("step-1")).program(),
], ids=["tiled", "with passes"])
def test_plans_come_back(made, tmp_path):
    save_program(made, tmp_path / "program.json")
    assert load_program(tmp_path / "program.json") == made


def test_fields_that_hold_their_reset_value_are_left_out():
    fields = as_dict(GOOD)["jobs"][0]["entries"]["load"]["fields"]
    assert fields == {"run_bytes": 8} | {f"external_bound_{d}": 1 for d in range(4)}


def edited(change):
    content = as_dict(GOOD)
    change(content)
    return json.dumps(content)


def at(*keys, value):
    """Put a value where the keys lead."""
    def change(content):
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value
    return change


def without(*keys):
    def change(content):
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]
    return change


A = ("jobs", 1, "entries", "A")


@pytest.mark.parametrize("change, message", [
    (at("format", value="hwgen timeline"), "format must be 'hwgen program', not 'hwgen timeline'"),
    (at("version", value=2), "version must be 1, not 2"),
    (without("config_hash"), "config_hash must be given, a string"),
    (at("jobs", value={}), "jobs must be a list, not {}"),
    (at("more", value=1), "more is no key of the format; it must be left out"),
    (at(*A, "waits", 0, "source", value=7), r"jobs[1].entries.A.waits[0].source must be a string, not 7"),
    (without(*A, "waits", 0, "count"), r"jobs[1].entries.A.waits[0].count must be given, an integer"),
    (at(*A, "waits", 0, "count", value=True), r"jobs[1].entries.A.waits[0].count must be an integer, not True"),
    (at(*A, "waits", 0, value="L"), r"jobs[1].entries.A.waits[0] must be an object, not 'L'"),
    (at(*A, "fields", "base", value="64"), r"jobs[1].entries.A.fields.base must be an integer, or an object with register and, if at all, offset or table, not '64'"),
    (at(*A, "fields", "base", value=1.5), r"jobs[1].entries.A.fields.base must be an integer, or"),
    (at(*A, "fields", "base", value={"offset": 3}), r"jobs[1].entries.A.fields.base.register must be given, an integer"),
    (at(*A, "fields", "base", value={"register": 1, "table": 64, "offset": 3}), r"jobs[1].entries.A.fields.base.offset is no key of the format"),
    (at(*A, "interrupt", value=1), r"jobs[1].entries.A.interrupt must be true or false, not 1"),
    (at(*A, "signal", value={"amount": 1}), r"jobs[1].entries.A.signal.semaphore must be given, an integer"),
    (at(*A, "wait", value=[]), r"jobs[1].entries.A.wait is no key of the format; it must be left out"),
    (without("jobs", 2, "entries"), r"jobs[2].entries must be given, an object"),
    (at("jobs", 2, "cluster", value="0"), r"jobs[2].cluster must be an integer, not '0'"),
    (at("buffers", 1, "space", value="dram"), r"buffers[1].space must be one of scratchpad, external, not 'dram'"),
    (at("buffers", 1, "role", value="weights"), r"buffers[1].role must be one of input, constant, output, temporary, guard, not 'weights'"),
    (at("buffers", 1, "group", value=8), r"buffers[1]: group of buffer 'x' must be given in the scratchpad, and nowhere else, not 8 in external memory"),
    (at("buffers", 1, "shape", value=["4"]), r"buffers[1].shape[0] must be an integer, not '4'"),
    (at("buffers", 1, "name", value="scratch"), "name of a buffer must be its own, not 'scratch' twice"),
])
def test_says_where_a_file_is_wrong(change, message):
    with pytest.raises(DataError) as refused:
        loads(edited(change), "file 'p.json'")
    assert str(refused.value).startswith(f"file 'p.json': {message}")


@pytest.mark.parametrize("text, message", [
    ("{", "the program must be JSON, which it is not"), ("[]", "the program: the program must be an object, not []"),
])
def test_says_that_a_text_is_no_program(text, message):
    with pytest.raises(DataError) as refused:
        loads(text)
    assert str(refused.value).startswith(message)


def test_says_that_a_file_cannot_be_read(tmp_path):
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="binary.json' must be a text file, which it is not"):
        load_program(tmp_path / "binary.json")
    with pytest.raises(DataError, match="missing.json' cannot be read: No such file or directory"):
        load_program(tmp_path / "missing.json")
