# SPDX-License-Identifier: Apache-2.0
"""The fuzzer finds what is planted, makes it small, and shows it again from its file."""

import functools

import pytest
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.fuzz import trial
from hwgen.sim.fuzz.case import load
from hwgen.sim.fuzz.cases import Cases
from hwgen.sim.fuzz.model import Model
from hwgen.sim.fuzz.player import Player
from hwgen.sim.fuzz.simulator import simulator
from hwgen.sim.fuzz.trial import Setting, run_case, run_trial, shrunk
from support.adder import adder
from typer.testing import CliRunner

from hwgen.cli import build


def saturates_one_short(text: str) -> str:
    """Emitted Verilog whose additions are limited to one less than the largest element."""
    changed = text.replace("8'h7f", "8'h7e")
    assert changed != text
    return changed


class ForgetsTheLastStep(Model):
    """An interpreter whose writers leave out what goes to address 0 of a bank."""

    def _write(self, name, step, fields, wide):
        super()._write(name, [access for access in step if access.row], fields, wide)


@pytest.fixture(scope="module")
def cluster():
    """The adder as it is."""
    config = adder()
    with simulator(config) as built, SimulatedCluster(config, built) as running:
        yield running


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_found_where_nothing_is_wrong(cluster, seed):
    case = Cases(cluster.config, seed).draw(40)
    outcome = Player(cluster).play(case)
    assert outcome.failure is None
    assert sum(outcome.jobs.values()) == case.jobs == 40 and outcome.cycles > 1000


def test_a_wrong_rule_is_found_and_made_small(cluster):
    player = Player(cluster, ForgetsTheLastStep)
    case = Cases(cluster.config, 1).draw(40)
    failure = player.play(case).failure
    assert failure.kind == "memory"
    small = shrunk(case, failure, player, builds=0)
    assert small.jobs == 1 and player.play(small).failure.kind == "memory"
    (job,) = small.batches[0].jobs
    assert not small.idle and not small.batches[0].apart and not small.batches[0].semaphores
    assert all(fields["temporal_bound_0"] * fields["temporal_bound_1"] == 1 for fields in job.fields.values() if "base" in fields)
    assert Player(cluster).play(small).failure is None


def test_a_wrong_design_is_found_kept_and_replayed(tmp_path, monkeypatch):
    monkeypatch.setattr(trial, "drawn", lambda number, seed: adder(extensions=[{"kind": "broadcaster", "factor": 2}], address_buffer_depth=2))
    monkeypatch.setattr(trial, "shrunk", functools.partial(shrunk, builds=2))
    broken = Setting(mutate=saturates_one_short)
    result = run_trial(0, 1, 40, tmp_path, broken)
    assert result["failure"]["kind"] == "memory"
    path = tmp_path / result["file"]
    small = load(path)
    assert small.jobs == 1
    # Neither the broadcaster nor the depth had to do with it.
    assert small.config["streamers"]["X"]["extensions"] == [] and small.config["streamers"]["X"]["address_buffer_depth"] == 4
    monkeypatch.setattr(trial.run_case, "__defaults__", (broken,))
    assert CliRunner().invoke(build(), ["fuzz", "--replay", str(path)]).exit_code == 1
    monkeypatch.setattr(trial.run_case, "__defaults__", (Setting(),))
    done = CliRunner().invoke(build(), ["fuzz", "--replay", str(path)])
    assert done.exit_code == 0 and done.output.startswith("passes: 1 jobs in")


def test_what_the_simulator_cannot_do_is_a_failure_too(tmp_path, monkeypatch):
    monkeypatch.setattr(trial, "drawn", lambda number, seed: adder())
    result = run_trial(0, 1, 5, tmp_path, Setting(mutate=lambda text: text + "\nmodule"))
    assert result["failure"]["kind"] == "broken" and load(tmp_path / result["file"]).jobs == 5


def test_a_case_runs_on_its_own(cluster):
    assert run_case(Cases(cluster.config, 2).draw(3)).failure is None
