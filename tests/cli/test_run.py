# SPDX-License-Identifier: Apache-2.0
"""``hwgen run gemm``: what it writes, and what it says of input it cannot use."""

import json

import numpy as np
import pytest

from hwgen.cli import main

pytestmark = pytest.mark.xdist_group("tiny")
SIZE = ["--m", "4", "--n", "4", "--k", "5"]


def run(*arguments) -> int:
    with pytest.raises(SystemExit) as end:
        main(["run", "gemm", "--config", "tiny", *map(str, arguments)])
    return end.value.code or 0


def test_multiplies_arrays_from_files(tmp_path, capsys):
    rng = np.random.default_rng(1)
    a, b = rng.integers(-128, 128, (5, 7), dtype=np.int8), rng.integers(-128, 128, (7, 3), dtype=np.int8)
    c = rng.integers(-1000, 1000, 3, dtype=np.int32)
    np.save(tmp_path / "a.npy", a.T)
    np.save(tmp_path / "b.npy", b)
    np.save(tmp_path / "c.npy", c)
    out, report, waves = tmp_path / "out.npy", tmp_path / "run.json", tmp_path / "waves.vcd"
    timeline = tmp_path / "timeline.json"
    assert run("--transpose-a", "--a", tmp_path / "a.npy", "--b", tmp_path / "b.npy", "--c", "bias",
               "--c-data", tmp_path / "c.npy", "--save", out, "--json", report, "--waves", waves,
               "--timeline", timeline) == 0
    np.testing.assert_array_equal(np.load(out), a.astype(np.int64) @ b + c)
    measures = json.loads(report.read_text())
    assert measures["bit_exact"] and measures["outside_unchanged"] and len(measures["config_hash"]) == 16
    assert measures["steps"] == measures["flat_steps"] == 3 * 2 * 4
    assert measures["steps"] + sum(measures["stalls"].values()) == measures["total_cycles"]
    assert "$enddefinitions" in waves.read_text()
    totals = json.loads(timeline.read_text())["causes"]["totals"]
    assert totals == {"steps": measures["steps"], **measures["stalls"]}
    said = capsys.readouterr().out
    assert "bit exact" in said and f"timeline: {timeline}" in said
    for command, view in (("gtkwave", "waves.gtkw"), ("surfer --command-file", "waves.sucl")):
        assert f"{command} {tmp_path / view}" in said and (tmp_path / view).stat().st_size > 1000


@pytest.mark.parametrize("options", [[], ["--host-config", "serial"], ["--host-config", "queue"], ["--bandwidth", "2", "--latency", "7"], ["--resident"]], ids=" ".join)
def test_reports_where_operands_lie(options, tmp_path, capsys):
    report = tmp_path / "run.json"
    assert run("--m", 12, "--n", 10, "--k", 16, *options, "--json", report) == 0
    found = json.loads(report.read_text())
    expected = next((name for name in ("serial", "queue") if name in options), "shadow")
    assert found["bit_exact"] and found["outside_unchanged"] and found["host_config"] == expected
    if "--resident" in options:
        assert found["operands_in"] == "scratchpad" and "plan" not in found and not found["memory_accesses"]["L"]
        return
    assert found["operands_in"] == "external memory" and found["plan"]["expected_cycles"] > 0
    assert found["external_memory"] == {"latency": 7 if "7" in options else 100, "bandwidth": 2.0 if "2" in options else 8}
    assert found["external_traffic"]["bytes_written"] == 12 * 10 * 4
    assert found["total_cycles"] >= found["bound_cycles"] and found["memory_accesses"]["S"] > 0
    assert "stationary" in capsys.readouterr().out


def test_a_timeline_that_differs_from_the_counters_fails_the_run(monkeypatch, capsys):
    from hwgen.sim.timeline import Timeline

    monkeypatch.setattr(Timeline, "disagreements", lambda self, counters: [f"steps: {counters['steps']} of another"])
    assert run(*SIZE) == 1
    assert "WRONG steps: 12 of another" in capsys.readouterr().out


