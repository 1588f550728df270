# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.compiler.gemm import plan
from hwgen.compiler.jobs import Signal, Wait
from hwgen.compiler.passes import bias_strides, needed_passes
from hwgen.compiler.problem import GemmProblem
from hwgen.config import preset
from hwgen.errors import MappingError

FIRST, THIRD, LAST = preset("step-1"), preset("step-3"), preset("step-6")


@pytest.mark.parametrize("problem, config, expected", [
    (GemmProblem(16, 24, 32), FIRST, []),
    (GemmProblem(16, 24, 32, transpose_a=True), FIRST, [("a", "a", 8)]),
    (GemmProblem(16, 24, 32, True, True, "bias"), FIRST, [("a", "a", 8), ("b", "b", 12), ("c", "bias", 3)]),
    (GemmProblem(16, 24, 32, True, True, "bias"), THIRD, [("c", "bias", 3)]),
    (GemmProblem(16, 24, 32, True, True, "bias"), LAST, []),
    (GemmProblem(16, 24, 32, c="full"), FIRST, []),
])
def test_a_pass_for_each_feature_that_lacks(problem, config, expected):
    assert [(one.role, one.source, one.words) for one in needed_passes(problem, config)] == expected
    assert len(plan(problem, config).jobs()) == len(expected) + 1


def test_every_entry_of_the_job_waits_for_the_last_pass_of_each_writer():
    *before, job = plan(GemmProblem(16, 24, 32, True, True, "bias"), FIRST).jobs()
    assert [set(one.entries) for one in before] == [{"A", "E", "mover"}, {"A", "E", "mover"}, {"C", "D", "mover"}]
    signals = [entry.signal for one in before for name, entry in one.entries.items() if name in "DE"]
    assert signals == [None, Signal(0, len(job.entries)), Signal(1, len(job.entries))]
    for entry in job.entries.values():
        assert set(entry.waits) == {Wait("semaphore_0", 1), Wait("semaphore_1", 1)}


def test_a_transposed_operand_is_written_back_to_its_place():
    mapping = plan(GemmProblem(16, 24, 32, transpose_b=True), FIRST)
    (move, _) = mapping.jobs()
    assert move.entries["A"].fields["base"] == move.entries["E"].fields["base"] == mapping.places["b"].base


def test_bias_rows_are_read_once_for_every_row():
    assert bias_strides(FIRST) == {"spatial_stride_0": 8, "spatial_stride_1": 0}


def test_refuses_channels_that_do_not_begin_with_a_row():
    streamers = dict(FIRST.streamers)
    streamers["C"] = streamers["C"].model_copy(update={"spatial_bounds": (8, 4)})
    with pytest.raises(MappingError, match=r"spatial dimensions of C that begin with a row of 4 words, not \[8, 4\]"):
        plan(GemmProblem(8, 8, 8, c="bias"), FIRST.model_copy(update={"streamers": streamers}))
