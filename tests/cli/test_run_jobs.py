# SPDX-License-Identifier: Apache-2.0
"""``hwgen run --jobs`` and ``hwgen jobs``: programs in files, run, printed, checked, and refused in one line."""

import json
from dataclasses import replace

import numpy as np
import pytest
from support.programs import CONFIG, changed, gemm, load, program, store, with_fields

from hwgen.cli import main
from hwgen.compiler.jobs import Job, Wait
from hwgen.compiler.program.file import load_program, save_program
from hwgen.compiler.tiles import from_tiles
from hwgen.config.descriptor_format import Runtime

pytestmark = pytest.mark.xdist_group("tiny")
MADE = program(load(0, 0, 8, label="in"), gemm(0, 4, 16, waits={"A": [Wait("L", 1)], "B": [Wait("L", 1)]}, label="tile"), store(16, 256, 16, [Wait("D", 1)]))


def hwgen(*arguments) -> int:
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    return end.value.code or 0


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_program(MADE, tmp_path / "good.json")
    return tmp_path


def test_runs_a_program_with_contents_from_files(folder, capsys):
    x = np.random.default_rng(1).integers(0, 256, 256, dtype=np.uint8)
    np.save("x.npy", x)
    assert hwgen("run", "--jobs", "good.json", "--x", "x=x.npy", "--save", "y=y.npy", "--save", "scratch=s.npy", "--json", "run.json", "--seed", 4) == 0
    tiles = x[:8].view(np.int8).astype(np.int32).reshape(2, 2, 2)
    np.testing.assert_array_equal(np.load("y.npy")[:16].view(np.int32).reshape(2, 2), tiles[0] @ tiles[1])
    np.testing.assert_array_equal(np.load("s.npy")[:8], x[:8])
    found = json.loads((folder / "run.json").read_text())
    assert found["bit_exact"] and found["accounted"] and found["seed"] == 4 and found["host_config"] == "queue"
    assert found["jobs"] == 3 and found["entries"] == MADE.counts and found["steps"] == 1 and found["config_hash"] == CONFIG.config_hash
    assert found["steps"] + sum(found["stalls"].values()) == found["total_cycles"]
    assert found["external_traffic"]["bytes_written"] == 16 and found["external_memory"] == {"latency": 100, "bandwidth": 8}
    said = capsys.readouterr().out
    assert "as interpreted, bit for bit" in said and "3 jobs; entries load 1, L 1" in said


@pytest.mark.parametrize("options", [[], ["--resident"], ["--c", "bias", "--out-type", "int8", "--host-config", "serial"]], ids=" ".join)
def test_saved_problems_run_to_the_same_result(options, folder, capsys):
    assert hwgen("run", "gemm", "--config", "tiny", "--m", 6, "--n", 5, "--k", 9, *options, "--save", "d.npy",
                 "--save-jobs", "gemm.json", "--save-operands") == 0
    made = load_program(folder / "gemm.json")
    assert {buffer.file for buffer in made.buffers if buffer.role == "input"} == {"gemm.npz"}
    assert hwgen("jobs", "check", "gemm.json") == 0
    assert hwgen("run", "--jobs", "gemm.json", "--save", "out=out.npy", "--latency", 30) == 0
    out = np.load("out.npy")
    if "--resident" in options:
        # The scratchpad holds tiles one after the other.
        out = from_tiles(out.view(np.int32).reshape(3, 3, 2, 2), 6, 5)
    np.testing.assert_array_equal(out, np.load("d.npy"))


def test_jobs_are_saved_without_operands(folder):
    assert hwgen("run", "gemm", "--config", "tiny", "--m", 4, "--n", 4, "--k", 4, "--save-jobs", "gemm.json") == 0
    assert not (folder / "gemm.npz").exists() and all(buffer.file is None for buffer in load_program(folder / "gemm.json").buffers)


def test_values_of_run_time_registers(folder, capsys):
    save_program(with_fields(MADE, 0, "load", external_base=Runtime(3, 16)), folder / "runtime.json")
    np.save("x.npy", np.arange(256, dtype=np.uint8))
    assert hwgen("jobs", "check", "runtime.json", "--register", "3=0x20") == 0
    assert hwgen("run", "--jobs", "runtime.json", "--register", "3=0x20", "--x", "x=x.npy", "--save", "scratch=s.npy") == 0
    assert np.load("s.npy")[:8].tolist() == list(range(48, 56))


def test_prints_and_checks(folder, capsys):
    assert hwgen("jobs", "show", "good.json") == 0
    assert capsys.readouterr().out == f"{MADE}\n"
    assert hwgen("jobs", "check", "good.json") == 0
    assert capsys.readouterr().out == "good.json: 3 jobs of 8 entries in 4 buffers, in order on tiny\n"