@pytest.mark.parametrize("shared", [(), ("a",), ("b",)], ids=str)
def test_multiplies_batches(shared, tmp_path):
    rng = np.random.default_rng(3)
    a, b = (rng.integers(-128, 128, shape if name in shared else (3, *shape), dtype=np.int8) for name, shape in (("a", (5, 6)), ("b", (6, 4))))
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    out, report = tmp_path / "out.npy", tmp_path / "run.json"
    assert run("--a", tmp_path / "a.npy", "--b", tmp_path / "b.npy", *(f"--{name}-shared" for name in shared), "--save", out, "--json", report) == 0
    np.testing.assert_array_equal(np.load(out), a.astype(int) @ b)
    found = json.loads(report.read_text())
    assert found["bit_exact"] and found["outside_unchanged"] and found["problem"]["batch"] == 3


def test_prints_the_plan(tmp_path, capsys):
    for options, words in ((["--m", 30, "--n", 22, "--k", 70], "stationary"), (["--m", 8, "--n", 6, "--k", 6, "--resident"], "along k")):
        assert run(*options, "--plan", "--json", tmp_path / "plan.json") == 0
        said, found = capsys.readouterr().out, json.loads((tmp_path / "plan.json").read_text())["plan"]
        assert words in said and "mappings; the best of each kind" in said and f"{found['expected_cycles']:,} cycles" in said
        assert found["compared"] >= len(found["alternatives"]) >= 1 and found["buffers"]


def test_multiplies_unsigned_operands(tmp_path):
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 256, (4, 5), dtype=np.uint8), rng.integers(0, 256, (5, 3), dtype=np.uint8)
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    out = tmp_path / "out.npy"
    assert run("--a", tmp_path / "a.npy", "--b", tmp_path / "b.npy", "--a-unsigned", "--b-unsigned",
               "--a-zero-point", 255, "--b-zero-point", 3, "--save", out) == 0
    np.testing.assert_array_equal(np.load(out), (a.astype(np.int64) - 255) @ (b.astype(np.int64) - 3))


