# SPDX-License-Identifier: Apache-2.0
"""Readers, proved: every word is the one asked for, in order, once; jobs end with their last word."""

import pytest
from formal.free_front import with_free_steps
from formal.reader_spec import (
    ALIVE,
    ARRIVED,
    DATA,
    DONE,
    EMPTY,
    FREE_STEPS,
    LAST,
    MEMORY,
    PACE,
    REQUEST,
    WIDE,
    WIDER,
    ReaderSpec,
    reader_config,
)
from support.extensions import InvertConfig
from support.formal import mutant, prove, refute

from hwgen.streamer.chain import ExtensionChain
from hwgen.streamer.channel import AddressBuffer
from hwgen.streamer.reader import ReadStreamer
from hwgen.streamer.tail import TailMask
from hwgen.streamer.turn import StepTurn

WIDE_REQUESTS, MASKS = {"fine_grained_prefetch": False}, {"tail_masks": True}
LATENCY = {"extensions": (InvertConfig(kind="support.extensions:InvertConfig"),)}


def spec(reader, claims, address_depth, data_depth, channels=1, memory=MEMORY, **options):
    return ReaderSpec(reader(memory, "X", reader_config(address_depth, data_depth, channels, **options)), claims)


@pytest.mark.parametrize(("address_depth", "data_depth", "channels", "depth"), [
    (1, 1, 2, 10), (2, 2, 1, 9), (1, 3, 1, 10),
    pytest.param(2, 2, 2, 11, marks=pytest.mark.slow), pytest.param(3, 3, 1, 11, marks=pytest.mark.slow),
])
def test_words_are_those_asked_for(address_depth, data_depth, channels, depth):
    prove(spec(mutant(ReadStreamer, *FREE_STEPS), "words", address_depth, data_depth, channels),
          depth=depth, mode="bmc", timeout=900)


@pytest.mark.parametrize(("claims", "address_depth", "data_depth", "channels", "memory", "options", "depth"), [
    ("words", 2, 2, 2, MEMORY, WIDE_REQUESTS, 10),
    ("words", 1, 1, 2, WIDER, MASKS, 9),
    ("words", 1, 1, 1, MEMORY, LATENCY, 10),
    ("jobs", 1, 1, 1, MEMORY, LATENCY, 10),
    pytest.param("words", 3, 2, 2, MEMORY, WIDE_REQUESTS, 11, marks=pytest.mark.slow),
    pytest.param("words", 1, 3, 1, MEMORY, LATENCY, 12, marks=pytest.mark.slow),
    pytest.param("words", 2, 2, 2, WIDER, MASKS, 10, marks=pytest.mark.slow),
])
def test_options_keep_the_promises(claims, address_depth, data_depth, channels, memory, options, depth):
    prove(spec(mutant(ReadStreamer, *FREE_STEPS), claims, address_depth, data_depth, channels, memory, **options),
          depth=depth, mode="bmc", timeout=900)


@pytest.mark.parametrize(("address_depth", "data_depth", "depth"), [
    (1, 1, 10), (1, 3, 9),
    pytest.param(2, 2, 10, marks=pytest.mark.slow), pytest.param(1, 3, 11, marks=pytest.mark.slow),
])
def test_jobs_end_with_their_last_word(address_depth, data_depth, depth):
    prove(spec(mutant(ReadStreamer, *FREE_STEPS), "jobs", address_depth, data_depth), depth=depth, mode="bmc", timeout=900)


