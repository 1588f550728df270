# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.compiler.stream_jobs import plan_streams
from hwgen.config import Example, preset
from hwgen.errors import MappingError

ADD, POOL = preset("elementwise-add"), preset("max-pool")


def test_ports_lie_in_banks_of_their_own_where_there_are_enough():
    plan = plan_streams(ADD, [Example({"X": 100, "Y": 100, "Z": 100})])
    words = {name: place.base // (8 * 512 * 8) for name, place in plan.places.items()}
    assert {place.group for place in plan.places.values()} == {8}
    assert len(set(words.values())) == 3


def test_jobs_follow_one_another_in_memory():
    examples = [Example({"X": 6, "Y": 3}, {"pool": {"window": 2, "outputs": 3}}), Example({"X": 4, "Y": 4}, {"pool": {"window": 1, "outputs": 4}})]
    plan = plan_streams(POOL, examples)
    first, second = plan.jobs()
    assert second.entries["X"].fields["base"] - first.entries["X"].fields["base"] == 6 * 64
    assert second.entries["Y"].fields["base"] - first.entries["Y"].fields["base"] == 3 * 64
    assert [entry.interrupt for job in (first, second) for entry in job.entries.values()].count(True) == 1
    assert second.entries["Y"].interrupt
    assert plan.words("X") == 10
    assert plan.fields() == {"pool": [{"window": 2, "outputs": 3}, {"window": 1, "outputs": 4}]}


@pytest.mark.parametrize("words, message", [
    (3000, "bytes of Z must fit the scratchpad beside the others"), (1 << 16, "a job moves 0 to 65535 words through X, not 65536"),
    (-1, "a job moves 0 to 65535 words through X, not -1"),
])
def test_refuses_what_does_not_fit(words, message):
    with pytest.raises(MappingError, match=message):
        plan_streams(ADD, [Example({"X": min(words, 100) if words == 3000 else words, "Y": 100, "Z": words})])
