# SPDX-License-Identifier: Apache-2.0
"""A recorded waveform: what the viewers' files name is there, and the timeline's conflicts are those to be seen in it."""

import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from cluster.test_gemm import check
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.recorder import WINDOW
from hwgen.sim.testbench import TOP
from hwgen.sim.wave_views import write_views
from hwgen.sim.waves import read_waves

from hwgen.compiler.problem import GemmProblem
from hwgen.config import preset
from hwgen.config.register_map import RegisterMap

pytestmark = pytest.mark.xdist_group("tiny")
CONFIG = preset("tiny")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """VCD file and timeline of one multiplication with many conflicts."""
    vcd = tmp_path_factory.mktemp("waves") / "run.vcd"
    with SimulatedCluster(CONFIG, simulator_for(CONFIG, waves=True), waves=vcd) as cluster:
        check(cluster, GemmProblem(8, 8, 8, c="full"))
        timeline = cluster.timeline()
    return vcd, timeline


def cycles(vcd: Path, paths: dict[str, str]):
    """Values of signals, by the names given, in each cycle: just before the rising edge."""
    codes = defaultdict(list)
    for wave in read_waves(vcd):
        for name, path in paths.items():
            if wave.path == f"{TOP}.{path}":
                codes[wave.code].append(name)
    clock = next(wave.code for wave in read_waves(vcd) if wave.path == f"{TOP}.clk")
    assert sum(map(len, codes.values())) == len(paths)
    values, before, rows = dict.fromkeys(paths, 0), 0, []
    body = vcd.read_text().split("$enddefinitions $end\n", 1)[1]
    for moment in re.split(r"(?m)^#\d+\n", body)[1:]:
        changes = [(line.split()[1], int(line.split()[0][1:], 2)) if line.startswith("b") else (line[1:], int(line[0]))
                   for line in moment.splitlines() if line]
        clocks = [value for code, value in changes if code == clock]
        if clocks == [1] and before == 0:
            rows.append(dict(values))
        before = clocks[-1] if clocks else before
        for code, value in changes:
            for name in codes.get(code, ()):
                values[name] = value
    return rows


def counted(rows):
    """Cycles of the run: from the last clear on, while counting."""
    first = max(index for index, row in enumerate(rows) if row["clear"]) + 1
    return [row for row in rows[first:] if row["counting"]]


COUNTING = {"clear": "dut.control.counters.probe_clear", "counting": "dut.control.counters.probe_counting"}


def test_viewers_files_name_signals_that_are_there(run):
    vcd, _ = run
    views = write_views(vcd, CONFIG)
    assert {command: path.name for command, path in views.items()} == {"gtkwave": "run.gtkw", "surfer --command-file": "run.sucl"}
    waves = read_waves(vcd)
    gtkwave = [line for line in views["gtkwave"].read_text().splitlines() if line.startswith(f"{TOP}.")]
    surfer = [line.split()[1] for line in views["surfer --command-file"].read_text().splitlines() if line.startswith("variable_add")]
    assert len(gtkwave) == len(surfer) > 150
    assert set(gtkwave) <= {wave.path + wave.bits for wave in waves}
    assert set(surfer) <= {wave.path for wave in waves}


def test_every_unit_has_its_groups(run):
    vcd, _ = run
    dividers = re.findall(r"(?m)^divider_add (.*)$", write_views(vcd, CONFIG)["surfer --command-file"].read_text())
    units = RegisterMap(CONFIG).units
    own = [f"streamer {unit.name}" if unit.name in CONFIG.all_streamers else unit.name for unit in units]
    assert dividers == ["bus", "cycles", "job control", *(f"jobs of {unit.name}" for unit in units), *own, "external memory", "accelerator", "interconnect", "banks"]


def test_refusals_are_those_of_the_ports(run):
    """Row sums of the matrix: channels that request and are not granted."""
    vcd, timeline = run
    ports = {f"{what}_{name}": f"dut.probe_{what}_{name}" for what in ("request", "grant") for name in CONFIG.all_streamers}
    rows = counted(cycles(vcd, COUNTING | ports))[:timeline.total_cycles]
    assert len(rows) == timeline.total_cycles
    refused = {name: sum((row[f"request_{name}"] & ~row[f"grant_{name}"]).bit_count() for row in rows) for name in CONFIG.all_streamers}
    matrix = timeline.conflicts.total()
    assert dict(zip(timeline.conflicts.requesters, matrix.sum(axis=1).tolist())) == refused | {WINDOW: 0}
    assert sum(refused.values()) > 100


def test_winners_and_buckets_are_those_of_the_banks(run):
    """Every bucket again, bank by bank, from what was asked and granted there."""
    vcd, timeline = run
    names = timeline.conflicts.requesters
    interconnect = {wave.path.rpartition(".")[2]: wave.path.removeprefix(f"{TOP}.") for wave in read_waves(vcd)
                    if re.search(r"interconnect\.probe_(asked|granted)_", wave.path)}
    rows = counted(cycles(vcd, COUNTING | interconnect))[:timeline.total_cycles]
    levels = {name: [key.removeprefix("probe_asked_") for key in interconnect if re.fullmatch(rf"probe_asked_{name}_\d+", key)]
              for name in CONFIG.all_streamers}
    counts = defaultdict(int)
    for number, row in enumerate(rows):
        for bank in range(CONFIG.memory.banks):
            bit = 1 << bank
            winners = [name for name in CONFIG.all_streamers if any(row[f"probe_granted_{level}"] & bit for level in levels[name])]
            if not winners:
                continue
            assert len(winners) == 1
            losers = [name for name in CONFIG.all_streamers for level in levels[name]
                      if row[f"probe_asked_{level}"] & ~row[f"probe_granted_{level}"] & bit]
            losers += [WINDOW] if row["probe_asked_window"] & bit else []
            for loser in losers:
                counts[number // 64 * 64, names.index(loser), names.index(winners[0])] += 1
    expected = np.array([[*key, count] for key, count in sorted(counts.items())])
    np.testing.assert_array_equal(timeline.conflicts.buckets, expected)