HELD = "output: payload holds until it is taken"
BUGS = {  # claims, depth of the data buffer, what it breaks, change
    "asks before it has an address": ("words", 3, REQUEST, "may_request = addresses.pending & (", "may_request = ("),
    "delivers a word in flight": ("words", 3, DATA, "else ~missing & ~arriving", "else ~missing"),
    "delivers a word not asked for": ("words", 1, ARRIVED, "~missing if depth <= 2", "1 if depth <= 2"),
    "does not pass on what arrives": ("words", 1, DATA, "Mux(arriving, port.read_data, load.data) if depth <= 2 else load.data", "load.data"),
    "stores in the next word's place": ("words", 3, DATA, "space.slot(position - 1, depth)", "space.slot(position, depth)"),
    "delivers what it did not fetch": ("words", 1, DATA, "Mux(fetched, word, 0)", "word"),
    "changes its output while it waits": ("words", 2, HELD, "load.addr.eq(space.slot(read, depth))",
                                          "load.addr.eq(space.slot(read + in_flight, depth))"),
    "skips a request that is refused": ("words", 1, DATA, "ready & (port.grant | ~addresses.head.active)", "ready"),
    "moves on without being taken": ("words", 1, HELD, "pop.eq(valid & moves)", "pop.eq(valid)"),
    "needs one more credit": ("words", 1, PACE, "(pop if depth == 1 else 0)", "0"),
    "is done before its word is taken": ("jobs", 1, LAST, "self.job.done.eq(leaving.last & moves)", "self.job.done.eq(leaving.last)"),
    "is done after every word": ("jobs", 1, DONE, "(valid & step.data.last)", "valid"),
    "does not end an empty job": ("jobs", 1, EMPTY, "(data_job.empty | (valid & step.data.last))", "(valid & step.data.last)"),
    "forgets what is last": ("jobs", 1, DONE, "mark.data.last.eq(front.step.payload.last)", "mark.data.last.eq(0)"),
    "never starts": ("words", 1, ALIVE, "port.request.eq(ready & addresses.head.active)",
                     "port.request.eq(ready & addresses.head.active & addresses.full)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_reader_that(bug):
    claims, data_depth, broken, *change = BUGS[bug]
    refute(spec(with_free_steps(mutant(ReadStreamer, *change)), claims, 2, data_depth), broken, depth=11, timeout=300)


def test_proof_catches_an_address_buffer_that_overwrites():
    reader = with_free_steps(mutant(ReadStreamer, "from .channel import AddressBuffer", "from .channel import AddressBuffer "))
    buffer = mutant(AddressBuffer, "at_limit & ~self.advance if self.config.address_buffer_depth <= 2 else at_limit", "at_limit & 0")
    reader._channel.__globals__["AddressBuffer"] = buffer
    refute(spec(reader, "words", 2, 1), REQUEST, depth=11, timeout=300)


OPTION_BUGS = {  # claims, channels, memory, options, what it breaks, changed component, change
    "goes on when one channel is served": (
        "words", 2, MEMORY, WIDE_REQUESTS, WIDE, StepTurn, "(~self.allowed | self.served).all()", "(~self.allowed | self.served).any()"),
    "uses the masks of the step before": (
        "words", 1, WIDER, MASKS, DATA, ReadStreamer, "tail_mask.tail.eq(step.data.tail)", "tail_mask.tail.eq(0)"),
    "keeps one byte more": (
        "words", 1, WIDER, MASKS, DATA, TailMask, "count > b", "count >= b"),
    "changes a word that waits behind its extensions": (
        "words", 1, MEMORY, LATENCY, HELD, ReadStreamer, "moves.eq(~leaving.valid | self.o.ready)", "moves.eq(1)"),
    "takes the settings of the job that enters": (
        "words", 1, MEMORY, LATENCY, DATA, ExtensionChain, 'enable = self._delay(m, enable, cycles, f"{label}_enable", reset_less=True)', "pass"),
    "is done when the last word enters its extensions": (
        "jobs", 1, MEMORY, LATENCY, LAST, ReadStreamer, "self.job.done.eq(leaving.last & moves)", "self.job.done.eq(last & moves)"),
    "ends an empty job before the one in front": (
        "jobs", 1, MEMORY, LATENCY, LAST, ReadStreamer, "self.job.done.eq(leaving.last & moves)",
        "self.job.done.eq((leaving.last & moves) | (front.job.valid & data_job.empty))"),
}


@pytest.mark.parametrize("bug", OPTION_BUGS)
def test_proof_catches_options_of_a_reader_that(bug):
    claims, channels, memory, options, broken, component, *change = OPTION_BUGS[bug]
    # With as many places as channels: with one, no channel has another word to ask for before all have the first.
    if component is ReadStreamer:
        reader = mutant(ReadStreamer, *change)
    else:
        # A mutant has globals of its own, in which the changed component takes the other's place.
        reader = mutant(ReadStreamer, *FREE_STEPS)
        reader.elaborate.__globals__[component.__name__] = mutant(component, *change)
    refute(spec(with_free_steps(reader), claims, 2, channels, channels, memory, **options), broken, depth=11, timeout=300)