def test_a_run_that_differs_from_the_interpreter_fails(folder, capsys, monkeypatch):
    from hwgen.sim import job_program

    monkeypatch.setattr(job_program, "_differences", lambda *memories: ["buffer 'y' differs"])
    assert hwgen("run", "--jobs", "good.json") == 1
    assert "WRONG; buffer 'y' differs" in capsys.readouterr().out


RUN, CHECK = ["run", "--jobs"], ["jobs", "check"]


@pytest.mark.parametrize("arguments, message", [
    (["jobs", "show", "missing.json"], "program file 'missing.json' cannot be read"),
    (["jobs", "show", "text.txt"], "program file 'text.txt' must be JSON, which it is not"),
    ([*CHECK, "unordered.json"], "read after write must be ordered by waits: jobs[1] (tile) A #1 reads scratchpad byte 0 by 8 (bank 0, row 0), which jobs[0] (in) L #1 writes"),
    ([*RUN, "unordered.json"], "read after write must be ordered by waits: jobs[1] (tile) A #1 reads"),
    ([*CHECK, "good.json", "--config", "small"], "config hash of the program must be that of small,"),
    ([*CHECK, "unnamed.json"], "config must be given, since the program is for 'mine', which is no preset"),
    ([*CHECK, "runtime.json"], "run-time register 3 must be given a value, since jobs[0].entries.load.fields.external_base depends on it"),
    ([*CHECK, "runtime.json", "--register", "3"], "register must be NUMBER=VALUE, such as 3=128, not '3'"),
    ([*CHECK, "runtime.json", "--register", "3=x"], "register must be NUMBER=VALUE, such as 3=128, not '3=x'"),
    ([*RUN, "runtime.json", "--register", "3=0", "--host-config", "shadow"], "host_config must be queue, since jobs[0].entries.load.fields.external_base comes from a run-time register, not 'shadow'"),
    ([*RUN, "divided.json", "--host-config", "serial"], "the program comes to a halt: jobs[0] core runs and needs D #1 to take its results; jobs[1] D is not pushed before jobs[0] has ended"),
    ([*RUN, "good.json", "--x", "x"], "x must be NAME=FILE, such as a=A.npy, not 'x'"),
    ([*RUN, "good.json", "--x", "x=a.npy", "--x", "x=a.npy"], "x must name a buffer once, not 'x' twice"),
    ([*RUN, "good.json", "--x", "w=a.npy"], "a buffer of the program must be one of scratch, x, y, z, not 'w'"),
    ([*RUN, "good.json", "--x", "x=a.npy"], "contents of buffer 'x' must have the shape (256,), not (3,)"),
    ([*RUN, "good.json", "--x", "x=missing.npy"], "array file 'missing.npy' cannot be read"),
    ([*RUN, "good.json", "--save", "w=y.npy"], "a buffer of the program must be one of scratch, x, y, z, not 'w'"),
    ([*RUN, "good.json", "--save", "y=missing/y.npy"], "output folder must exist"),
    ([*RUN, "good.json", "--json", "missing/run.json"], "output folder must exist"),
    ([*RUN, "good.json", "--latency", "0"], "latency must be within 1..4294967295, not 0"),
    (["run", "--seed", "3"], "jobs must be given, as a file, or a command such as gemm, not neither"),
    (["run", "--jobs", "good.json", "gemm", "--m", "4"], "option --jobs must stand behind gemm, not before it"),
    (["run", "gemm", "--config", "tiny", "--m", "4", "--n", "4", "--k", "4", "--save-operands"], "save-operands needs --save-jobs, beside whose file they are written"),
    (["run", "gemm", "--config", "tiny", "--m", "4", "--n", "4", "--k", "4", "--save-jobs", "missing/p.json"], "output folder must exist"),
    (["run", "gemm", "--config", "tiny", "--m", "4", "--n", "4", "--k", "4", "--save-jobs", "p.npz", "--save-operands"],
     "save-jobs must end in something else than .npz, the name of the operands' file, not 'p.npz'"),
])
def test_says_in_one_line_what_is_wrong(arguments, message, folder, capsys):
    save_program(changed(MADE, 1, "A", waits=()), folder / "unordered.json")
    save_program(replace(MADE, config_name="mine"), folder / "unnamed.json")
    save_program(with_fields(MADE, 0, "load", external_base=Runtime(3, 16)), folder / "runtime.json")
    tile = gemm(0, 4, 16).entries
    save_program(program(Job({unit: tile[unit] for unit in ("A", "B", "core")}), Job({"D": tile["D"]})), folder / "divided.json")
    np.save("a.npy", np.zeros(3, np.uint8))
    (folder / "text.txt").write_text("no program")
    before = sorted(path.name for path in folder.iterdir())
    assert hwgen(*arguments) == 2
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error and error.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == before
