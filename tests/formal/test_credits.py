# SPDX-License-Identifier: Apache-2.0
"""Credits of a reader, proved by counting: what is requested and not delivered always has its place."""

import pytest
from amaranth import Array, Cat, Module, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from formal.free_front import with_free_steps
from formal.reader_spec import FREE_STEPS, MEMORY, WIDTH, reader_config, tap_steps
from support.formal import mutant, prove, refute

from hwgen.streamer.reader import ReadStreamer

CREDIT = "words requested and not delivered fit the data buffer"
PLACE = "no word is stored where another still waits"
DELIVERED = "no word is delivered that was not requested"
ALIVE = "with grants given a word is delivered soon"
REQUESTED = "a channel with an address and a place requests"


class CreditSpec(wiring.Component):
    """A reader whose every step fetches a word on every channel; grants and accelerator as they like."""

    def __init__(self, dut):
        self.dut, self.channels = dut, dut.config.channels
        super().__init__({
            "valid": In(1), "entry": In(dut.job.entry.payload.shape()), "ready": In(1),
            "grant": In(self.channels), "memory": In(WIDTH).array(self.channels),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.reader = dut = self.dut
        m.d.comb += [dut.job.entry.valid.eq(self.valid), dut.job.entry.payload.eq(self.entry), dut.o.ready.eq(self.ready)]
        for c, port in enumerate(dut.ports):
            m.d.comb += [port.grant.eq(self.grant[c]), port.read_data.eq(self.memory[c])]
        step = tap_steps(dut)
        m.d.comb += [
            Assume(~step.enters | step.active.all(), "every step fetches on every channel"),
            Assume(self.entry.temporal_bound_0 != 0, "no job is empty"),
        ]
        waiting = [self._channel(m, c, step) for c in range(self.channels)]

        # A cycle counts towards the deadline if a word was addressed and nothing is refused.
        late, patience = Signal(), Signal(2)
        m.d.comb += late.eq(Cat(waiting).any() & ~dut.o.valid & ~Cat(p.request & ~p.grant for p in dut.ports).any())
        with m.If(late):
            m.d.sync += patience.eq(patience + (patience != 3))
        with m.Else():
            m.d.sync += patience.eq(0)
        latency = 1 if dut.config.data_buffer_depth <= 2 else 2
        m.d.comb += [
            Assert(~late | (patience < latency), ALIVE),
            Cover(late & (patience == latency - 1), "a word takes its time"),
        ]
        return m

    def _channel(self, m, c, step):
        """Count addresses, requests and words of channel ``c``, and tell whether one is due."""
        dut, port, config = self.dut, self.dut.ports[c], self.dut.config
        depth, most = config.data_buffer_depth, config.address_buffer_depth + config.data_buffer_depth
        addressed, outstanding = Signal(range(most + 2), name=f"addressed_{c}"), Signal(range(depth + 2), name=f"outstanding_{c}")
        arrived = Signal(range(depth + 2), name=f"arrived_{c}")
        granted, pop, was_granted = Signal(name=f"granted_{c}"), Signal(name=f"pop_{c}"), Signal(name=f"was_granted_{c}")
        m.d.comb += [granted.eq(port.request & port.grant), pop.eq(dut.o.valid & dut.o.ready)]
        m.d.sync += [
            was_granted.eq(granted),
            addressed.eq(addressed + step.enters - granted),
            outstanding.eq(outstanding + granted - pop),
            arrived.eq(arrived + was_granted - pop),
        ]
        # The data buffer as a set of places, each taken from a word's arrival until it leaves.
        taken = Array(Signal(name=f"taken_{c}_{place}") for place in range(depth))
        enters, leaves = Signal(range(max(depth, 2)), name=f"enters_{c}"), Signal(range(max(depth, 2)), name=f"leaves_{c}")
        for moves, place in ((was_granted, enters), (pop, leaves)):
            with m.If(moves):
                m.d.sync += place.eq(0)
                with m.If(place != depth - 1):
                    m.d.sync += place.eq(place + 1)
        with m.If(pop):
            m.d.sync += taken[leaves].eq(0)
        with m.If(was_granted & ~(pop & (arrived == 0))):
            m.d.sync += taken[enters].eq(1)
        held = addressed != 0
        room = (outstanding < depth) | (pop if depth == 1 else 0)
        m.d.comb += [
            Assert(outstanding <= depth, CREDIT),
            Assert(~(granted & (outstanding - pop >= depth)), CREDIT),
            Assert(~was_granted | ~taken[enters], PLACE),
            Assert(~pop | (outstanding != 0), DELIVERED),
            Assert(~granted | held, "no word is requested without an address"),
            Assert(port.request == (held & room), REQUESTED),
            Cover((outstanding == depth) & pop & (granted if depth == 1 else 1), f"every place of channel {c} is taken"),
            Cover((addressed == config.address_buffer_depth) & (outstanding == depth), f"channel {c} is full"),
        ]
        return (addressed != 0) | (outstanding != 0)


def spec(reader, address_depth, data_depth, channels=1):
    return CreditSpec(reader(MEMORY, "X", reader_config(address_depth, data_depth, channels)))


@pytest.mark.parametrize(("address_depth", "data_depth", "channels", "depth"), [
    (2, 1, 2, 9), (2, 2, 1, 10), (1, 3, 1, 11),
    pytest.param(3, 3, 2, 11, marks=pytest.mark.slow), pytest.param(1, 2, 2, 11, marks=pytest.mark.slow),
])
def test_credits_are_kept(address_depth, data_depth, channels, depth):
    prove(spec(mutant(ReadStreamer, *FREE_STEPS), address_depth, data_depth, channels), depth=depth, mode="bmc", timeout=900)


LIMIT = "limit.eq(space.near(read, depth) + (pop if depth == 1 else 0))"
BUGS = {  # depth of the data buffer, what it breaks, change
    "gives one credit too many": (2, CREDIT, LIMIT, "limit.eq(space.near(read, depth + 1))"),
    "stores over a word that waits": (2, PLACE, LIMIT, "limit.eq(space.near(read, depth) + 1)"),
    "never returns a credit": (1, REQUESTED, "m.d.sync += read.eq(read + 1)", "m.d.sync += read.eq(read)"),
    "loses a credit when it is full": (1, REQUESTED, LIMIT, "limit.eq(space.near(read, depth))"),
    "never uses its last place": (2, REQUESTED, LIMIT, "limit.eq(space.near(read, depth - 1))"),
    "waits for another address": (1, ALIVE, "may_request = addresses.pending & ", "may_request = (position + 1 != addresses.write_pointer) & "),
    "delivers what it did not request": (3, DELIVERED, "else ~missing & ~arriving", "else ~arriving"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_credits_that(bug):
    data_depth, broken, *change = BUGS[bug]
    refute(spec(with_free_steps(mutant(ReadStreamer, *change)), 2, data_depth), broken, depth=12, timeout=300)