@pytest.mark.parametrize("options,message", [
    (["--m", "4", "--n", "4", "--k", "6", "--a", "a.npy"], r"a must have the shape (4, 6), not (4, 5)"),
    ([*SIZE, "--a", "floats.npy"], "a must hold int8, not float32"),
    ([*SIZE, "--a", "missing.npy"], "'missing.npy' cannot be read"),
    ([*SIZE, "--a", "text.txt"], "must be a .npy file of plain numbers, not 'text.txt'"),
    ([*SIZE, "--c-data", "a.npy"], "c-data needs --c bias or --c full, not --c none"),
    ([*SIZE, "--multiplier", "3"], "multiplier and shift must be given together"),
    ([*SIZE, "--multiplier", "3", "--shift", "64"], "shift must be within 0..63, not 64"),
    ([*SIZE, "--json", "missing/run.json"], "output folder must exist"),
    ([*SIZE, "--timeline", "run.pdf"], "timeline file must end in one of .html, .png, .svg, .json, not 'run.pdf'"),
    ([*SIZE, "--waves", "run.gtkw"], "waveform file must end in .vcd, not 'run.gtkw'"),
    ([*SIZE, "--save", "."], "output must be a file, not the folder"),
    (["--m", "0", "--n", "4", "--k", "4"], "m must be 1 or more, not 0"),
    (["--m", "4", "--n", "4"], "dimension --k must be given"),
    (["--m", "4", "--n", "4", "--k", "0"], "k must be 1 or more, not 0"),
    (["--m", "4", "--n", "4", "--k", "-3", "--out-type", "int8"], "k must be 1 or more, not -3"),
    (["--m", "4", "--n", "-4", "--k", "4", "--out-type", "int8", "--per-channel"], "n must be 1 or more, not -4"),
    ([*SIZE, "--batch", "0"], "batch must be 1 or more, not 0"),
    ([*SIZE, "--b-shared"], "b_shared needs a batch, not None"),
    (["--m", "1" + 20 * "0", "--n", "8", "--k", "8"], "must fit the 4294967296 bytes of external addresses"),
    ([*SIZE, "--a", "both.npz"], "must be a .npy file of plain numbers, not 'both.npz'"),
    ([*SIZE, "--a", "archive.npy"], "must be a .npy file of plain numbers, not 'archive.npy'"),
    ([*SIZE, "--save-jobs", "."], "output must be a file, not the folder '.'"),
    ([*SIZE, "--save-jobs", "missing/jobs.json"], "output folder must exist"),
    ([*SIZE, "--save-jobs", "jobs.npz", "--save-operands"], "save-jobs must end in something else than .npz"),
    ([*SIZE, "--save-operands"], "save-operands needs --save-jobs"),
    (["--m", "400", "--n", "400", "--k", "400", "--resident"], "must fit the scratchpad's 2048 bytes"),
    (["--m", "70000", "--n", "70000", "--k", "4"], "must fit the 4294967296 bytes of external addresses"),
    ([*SIZE, "--resident", "--bandwidth", "4"], "bandwidth is that of external memory, which this run does not use; it must be left out, not 4.0"),
    ([*SIZE, "--config", "datamaestro-paper", "--latency", "4"], "latency is that of external memory, which this run does not use"),
    ([*SIZE, "--bandwidth", "0.5"], "bandwidth must be within 1..4096 bytes a cycle, not 0.5"),
    ([*SIZE, "--latency", "0"], "latency must be within 1..4294967295, not 0"),
    ([*SIZE, "--out-type", "int4"], "out_type must be int8, uint8, or int and the width of sums from 16 to 48, not 'int4'"),
    ([*SIZE, "--config", "max-pool"], "a matrix multiplication needs an accelerator of kind gemm, not max_pool, which max-pool has"),
    ([*SIZE, "--out-type", "int8", "--per-channel"],
     "a multiplier for each of 4 columns needs a quantizer with a parameter_stream, or that many channels, which tiny does not have"),
    ([*SIZE, "--out-type", "int8", "--per-channel", "--multiplier", "3", "--shift", "4"], "multiplier must be left out with --per-channel, not 3"),
    ([*SIZE, "--out-type", "int8", "--rounding", "up"], "rounding on tiny must be one of double, gemmlowp, half_even, half_up, not 'up'"),
    ([*SIZE, "--out-type", "uint8", "--output-zero-point", "-1"], "output_zero_point of uint8 results must be within 0..255, not -1"),
    ([*SIZE, "--out-type", "int24"], "out_type must be int8, uint8 or int32, the type of the core's sums, not 'int24'"),
    ([*SIZE, "--a-zero-point", "128"], "a_zero_point must be within -128..127, not 128"),
    ([*SIZE, "--a-unsigned", "--a", "a.npy"], "a must hold uint8, not int8"),
])
def test_says_in_one_line_what_is_wrong(options, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.zeros((4, 5), np.int8))
    np.save("floats.npy", np.zeros((4, 5), np.float32))
    np.savez("both.npz", a=np.zeros((4, 5), np.int8))
    (tmp_path / "text.txt").write_text("no array")
    (tmp_path / "archive.npy").write_bytes(b"PK\x03\x04 and no more")
    before = sorted(path.name for path in tmp_path.iterdir())
    assert run(*options) == 2
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_cannot_be_written_is_told_before_mapping(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("hwgen.sim.mapping.map_problem", lambda *_: pytest.fail("mapped"))
    assert run(*SIZE, "--plan", "--save-jobs", tmp_path / "missing" / "jobs.json") == 2
    assert "output folder must exist" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--plan"], ["--engine", "model"], ["--plan", "--save-jobs", "jobs.json"]], ids=" ".join)
def test_operands_that_nobody_reads_are_not_made(options, tmp_path, monkeypatch):
    """Matrices may be too large for this machine's memory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hwgen.compiler.operand_data.random_operands", lambda *_: pytest.fail("made"))
    assert run(*SIZE, *options) == 0


def test_too_little_memory(monkeypatch, capsys):
    def too_large(*_):
        raise MemoryError("unable to allocate 9 GiB")

    monkeypatch.setattr("hwgen.compiler.operand_data.random_operands", too_large)
    assert run(*SIZE) == 2
    assert capsys.readouterr().err == "hwgen: error: this needs more memory than there is: unable to allocate 9 GiB\n"
