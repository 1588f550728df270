# SPDX-License-Identifier: Apache-2.0
"""The external port, proved: what it begins it ends as the bus demands, in order, through drains that come at any time."""

from types import SimpleNamespace

import pytest
from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.external import dma_config
from support.formal import mutant, prove, refute
from support.order import OrderChecker

from hwgen.dma.port import ExternalPort

CONFIG = dma_config(32, outstanding=2)[1].model_copy(update={"address_width": 2, "data_width": 8})
"""Narrower than a cluster's may be; the port only passes on what it is given."""
FEWER = "WRITES_ACCEPTED = 16", "WRITES_ACCEPTED = 2"
WLAST = "the last beat of a burst, and no other, is marked"
OWED = "a beat is given only of a burst that was taken"
EMPTY = "beats of a drain have no strobe"
DRAINED = "drained tells that no burst is under way"
BEGINS = "no burst is taken in a drain"
ALIVE = "what is owed in a drain is offered"
OWNER = "beats are taken from the writer of the burst, and at once"
TURNS = "who was served last gives way to whoever else asks"
ANSWERS = "beats and answers go to who asked for them, and in a drain to nobody"
LIMIT = "no more bursts are under way than four times those of an engine"
ORDER = "words leave in order and unchanged"


class PortSpec(wiring.Component):
    """Any readers and writers, even ones that withdraw; a memory that answers only what it was asked, when it likes.

    One write burst, any one, is followed from where it is taken to its last beat.
    """

    def __init__(self, dut, *, drains=True, longest=2):
        self.dut, self.drains, self.longest = dut, drains, longest
        reader, writer = dut.readers[0], dut.writers[0]
        pins = ("arready", "awready", "wready", "rvalid", "rid", "rdata", "rresp", "rlast", "bvalid", "bid", "bresp")
        super().__init__({
            "read_requests": In(2), "read_burst": In(reader.request.payload.shape()), "read_ready": In(2),
            "write_requests": In(2), "bursts": In(writer.request.payload.shape()).array(2), "beat_valid": In(2),
            "beats": In(writer.beat.payload.shape()).array(2), "answer_ready": In(2), "drain": In(1), "pick": In(1), "pick_order": In(2),
            **{name: dut.signature.members[name] for name in pins},
        })
        self.pins = pins

    def elaborate(self, platform):
        m = Module()
        m.submodules.port = dut = self.dut
        m.d.comb += [*(getattr(dut, name).eq(getattr(self, name)) for name in self.pins), dut.drain.eq(self.drain)]
        if not self.drains:
            m.d.comb += Assume(~self.drain, "there is no drain")
        for index in range(2):
            reader, writer = dut.readers[index], dut.writers[index]
            m.d.comb += [
                reader.request.valid.eq(self.read_requests[index]), reader.request.payload.eq(self.read_burst), reader.beat.ready.eq(self.read_ready[index]),
                writer.request.valid.eq(self.write_requests[index]), writer.request.payload.eq(self.bursts[index]),
                writer.beat.valid.eq(self.beat_valid[index]), writer.beat.payload.eq(self.beats[index]), writer.answer.ready.eq(self.answer_ready[index]),
                Assume(self.bursts[index].length <= self.longest, "bursts are short"),
            ]

        def moved(name):
            return getattr(dut, f"{name}valid") & getattr(dut, f"{name}ready")

        asks, sources = {}, {}
        for name, users in (("ar", dut.readers), ("aw", dut.writers)):
            asks[name], sources[name] = Signal(2, name=f"{name}_asks"), Signal(name=f"{name}_source")
            m.d.comb += [asks[name][k].eq(user.request.valid & user.request.ready) for k, user in enumerate(users)]
            m.d.comb += sources[name].eq(asks[name][1])
        self._channels(m, dut, asks, sources)

        # Bursts taken, sent and ended, as differences.
        reads, reads_sent, writes, aw_sent, w_ended, owed = (Signal(5, name=name) for name in (
            "reads", "reads_sent", "writes", "aw_sent", "w_ended", "owed"))
        r_end, w_end, answered = Signal(), Signal(), Signal()
        m.d.comb += [r_end.eq(moved("r") & dut.rlast), w_end.eq(moved("w") & dut.wlast), answered.eq(moved("b"))]
        m.d.sync += [
            reads.eq(reads + asks["ar"].any() - r_end), reads_sent.eq(reads_sent + moved("ar") - r_end),
            writes.eq(writes + asks["aw"].any() - answered), aw_sent.eq(aw_sent + moved("aw") - answered),
            w_ended.eq(w_ended + w_end - answered), owed.eq(owed + asks["aw"].any() - w_end),
        ]
        m.d.comb += [
            Assume(~dut.rvalid | (reads_sent != 0), "memory gives beats of bursts it was asked for"),
            Assume(~dut.bvalid | (aw_sent != 0) & (w_ended != 0), "memory answers bursts whose beats have come"),
            Assume((dut.rid < 2) & (dut.bid < 2), "memory answers those there are"),
            Assert(dut.drained == ((reads == 0) & (writes == 0)), DRAINED),
            Assert((reads <= 8) & (writes <= 8), LIMIT),
            Assert(~self.drain | ~Cat(asks.values()).any(), BEGINS),
            Assert(~dut.wvalid | (owed != 0), OWED),
        ]

        following, ahead, sent, length = Signal(), Signal(5), Signal(8), Signal(8)
        with m.If(following):
            m.d.sync += [ahead.eq(ahead - w_end), following.eq(~(w_end & (ahead == 0)))]
        with m.Elif(asks["aw"].any() & self.pick):
            m.d.sync += [following.eq(1), ahead.eq(owed - w_end), length.eq(Mux(sources["aw"], self.bursts[1].length, self.bursts[0].length))]
        with m.If(moved("w")):
            m.d.sync += sent.eq(Mux(dut.wlast, 0, sent + 1))
        m.d.comb += Assert(~(following & (ahead == 0) & dut.wvalid) | (dut.wlast == (sent == length)), WLAST)

        # A drain that has gone on for a while.
        age, given_up = Signal(range(4)), Signal(range(4))
        m.d.sync += [
            age.eq(Mux(self.drain, age + (age != 3), 0)),
            given_up.eq(Mux(self.drain, given_up + (moved("w") & (given_up != 3)), 0)),
        ]
        m.d.comb += [
            Assert(~(self.drain & (age >= 2) & (owed != 0)) | dut.wvalid, ALIVE),
            Assert(~(self.drain & (given_up >= 2) & dut.wvalid) | (dut.wstrb == 0), EMPTY),
            Assert(~self.drain | dut.rready & dut.bready, ALIVE),
        ]
        self._owner(m, dut, asks, sources)
        self._answers(m, dut)
        last_served, served = Signal(), Signal()
        with m.If(asks["aw"].any()):
            m.d.sync += [last_served.eq(sources["aw"]), served.eq(1)]
        m.d.comb += [
            Assert(~(served & asks["aw"].any() & self.write_requests.all()) | (sources["aw"] != last_served), TURNS),
            Cover(self.drain & following & w_end & (ahead == 0) & (length == self.longest) & (dut.wstrb == 0), "a burst ends in a drain")
            if self.drains else Cover(following & w_end & (ahead == 0) & (length == self.longest), "a burst ends"),
            Cover(answered & (writes == 2), "a burst is answered while another is under way"),
            Cover(r_end & (reads == 3) & dut.rid[0], "a read ends while others are under way"),
        ]
        if self.drains:
            drained_once = Signal()
            m.d.sync += drained_once.eq(drained_once | (self.drain & (age == 3) & dut.drained & (writes == 0) & served))
            m.d.comb += Cover(drained_once & ~self.drain & asks["aw"].any(), "work goes on after a drain")
        return m

    def _channels(self, m, dut, asks, sources):
        """Handshakes of the pins; addresses, and without drains beats, pass in order and unchanged."""
        names = {"ar": ("id", "addr", "len", "size", "burst", "lock", "cache", "prot", "qos"), "w": ("data", "strb", "last")}
        names["aw"] = names["ar"]
        for channel, members in names.items():
            pins = SimpleNamespace(valid=getattr(dut, f"{channel}valid"), ready=getattr(dut, f"{channel}ready"),
                                   payload=Cat(getattr(dut, f"{channel}{name}") for name in members))
            m.submodules[f"handshake_{channel}"] = checker = HandshakeChecker(len(pins.payload))
            m.d.comb += checker.watch(pins)
        order = {channel: Cat(getattr(dut, f"{channel}id")[0], getattr(dut, f"{channel}addr"), getattr(dut, f"{channel}len")) for channel in asks}
        first, second = self.bursts[0], self.bursts[1]
        entering = {"ar": Cat(sources["ar"], self.read_burst.address, self.read_burst.length),
                    "aw": Mux(sources["aw"], Cat(1, second.address, second.length), Cat(0, first.address, first.length))}
        push = {channel: asks[channel].any() for channel in asks}
        if not self.drains:
            del order["ar"]
            order["w"] = Cat(dut.wdata, dut.wstrb)
            taken = [writer.beat.valid & writer.beat.ready for writer in dut.writers]
            push["w"] = taken[0] | taken[1]
            m.d.comb += Assert(~(taken[0] & taken[1]), OWNER)
            entering["w"] = Mux(taken[1], Cat(self.beats[1].data, self.beats[1].strobe), Cat(self.beats[0].data, self.beats[0].strobe))
        for index, (channel, leaving) in enumerate(order.items()):
            m.submodules[f"order_{channel}"] = checker = OrderChecker(len(leaving), places=2)
            m.d.comb += [
                checker.push.eq(push[channel]), checker.pop.eq(getattr(dut, f"{channel}valid") & getattr(dut, f"{channel}ready")),
                checker.entering.eq(entering[channel]), checker.leaving.eq(leaving), checker.pick.eq(self.pick_order[index]),
            ]

    def _owner(self, m, dut, asks, sources):
        """Without drains: the followed burst's beats are taken from its writer alone, as many as it has, while there is room."""
        if self.drains:
            return
        taken = Cat(writer.beat.valid & writer.beat.ready for writer in dut.writers)
        ready = Cat(writer.beat.ready for writer in dut.writers)
        ends, under_way, beats = Signal(), Signal(range(4)), Signal(8)
        lengths, level = [Signal(8, name=f"length_{k}") for k in range(3)], Signal(range(4))
        owners = [Signal(name=f"owner_{k}") for k in range(3)]
        # Bursts taken whose beats have not all been, three at most.
        m.d.comb += ends.eq(taken.any() & (beats == lengths[0]))
        with m.If(taken.any()):
            m.d.sync += beats.eq(Mux(ends, 0, beats + 1))
        entering = Mux(sources["aw"], self.bursts[1].length, self.bursts[0].length)
        left = Signal(range(4))
        m.d.comb += left.eq(level - ends)
        m.d.sync += level.eq(left + asks["aw"].any())
        with m.If(ends):
            m.d.sync += [lengths[k].eq(lengths[k + 1]) for k in range(2)] + [owners[k].eq(owners[k + 1]) for k in range(2)]
        for k in range(3):
            with m.If(asks["aw"].any() & (left == k)):
                m.d.sync += [lengths[k].eq(entering), owners[k].eq(sources["aw"])]
        m.d.sync += under_way.eq(under_way + taken.any() - (dut.wvalid & dut.wready))
        m.d.comb += [
            Assert(ready == Mux((level != 0) & (under_way < 2), Mux(owners[0], 2, 1), 0), OWNER),
            Assert(level <= 2, LIMIT),
        ]

    def _answers(self, m, dut):
        for index, (reader, writer) in enumerate(zip(dut.readers, dut.writers, strict=True)):
            m.d.comb += [
                Assert(reader.beat.valid == (dut.rvalid & (dut.rid == index) & ~self.drain), ANSWERS),
                Assert(writer.answer.valid == (dut.bvalid & (dut.bid == index) & ~self.drain), ANSWERS),
                Assert(~reader.beat.valid | (dut.rready == reader.beat.ready) & (reader.beat.payload.data == dut.rdata)
                       & (reader.beat.payload.error == (dut.rresp != 0)) & (reader.beat.payload.last == dut.rlast), ANSWERS),
                Assert(~writer.answer.valid | (dut.bready == writer.answer.ready) & (writer.answer.payload.error == (dut.bresp != 0)), ANSWERS),
            ]


