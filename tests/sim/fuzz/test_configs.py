# SPDX-License-Identifier: Apache-2.0
"""Configs and cases that are drawn: valid, varied, the same for the same seed."""

import pytest
from hwgen.sim.fuzz.case import Batch, Case, CaseJob, from_dict, load
from hwgen.sim.fuzz.cases import Cases
from hwgen.sim.fuzz.configs import MOST_BYTES, MOST_CHANNELS, drawn
from hwgen.sim.fuzz.hazards import races, touched
from hwgen.sim.fuzz.model import Model
from hypothesis import given, settings
from hypothesis import strategies as st
from support.adder import adder, addition, plain

from hwgen.config import preset
from hwgen.errors import DataError

CONFIGS = [drawn(number, 11) for number in range(40)]


def test_the_same_number_gives_the_same_config():
    assert [drawn(number, 11) for number in range(3)] == CONFIGS[:3]
    assert drawn(0, 12) != CONFIGS[0]


def test_configs_are_distinct_and_varied():
    assert len({config.config_hash for config in CONFIGS}) == len(CONFIGS)
    streamers = [streamer for config in CONFIGS for streamer in config.streamers.values()]
    assert {config.accelerator.kind for config in CONFIGS} == {"gemm", "elementwise_add", "max_pool"}
    assert {config.memory.bank_width for config in CONFIGS} == {16, 32, 64, 128}
    assert {len(streamer.spatial_bounds) for streamer in streamers} == {1, 2, 3}
    assert {streamer.temporal_dimensions for streamer in streamers} == set(range(1, 7))
    for flag in ("row_wrap", "tail_masks", "fine_grained_prefetch"):
        assert {getattr(streamer, flag) for streamer in streamers} == {True, False}
    kinds = {extension.kind for streamer in streamers for extension in streamer.extensions}
    assert kinds == {"transposer", "broadcaster", "requantize", "zero_fill"}


def test_configs_keep_to_their_limits():
    for config in CONFIGS:
        assert config.memory.size <= MOST_BYTES
        assert all(streamer.channels <= MOST_CHANNELS for streamer in config.streamers.values())


@pytest.mark.parametrize("index", range(0, 40, 4))
def test_jobs_match_and_do_not_depend_on_time(index):
    cases = Cases(CONFIGS[index], 5, raw_share=1.0)
    for wrong in (False,) * 6 + (True,):
        job = cases.raw_job(wrong=wrong)
        if job is None:
            continue
        model = Model(cases.plain, bytes(CONFIGS[index].memory.size))
        model.run(job.fields)
        assert model.settled and not races(cases.plain, job.fields)
        assert bool(model.errors) == wrong
        assert any(found.errs for found in touched(cases.plain, job.fields).values()) == wrong


def test_fields_are_those_of_the_register_reference():
    from hwgen.config.units import units
    for config in CONFIGS[:12]:
        known = {unit.name: {field.name: field for field in unit.fields} for unit in units(config)}
        for batch in Cases(config, 1, raw_share=1.0).draw(8).batches:
            for job in batch.jobs:
                for unit, fields in job.fields.items():
                    for name, value in fields.items():
                        assert known[unit][name].lowest <= value <= known[unit][name].highest, (unit, name, value)


def test_a_case_has_all_kinds_of_jobs_and_is_the_same_again():
    case = Cases(preset("tiny"), 3).draw(50)
    assert case == Cases(preset("tiny"), 3).draw(50) != Cases(preset("tiny"), 4).draw(50)
    kinds = [job.kind for batch in case.batches for job in batch.jobs]
    assert case.jobs == 50 and 5 <= kinds.count("raw") <= 25 and kinds.count("gemm") >= 20
    assert any(job.operands is not None for batch in case.batches for job in batch.jobs)


CASE = Case(plain(adder()), 1, 2, 0.25, (Batch((CaseJob("raw", addition(0, 16, 64, 2)),), semaphores=True, window=1),))


def test_cases_are_kept_in_files(tmp_path):
    CASE.save(tmp_path / "case.json", failure={"kind": "memory"})
    assert load(tmp_path / "case.json") == CASE
    assert CASE.digest == load(tmp_path / "case.json").digest != Case(CASE.config, 2, 2, 0.25, CASE.batches).digest


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 32), st.floats(0, 0.9))
def test_cases_survive_their_own_form(seed, idle):
    case = Case(CASE.config, seed, seed, idle, CASE.batches)
    assert from_dict(case.as_dict()) == case


@pytest.mark.parametrize("text, message", [
    ("{", "cannot be read: it is not JSON"), ("[]", r"must be a case of format 1, not \[\]"),
    ('{"format": 2}', "must be a case of format 1, not 2"), ('{"format": 1}', "must hold config, memory_seed, .*KeyError: 'batches'"),
    ('{"format": 1, "batches": [{"jobs": [], "color": 1}]}', "TypeError")])
def test_other_files_are_refused(text, message, tmp_path):
    (tmp_path / "case.json").write_text(text)
    with pytest.raises(DataError, match=message):
        load(tmp_path / "case.json")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        load(tmp_path / "none.json")
