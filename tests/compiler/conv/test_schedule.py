# SPDX-License-Identifier: Apache-2.0
"""Every phase finds its blocks, and no buffer is asked for before the phase that frees it."""

from collections import defaultdict

import pytest
from support.conv import CONFIGS, mappings

from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.schedule import Fetch, keys, schedule
from hwgen.compiler.conv.tiling import ConvTiling

CONFIG = CONFIGS["datamaestro"]


def made(plan):
    return schedule(plan.tiling, {role: len(pool) for role, pool in plan.buffers.pools.items()})


@pytest.mark.parametrize("name", CONFIGS)
def test_every_phase_finds_its_blocks(name):
    for plan, _ in mappings(name):
        found, held = made(plan), {}
        fetches = defaultdict(list)
        for fetch in found.fetches:
            fetches[fetch.needed].append(fetch)
        for number, phase in enumerate(plan.tiling.phases()):
            for fetch in fetches[number]:
                assert fetch.key not in [key for (role, _), key in held.items() if role == fetch.role], "what is there is not loaded again"
                held[fetch.role, fetch.buffer] = fetch.key
            assert {role: held[role, buffer] for role, buffer in found.uses[number].items()} == keys(plan.tiling, phase)


@pytest.mark.parametrize("name", CONFIGS)
def test_no_buffer_is_asked_for_before_it_is_free(name):
    for plan, _ in mappings(name):
        found, last = made(plan), defaultdict(lambda: -1)
        number = 0
        for fetch in found.fetches:
            for phase in range(number, fetch.needed):
                last.update({(role, buffer): phase for role, buffer in found.uses[phase].items()})
            number = fetch.needed
            assert fetch.free == last[fetch.role, fetch.buffer] < fetch.needed
            others = [last[fetch.role, buffer] for buffer in range(len(plan.buffers.pools[fetch.role]))]
            assert fetch.free == min(others), "the one that has not been used for longest"
            slots = found.slots(fetch)
            assert len(slots) and fetch.free <= slots[0] and slots[-1] == fetch.needed - 1
        assert [fetch.needed for fetch in found.fetches] == sorted(fetch.needed for fetch in found.fetches)


@pytest.mark.parametrize("free, needed, slots", [(-1, 0, [-1]), (-1, 1, [0]), (-1, 3, [0, 1, 2]), (0, 1, [0]), (0, 2, [1]), (2, 6, [3, 4, 5]), (2, 3, [2])])
def test_blocks_are_asked_for_behind_the_phase_that_follows_the_last_use(free, needed, slots):
    found = schedule(ConvTiling(ConvProblem(4, 4, 8, 8), CONFIG, "pixels", "m", 4, 4, 1, 1), {"a": 1, "b": 1, "sums": 1})
    assert list(found.slots(Fetch("a", 0, 0, free, needed))) == slots


@pytest.mark.parametrize("outer, images, filters", [("m", 3, 6), ("n", 6, 2)])
def test_what_stays_is_loaded_once(outer, images, filters):
    tiling = ConvTiling(ConvProblem(6, 4, 8, 16, (3, 3), padding=(1, 1, 1, 1), c="bias", out_type="int8"), CONFIG, "pixels", outer, 2, 4, 1, 1)
    found = schedule(tiling, {"a": 1, "b": 1, "result": 2, "bias": 1})
    count = {role: sum(fetch.role == role for fetch in found.fetches) for role in ("a", "b", "result", "bias")}
    assert count == {"a": images, "b": filters, "result": 6, "bias": filters}
    assert [uses["result"] for uses in found.uses] == [0, 1] * 3


def test_phases_use_sums_biases_and_results_where_they_pass():
    tiling = ConvTiling(ConvProblem(4, 4, 24, 8, c="bias", out_type="int8"), CONFIG, "pixels", "m", 4, 4, 1, 1)
    assert [sorted(keys(tiling, phase)) for phase in tiling.phases()] == [["a", "b", "bias", "sums"], ["a", "b", "sums"], ["a", "b", "result", "sums"]]
    alone = ConvTiling(ConvProblem(4, 4, 8, 8), CONFIG, "pixels", "m", 4, 4, 1, 1)
    assert [sorted(keys(alone, phase)) for phase in alone.phases()] == [["a", "b", "sums"]]
