# SPDX-License-Identifier: Apache-2.0
"""Writers, proved: every word is written where it belongs, in order, once; jobs end when all is visible."""

import pytest
from formal.free_front import with_free_steps
from formal.reader_spec import FREE_STEPS, MEMORY, WIDE, WIDER
from formal.writer_spec import (
    ALIVE,
    CREDIT,
    DATA,
    EMPTY,
    MASK,
    PACE,
    REQUEST,
    STEPS,
    TAKEN,
    URGENT,
    VISIBLE,
    WHOLE,
    WriterSpec,
)
from support.extensions import InvertConfig
from support.formal import mutant, prove, refute

from hwgen.config import StreamerConfig
from hwgen.streamer.turn import StepTurn
from hwgen.streamer.writer import WriteStreamer

WIDE_REQUESTS, MASKS = {"fine_grained_prefetch": False}, {"tail_masks": True}
LATENCY = {"extensions": (InvertConfig(kind="support.extensions:InvertConfig"),)}


def spec(writer, claims, address_depth, data_depth, channels=1, memory=MEMORY, **options):
    return WriterSpec(writer(memory, "X", StreamerConfig(
        mode="write", spatial_bounds=(channels,), temporal_dimensions=1, groups=(2,), bound_width=4,
        address_buffer_depth=address_depth, data_buffer_depth=data_depth, **options)), claims)


@pytest.mark.parametrize(("address_depth", "data_depth", "channels", "depth"), [
    (1, 1, 2, 9), (2, 2, 1, 9), (1, 2, 1, 9),
    pytest.param(2, 2, 2, 10, marks=pytest.mark.slow), pytest.param(3, 3, 1, 10, marks=pytest.mark.slow),
])
def test_words_are_written_as_taken(address_depth, data_depth, channels, depth):
    prove(spec(mutant(WriteStreamer, *FREE_STEPS), "words", address_depth, data_depth, channels),
          depth=depth, mode="bmc", timeout=900)


@pytest.mark.parametrize(("claims", "address_depth", "data_depth", "channels", "memory", "options", "depth"), [
    ("words", 2, 2, 2, MEMORY, WIDE_REQUESTS, 9),
    ("words", 1, 1, 1, WIDER, MASKS, 9),
    ("words", 1, 1, 1, MEMORY, LATENCY, 10),
    ("jobs", 1, 1, 1, MEMORY, LATENCY, 9),
    pytest.param("words", 3, 3, 2, MEMORY, WIDE_REQUESTS, 10, marks=pytest.mark.slow),
    pytest.param("words", 2, 2, 1, MEMORY, LATENCY, 11, marks=pytest.mark.slow),
    pytest.param("words", 2, 2, 2, WIDER, MASKS, 10, marks=pytest.mark.slow),
])
def test_options_keep_the_promises(claims, address_depth, data_depth, channels, memory, options, depth):
    prove(spec(mutant(WriteStreamer, *FREE_STEPS), claims, address_depth, data_depth, channels, memory, **options),
          depth=depth, mode="bmc", timeout=900)


@pytest.mark.parametrize(("address_depth", "data_depth", "depth"), [
    (1, 1, 9), (2, 2, 8),
    pytest.param(2, 2, 9, marks=pytest.mark.slow), pytest.param(3, 3, 9, marks=pytest.mark.slow),
])
def test_jobs_end_once_all_is_visible(address_depth, data_depth, depth):
    prove(spec(mutant(WriteStreamer, *FREE_STEPS), "jobs", address_depth, data_depth), depth=depth, mode="bmc", timeout=900)


