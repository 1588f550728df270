# SPDX-License-Identifier: Apache-2.0
"""Which jobs wait for which."""

from hwgen.sim.fuzz.hazards import needed, races, steps_for_result, touched
from hwgen.sim.fuzz.ordering import chunks, ordered
from support.adder import adder, addition, plain, walk

CONFIG = adder()
PLAIN = plain(CONFIG)


def test_touched_words_know_channels_and_steps():
    found = touched(PLAIN, {"X": walk(0, 2, stride=2)})["X"]
    assert {word: (channels, found.first[word], found.last[word]) for word, channels in found.channels.items()} == {
        0: ({0}, 0, 0), 1: ({0, 1}, 0, 1), 2: ({1}, 1, 1)}
    assert not found.writes and not found.errs and found.steps == 2


def test_two_channels_of_a_writer_race():
    assert races(PLAIN, addition(0, 16, 64, 2) | {"Z": walk(64, 2, stride=2)})
    assert not races(PLAIN, addition(0, 16, 64, 2) | {"Z": walk(64, 2, stride=0)})


def test_a_result_may_take_the_place_of_its_own_operand():
    assert not races(PLAIN, addition(0, 32, 0, 3))
    assert not races(PLAIN, addition(0, 32, 4, 1))


def test_a_result_must_not_meet_an_operand_still_to_be_read():
    # Result 0 goes where operand 1 comes from, which may have been read ahead or not.
    assert races(PLAIN, addition(0, 32, 4, 3))
    # Result 1 goes where operand 0 came from.
    assert not races(PLAIN, addition(4, 32, 0, 3))


def test_operands_of_a_window_come_before_its_result():
    pool = {"accelerator": {"kind": "max_pool"}}
    gemm = {"accelerator": {"kind": "gemm"}}
    assert steps_for_result(pool, {"pool": {"window": 3}}, "X") == 3
    assert steps_for_result(gemm, {"core": {"steps": 4}}, "A") == 4
    assert steps_for_result(gemm, {"core": {"steps": 4}}, "C") == 1
    assert steps_for_result(gemm, {"core": {"steps": 0}}, "B") == 1


def test_every_hazard_is_waited_for():
    read_after_write = [addition(0, 16, 64, 2), addition(64, 32, 96, 2)]
    assert needed(PLAIN, read_after_write) == [{}, {"X": {"Z": 0}}]
    write_after_read = [addition(0, 16, 64, 2), addition(32, 48, 16, 2)]
    assert needed(PLAIN, write_after_read) == [{}, {"Z": {"Y": 0}}]
    apart = [addition(0, 16, 64, 2), addition(0, 16, 96, 2)]
    assert needed(PLAIN, apart) == [{}, {}]


def test_a_writer_waits_for_itself_where_other_channels_wrote():
    assert needed(PLAIN, [addition(0, 16, 64, 2), addition(0, 16, 64, 2)]) == [{}, {}]
    assert needed(PLAIN, [addition(0, 16, 64, 2), addition(0, 16, 66, 2)]) == [{}, {"Z": {"Z": 0}}]


def test_the_latest_entry_of_a_unit_is_enough():
    jobs = [addition(0, 16, 64, 2), addition(0, 16, 64, 2), addition(64, 32, 96, 2)]
    assert needed(PLAIN, jobs)[2] == {"X": {"Z": 1}}


def test_waits_count_from_reset_and_semaphores_are_used_once():
    jobs = [addition(0, 16, 64, 2), addition(64, 32, 96, 2), addition(96, 64, 0, 2)]
    known = [touched(PLAIN, job) for job in jobs]
    by_count = ordered(CONFIG, PLAIN, jobs, known, {"Z": 5}, semaphores=False)
    assert [(wait.source, wait.count) for wait in by_count[1].entries["X"].waits] == [("Z", 6)]
    by_semaphore = ordered(CONFIG, PLAIN, jobs, known, {}, semaphores=True)
    signals = [entry.signal.semaphore for job in by_semaphore for entry in job.entries.values() if entry.signal]
    assert len(signals) == len(set(signals)) > 0
    first = by_semaphore[0].entries["Z"].signal
    assert [(wait.source, wait.count) for wait in by_semaphore[1].entries["X"].waits] == [(f"semaphore_{first.semaphore}", first.amount)]


def test_jobs_that_need_too_many_waits_come_later():
    narrow = PLAIN | {"jobs": PLAIN["jobs"] | {"waits": 1}}
    jobs = [addition(0, 16, 64, 2), addition(64, 32, 96, 2), addition(32, 48, 16, 2)]
    known = [touched(PLAIN, job) for job in jobs]
    assert needed(PLAIN, jobs)[2] == {"Z": {"Y": 0}}
    assert chunks(PLAIN, jobs, known) == chunks(narrow, jobs, known) == [range(3)]
    both = [addition(0, 16, 64, 2), addition(8, 32, 96, 2), addition(64, 48, 96, 2) | {"X": walk(64, 2, stride=32)}]
    known = [touched(PLAIN, job) for job in both]
    assert needed(PLAIN, both)[2] == {"X": {"Z": 1}}
    wide = [addition(0, 16, 64, 2), addition(8, 64, 96, 2), addition(32, 48, 8, 3)]
    known = [touched(PLAIN, job) for job in wide]
    assert needed(PLAIN, wide)[2] == {"Z": {"X": 1, "Y": 0}}
    assert chunks(PLAIN, wide, known) == [range(3)] and chunks(narrow, wide, known) == [range(2), range(2, 3)]


def test_jobs_that_stop_on_an_error_fit_the_queues():
    shallow = PLAIN | {"jobs": PLAIN["jobs"] | {"queue_depth": 2}}
    jobs = [addition(0, 16, 64, 2)] * 4 + [addition(1, 16, 64, 2)]
    known = [touched(PLAIN, job) for job in jobs]
    assert chunks(shallow, jobs, known) == [range(2), range(2, 4), range(4, 5)]
    assert chunks(shallow, jobs[:4], known[:4]) == [range(4)]
