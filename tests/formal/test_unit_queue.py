# SPDX-License-Identifier: Apache-2.0
"""Job queues, proved: waits are honored, every entry starts once and in order, completions signal in order."""

import pytest
from formal.unit_queue_spec import (
    COMPLETED,
    CONFIG,
    COUNTS,
    HELD,
    INTERRUPT,
    MET,
    OFFERED,
    SIGNAL,
    SIGNALS,
    SOON,
    SPACE,
    STATUS,
    STAYS,
    TAKES,
    UNIT,
    UNITS,
    UnitQueueSpec,
)
from support.formal import mutant, prove, refute

from hwgen.soc.unit_queue import UnitQueue


def spec(queue):
    return UnitQueueSpec(queue(CONFIG, UNIT, UNITS))


@pytest.mark.parametrize("depth", [9, pytest.param(11, marks=pytest.mark.slow)])
def test_entries_start_in_order_once_their_waits_are_met(depth):
    prove(spec(UnitQueue), depth=depth, mode="bmc", timeout=900)


READY = "ready.eq(queue.o.valid & ~enabled & ~self.hold & ~self.flush)"
BUGS = {
    "starts without its last wait": (MET, "for i in waits] + [0]", "for i in waits[:-1]] + [0]"),
    "does not look at waits": (MET, READY, "ready.eq(queue.o.valid & ~self.hold & ~self.flush)"),
    "keeps its place in the list of waits": (OFFERED, "with m.If(start | self.flush):\n            m.d.sync += index.eq(0)",
                                             "with m.If(start | self.flush):\n            m.d.sync += index.eq(index)"),
    "compares without wrapping": (SOON, "~ahead[-1]", "reached >= count"),
    "takes a semaphore that was not given": (MET, "self.acquire.valid & self.acquire.ready, ~ahead", "self.acquire.valid, ~ahead"),
    "takes from a semaphore twice": (TAKES, "with m.Elif(enabled & met):", "with m.Elif(enabled & met & ~on_semaphore):"),
    "takes the wrong amount": (TAKES, "self.acquire.payload.amount.eq(count)", "self.acquire.payload.amount.eq(count + 1)"),
    "starts while held": (HELD, READY, "ready.eq(queue.o.valid & ~enabled & ~self.flush)"),
    "starts while flushed": (HELD, READY, "ready.eq(queue.o.valid & ~enabled & ~self.hold)"),
    "forgets to flush": (SPACE, "ResetInserter(self.flush)(", "ResetInserter(self.flush & self.hold)("),
    "drops an entry that is not taken": (SPACE, "queue.o.ready.eq(start)", "queue.o.ready.eq(own.valid)"),
    "withdraws an entry when another is pushed": (STAYS, "own.valid.eq(ready & completions.i.ready)",
                                                  "own.valid.eq(ready & completions.i.ready & ~self.push)"),
    "counts jobs twice": (COUNTS, "self.started + start", "self.started + own.valid"),
    "runs as long as it was pushed": (STATUS, "self.running.eq(self.started != self.completed)", "self.running.eq(queue.o.valid)"),
    "signals before the job completed": (COMPLETED, "self.signal.valid.eq((owed != 0) & done.signal)",
                                         "self.signal.valid.eq(completions.o.valid & done.signal)"),
    "signals another amount": (SIGNAL, "target.amount.eq(head.signal_amount)", "target.amount.eq(self.entry.signal_amount)"),
    "forgets to signal": (SIGNALS, "owed + self.job.done - settle", "owed + (self.job.done & ~settle) - settle"),
    "interrupts when it starts": (INTERRUPT, "self.interrupt.eq(settle & done.interrupt)", 
                                 "self.interrupt.eq(completions.i.valid & completions.i.payload.interrupt)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_queue_that(bug):
    broken, *change = BUGS[bug]
    refute(spec(mutant(UnitQueue, *change)), broken, depth=14, timeout=300)
