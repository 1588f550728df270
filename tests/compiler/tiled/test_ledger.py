# SPDX-License-Identifier: Apache-2.0
"""The ledger keeps the waits that are needed and leaves out those that others imply."""

import pytest

from hwgen.compiler.jobs import Wait
from hwgen.compiler.tiled.ledger import Ledger
from hwgen.config import preset
from hwgen.errors import MappingError


def waits(ledger, unit, *events):
    """Waits of a new entry."""
    ledger.push({unit: ({}, events)})
    return ledger.jobs[-1].entries[unit].waits


def test_waits_that_others_imply_are_left_out():
    ledger = Ledger(preset("tiny"))
    waits(ledger, "L")
    assert waits(ledger, "A", ("L", 1)) == (Wait("L", 1),)
    assert waits(ledger, "A", ("L", 1)) == (), "an earlier entry of the unit has waited for it"
    assert waits(ledger, "S", ("A", 2), ("L", 1)) == (Wait("A", 2),), "A has"
    waits(ledger, "L")
    assert set(waits(ledger, "B", ("A", 2), ("L", 2))) == {Wait("A", 2), Wait("L", 2)}


def test_a_start_does_not_imply_the_completion_of_the_entry_before():
    ledger = Ledger(preset("tiny"))
    waits(ledger, "D")
    waits(ledger, "D")
    assert waits(ledger, "S", ("D", 1)) == (Wait("D", 1),)
    assert waits(ledger, "D", ("D", 2)) == (Wait("D", 2),)


def test_counts_begin_at_the_base_and_wrap():
    ledger = Ledger(preset("tiny"), {"L": 65535})
    waits(ledger, "L")
    waits(ledger, "L")
    assert waits(ledger, "A", ("L", 1)) == (Wait("L", 0),)
    assert waits(ledger, "A", ("L", 2)) == (Wait("L", 1),)


def test_refuses_counts_half_a_counter_back():
    config = preset("tiny")
    config = config.model_copy(update={"jobs": config.jobs.model_copy(update={"count_width": 8})})
    ledger = Ledger(config)
    for _ in range(128):
        waits(ledger, "L")
    waits(ledger, "A", ("L", 1))
    waits(ledger, "L")
    with pytest.raises(MappingError, match="waits for one of L that is 128 entries back; jobs.count_width must be more than 8"):
        waits(ledger, "B", ("L", 1))


def test_refuses_more_waits_than_entries_have():
    ledger, units = Ledger(preset("tiny")), ("A", "B", "C", "D", "E")
    for unit in units:
        waits(ledger, unit)
    with pytest.raises(MappingError, match="an entry of L must wait for 5 units, more than the 4 waits of tiny"):
        waits(ledger, "L", *((unit, 1) for unit in units))