def port(*change):
    """A port that remembers beats of two bursts only, with a planted bug if there is a change."""
    kind = mutant(ExternalPort, *(change or FEWER))
    kind.elaborate.__globals__["WRITES_ACCEPTED"] = 2
    return kind(CONFIG, readers=2, writers=2)


@pytest.mark.parametrize("drains", [False, True])
def test_what_begins_ends_in_order(drains):
    prove(PortSpec(port(), drains=drains), mode="bmc", depth=7, cover_depth=10)


BUGS = {
    "marks every beat": (WLAST, True, "last.eq(sent == owed.o.payload.length)", "last.eq(1)"),
    "does not count anew": (WLAST, True, "m.d.sync += sent.eq(0)", "m.d.sync += sent.eq(sent)"),
    "gives beats before a burst is taken": (OWED, False, "mine = owed.o.valid & (owed.o.payload.source == index)", "mine = owed.o.payload.source == index"),
    "forgets what it owes in a drain": (ALIVE, True, "m.d.comb += queue.i.valid.eq(owed.o.valid)", "pass"),
    "begins bursts in a drain": (BEGINS, True, "request.ready.eq(room & ~self.drain & queue", "request.ready.eq(room & queue"),
    "is drained before answers have come": (DRAINED, True, "(reading == 0) & (writing == 0)", "(reading == 0)"),
    "counts beats as bursts": (DRAINED, True, "ended.eq(self.rvalid & self.rready & self.rlast)", "ended.eq(self.rvalid & self.rready)"),
    "holds up reads in a drain": (ALIVE, True, "self.rready.eq(takes | self.drain)", "self.rready.eq(takes)"),
    "gives beats of reads to a reset reader": (ANSWERS, True, "(self.rid == index) & ~self.drain", "(self.rid == index)"),
    "favors the first": (TURNS, True, "Mux(chosen == count - 1, 0, chosen + 1)", "0"),
    "confuses identifiers": (f"order_aw: {ORDER}", False, "queue.i.payload.id.eq(chosen)", "queue.i.payload.id.eq(turn)"),
    "takes beats of another writer": (OWNER, False, "owed.i.payload.source.eq(chosen)", "owed.i.payload.source.eq(turn)"),
    "writes without limit": (LIMIT, False, "room[1] & owed.i.ready", "room[1]"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_port_that(bug):
    broken, drains, *change = BUGS[bug]
    refute(PortSpec(port(*change), drains=drains), broken, depth=9)
