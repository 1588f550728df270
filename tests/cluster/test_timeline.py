# SPDX-License-Identifier: Apache-2.0
"""The recorded timeline and the hardware's counters are one."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from cluster.test_gemm import RESCALE, check
from hwgen.sim.timeline import Timeline

from hwgen.compiler.problem import GemmProblem

SIZES = {"tiny": [(8, 8, 8), (7, 3, 5), (2, 2, 2)], "datamaestro": [(64, 64, 64), (64, 64, 8)], "paper": [(64, 64, 8), (24, 40, 16)]}
KINDS = [("none", "int32"), ("full", "int32"), ("bias", "int8")]
CASES = [pytest.param(name, size, *kind, marks=pytest.mark.xdist_group(name), id=f"{name}-{'x'.join(map(str, size))}-{kind[0]}")
         for name, sizes in SIZES.items() for size, kind in itertools.product(sizes, KINDS)]
PRESETS = {"paper": "datamaestro-paper"}


def recorded(cluster, problem):
    """The run and its timeline, which agree."""
    run = check(cluster, problem)
    timeline = cluster.timeline()
    assert timeline.disagreements(run.measures.counters) == []
    return run, timeline


@pytest.mark.parametrize("name, size, c, out_type", CASES)
def test_agrees_with_every_counter(name, size, c, out_type, clusters):
    cluster = clusters(PRESETS.get(name, name))
    run, timeline = recorded(cluster, GemmProblem(*size, c=c, out_type=out_type, rescale=RESCALE))
    totals = timeline.causes.totals()
    assert totals["steps"] == run.measures.steps
    assert sum(totals.values()) == timeline.total_cycles == run.measures.total_cycles
    for unit in timeline.units:
        assert unit.end == timeline.total_cycles
        assert int((unit.ends - unit.starts).sum()) == timeline.total_cycles
    assert Timeline.from_json(timeline.to_json()).to_json() == timeline.to_json()
    running = {unit.name for unit in timeline.units if unit.totals()["idle"] < unit.end}
    # Nothing streams parameters in a problem with one scale for the whole tensor.
    idle = ({"P"} & set(cluster.config.streamers)) | {"none": {"C"}}.get(c, set()) | ({"E", "quantizer"} if out_type == "int32" else {"D"})
    copying = {unit.name for unit in cluster.config.engines()} | (set(cluster.config.all_streamers) - set(cluster.config.streamers))
    assert running == {unit.name for unit in timeline.units} - idle - copying


def test_a_wrong_cycle_is_noticed(tiny):
    run, timeline = recorded(tiny, GemmProblem(8, 8, 8))
    causes = timeline.causes
    codes = causes.codes.copy()
    step = causes.states.index("steps")
    codes[np.flatnonzero(codes == step)[0]] = causes.states.index("drain")
    wrong = replace(timeline, causes=replace(causes, codes=codes)).disagreements(run.measures.counters)
    assert [sentence.split(":")[0] for sentence in wrong] == ["steps", "drain"]


def test_states_follow_from_causes(tiny):
    """While the core is charged with a reader's wait, that reader is in the state of the same name."""
    _, timeline = recorded(tiny, GemmProblem(8, 8, 8, c="full"))
    by_name = {unit.name: unit for unit in timeline.units}
    seen = 0
    for start, end, cause in timeline.causes.segments():
        for name in ("A", "B", "C"):
            if cause.startswith(f"{name}_"):
                unit = by_name[name]
                state = unit.states[unit.codes[np.searchsorted(unit.starts, start, side="right") - 1]]
                assert cause == f"{name}_{state}"
                seen += end - start
    assert seen > 0


def test_each_run_has_a_timeline_of_its_own(tiny):
    _, first = recorded(tiny, GemmProblem(8, 8, 8))
    _, second = recorded(tiny, GemmProblem(2, 2, 2))
    assert second.total_cycles < first.total_cycles
    _, again = recorded(tiny, GemmProblem(8, 8, 8))
    assert again.causes.totals()["steps"] == first.causes.totals()["steps"]


def test_agrees_behind_a_bus_that_pauses(tiny, monkeypatch):
    monkeypatch.setattr(tiny.session, "idle", 0.9)
    for size in SIZES["tiny"]:
        recorded(tiny, GemmProblem(*size, c="full"))