HELD = "port_0: payload holds until it is taken"
BUGS = {  # claims, depth of the data buffer, what it breaks, change
    "takes words without steps": ("words", 2, STEPS, "(enter != write) & moves", "moves"),
    "writes before it takes": ("words", 2, TAKEN, "if depth == 1 else waiting\n", "if depth == 1 else addresses.pending\n"),
    "takes more than it can hold": ("words", 1, CREDIT, "room.eq(~blocked.any())", "room.eq(1)"),
    "changes what it writes": ("words", 1, HELD, "Mux(waiting, load.data, arriving)", "arriving"),
    "stores in the next word's place": ("words", 2, DATA, "store.addr.eq(space.slot(fill, depth))", "store.addr.eq(space.slot(fill + 1, depth))"),
    "skips a write that is refused": ("words", 2, REQUEST, "request & (port.grant | ~addresses.head.active)", "request"),
    "writes what it should suppress": ("words", 2, REQUEST, "port.request.eq(request & addresses.head.active)", "port.request.eq(request)"),
    "loses a place when it is full": ("words", 2, ALIVE, "limit.eq(space.near(fill, -self.depth))",
                                      "limit.eq(space.near(fill, 0))"),
    "needs one more place": ("words", 2, PACE, "limit.eq(space.near(fill, -self.depth))",
                             "limit.eq(space.near(fill, 1 - self.depth))"),
    "is never urgent": ("words", 1, URGENT, "0 if self.config.byte_addressed else blocked[c]", "0"),
    "is done before its words are granted": ("jobs", 2, VISIBLE, "retired.eq(written.all())", "retired.eq(retire != fill)"),
    "is done after any step": ("jobs", 1, WHOLE, "completed.eq(retired & at_retire.data.last)", "completed.eq(retired)"),
    "ends an empty job before the one in front": ("jobs", 1, VISIBLE, "(front.job.valid & data_job.empty & (filled == 0))",
                                                  "(front.job.valid & data_job.empty)"),
    "does not end an empty job": ("jobs", 1, EMPTY, "self.job.done.eq(completed | (front.job.valid & data_job.empty & (filled == 0)))",
                                  "self.job.done.eq(completed)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_writer_that(bug):
    claims, data_depth, broken, *change = BUGS[bug]
    refute(spec(with_free_steps(mutant(WriteStreamer, *change)), claims, 2, data_depth), broken, depth=11, timeout=300)


OPTION_BUGS = {  # claims, channels, memory, options, what it breaks, changed component, change
    "goes on when one channel is served": (
        "words", 2, MEMORY, WIDE_REQUESTS, WIDE, StepTurn, "(~self.allowed | self.served).all()", "(~self.allowed | self.served).any()"),
    "writes all bytes": (
        "words", 1, WIDER, MASKS, MASK, WriteStreamer, "arriving.bytes.eq(masks[c])", "arriving.bytes.eq(~0)"),
    "uses the masks of another job": (
        "words", 1, WIDER, MASKS, MASK, WriteStreamer, "entering.settings.eq(data_job.tail)", "entering.settings.eq(0)"),
    "takes words while its extensions stand still": (
        "words", 1, MEMORY, LATENCY, DATA, WriteStreamer, "(enter != write) & moves &", "(enter != write) &"),
    "keeps no places for what is in its extensions": (
        "words", 1, MEMORY, LATENCY, PACE, WriteStreamer, "self.config, under_way=self.latency)", "self.config)"),
    "is done with words in its extensions": (
        "jobs", 1, MEMORY, LATENCY, VISIBLE, WriteStreamer, "(front.job.valid & data_job.empty & (filled == 0))",
        "(front.job.valid & data_job.empty & (fill == retire))"),
}


@pytest.mark.parametrize("bug", OPTION_BUGS)
def test_proof_catches_options_of_a_writer_that(bug):
    claims, channels, memory, options, broken, component, *change = OPTION_BUGS[bug]
    # With as many places as channels: with one, no channel has another word to ask for before all have the first.
    if component is WriteStreamer:
        writer = mutant(WriteStreamer, *change)
    else:
        writer = mutant(WriteStreamer, *FREE_STEPS)
        writer.elaborate.__globals__[component.__name__] = mutant(component, *change)
    refute(spec(with_free_steps(writer), claims, 2, channels, channels, memory, **options), broken, depth=11, timeout=300)
