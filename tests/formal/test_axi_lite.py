# SPDX-License-Identifier: Apache-2.0
"""The AXI4-Lite front end: handshakes, one answer per request, room for every answer, order."""

from types import SimpleNamespace

import pytest
from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.checker import HandshakeChecker
from support.formal import mutant, prove, refute
from support.lemmas import check_queue, look_inside
from support.order import OrderChecker

from hwgen.soc.axi_lite import DATA_BITS, AxiLite

ADDRESS = 2
INPUTS = ("awaddr", "awvalid", "wdata", "wstrb", "wvalid", "bready", "araddr", "arvalid", "rready", "write_error")
PASSAGES = ("aw", "w", "b", "ar", "r")


def response(error):
    return Mux(error, 2, 0)


class AxiLiteSpec(wiring.Component):
    """Any manager, even one that breaks the rules, and any inner side that answers only what was asked.

    One word, any one, is followed through each passage: aw and w from the manager to ``write``, b
    back, ar to ``read``, r back. ``lemmas`` ties the passages to the queues inside; induction needs it.
    """

    def __init__(self, dut, *, lemmas=True):
        self.dut = dut
        self.lemmas = lemmas
        super().__init__({
            **{name: dut.signature.members[name] for name in INPUTS},
            "write_ready": In(1), "read_ready": In(1), "response": In(1), "response_data": In(DATA_BITS),
            "response_error": In(1), "pick": In(len(PASSAGES)),
        })

    def elaborate(self, platform):
        m = Module()
        dut = self.dut
        m.submodules.axi_lite = dut
        m.d.comb += [getattr(dut, name).eq(getattr(self, name)) for name in INPUTS]
        m.d.comb += [
            dut.write.ready.eq(self.write_ready),
            dut.read.ready.eq(self.read_ready),
            dut.read_response.valid.eq(self.response),
            dut.read_response.payload.data.eq(self.response_data),
            dut.read_response.payload.error.eq(self.response_error),
        ]

        channels = {
            "b": SimpleNamespace(valid=dut.bvalid, ready=dut.bready, payload=dut.bresp),
            "r": SimpleNamespace(valid=dut.rvalid, ready=dut.rready, payload=Cat(dut.rdata, dut.rresp)),
            "write": dut.write,
            "read": dut.read,
        }
        for name, channel in channels.items():
            m.submodules[f"handshake_{name}"] = handshake = HandshakeChecker(channel.payload.shape())
            m.d.comb += handshake.watch(channel)

        order = self._passages(m)
        in_flight = self._reads_in_flight(m)
        self._promises(m, order, in_flight)
        if self.lemmas:
            look_inside(dut, lambda inner: self._lemmas(inner, order, in_flight))
        return m

    def _passages(self, m):
        dut = self.dut

        write_taken = dut.write.valid & dut.write.ready
        word = Cat(dut.write.payload.data, dut.write.payload.strobe)
        ends = {  # words enter when, as what, leave when, as what, room for how many
            "aw": (dut.awvalid & dut.awready, dut.awaddr, write_taken, dut.write.payload.address, 2),
            "w": (dut.wvalid & dut.wready, Cat(dut.wdata, dut.wstrb), write_taken, word, 2),
            "b": (write_taken, response(dut.write_error), dut.bvalid & dut.bready, dut.bresp, 2),
            "ar": (dut.arvalid & dut.arready, dut.araddr, dut.read.valid & dut.read.ready, dut.read.payload, 2),
            "r": (dut.read_response.valid, Cat(self.response_data, response(self.response_error)),
                  dut.rvalid & dut.rready, Cat(dut.rdata, dut.rresp), dut.reads),
        }
        order = {}
        for index, (name, (push, entering, pop, leaving, places)) in enumerate(ends.items()):
            checker = OrderChecker(leaving.shape(), places=places)
            m.submodules[name] = order[name] = checker
            m.d.comb += [
                checker.push.eq(push),
                checker.entering.eq(entering),
                checker.pop.eq(pop),
                checker.leaving.eq(leaving),
                checker.pick.eq(self.pick[index]),
            ]
        return order

    def _reads_in_flight(self, m):
        """Reads issued and not answered by the inner side, which answers nothing else."""
        dut = self.dut
        in_flight = Signal(range(dut.reads + 2))
        issued = dut.read.valid & dut.read.ready
        m.d.sync += in_flight.eq(in_flight + issued - self.response)
        m.d.comb += Assume(~self.response | issued | (in_flight > 0), "only reads are answered")
        return in_flight

    def _promises(self, m, order, in_flight):
        dut = self.dut
        aw, w, b, ar, r = (order[name].held for name in PASSAGES)
        m.d.comb += [
            Assert(dut.awready == (aw < 2), "write addresses are taken while there is room"),
            Assert(dut.wready == (w < 2), "write data are taken while there is room"),
            Assert(dut.write.valid == ((aw > 0) & (w > 0) & (b < 2)), "writes are issued if answers have room"),
            Assert(dut.bvalid == (b > 0), "every write taken is answered, and nothing else"),
            Assert(dut.arready == (ar < 2), "reads are taken while there is room"),
            Assert(dut.read.valid == ((ar > 0) & (in_flight + r < dut.reads)), "reads are issued if answers have room"),
            Assert(dut.rvalid == (r > 0), "every read answered is passed on, and nothing else"),
            Assert(dut.read_response.ready, "answers are always taken"),
            Cover((aw == 2) & (w == 0) & (b == 2), "addresses run ahead of data"),
            Cover((w == 2) & (aw == 0) & (b == 2), "data run ahead of addresses"),
            Cover((dut.bresp == 2) & dut.bvalid & dut.bready & dut.write.valid & dut.write.ready, "errors are answered"),
            Cover((r == dut.reads) & (ar == 2), "the manager takes no answers"),
            Cover((in_flight == dut.reads) & self.response, "as many reads in flight as there may be"),
        ]
        for name, checker in order.items():
            m.d.comb += Cover(checker.following & checker.pop & (checker.ahead == 0), f"a word passes {name}")

    def _lemmas(self, inner, order, in_flight):
        queues = inner.submodules
        check_queue(queues.addresses, order["aw"])
        check_queue(queues.words, order["w"], as_word=lambda payload: Cat(payload.data, payload.strobe))
        check_queue(queues.write_answers, order["b"], as_word=response)
        check_queue(queues.read_addresses, order["ar"])
        check_queue(queues.read_answers, order["r"], as_word=lambda payload: Cat(payload.data, response(payload.error)))
        claimed = in_flight + order["r"].held
        inner.d.comb += [
            Assert(queues.read_claims.level == claimed, "reads in flight or answered hold a claim"),
            Assert(claimed <= self.dut.reads, "there are no more claims than places"),
        ]


@pytest.mark.parametrize("reads", (1, 2, 3, 4))
def test_every_request_is_answered_once_in_order(reads):
    prove(AxiLiteSpec(AxiLite(ADDRESS, reads=reads)), depth=3, cover_depth=12)


ISSUE_WRITE = "writes are issued if answers have room"
ISSUE_READ = "reads are issued if answers have room"
ANSWER_READ = "every read answered is passed on, and nothing else"
TAKE_DATA = "write data are taken while there is room"
ORDER = "words leave in order and unchanged"
BUGS = {
    "acts before the data": (ISSUE_WRITE, "addresses.o.valid & words.o.valid &", "addresses.o.valid &"),
    "has no room for write answers": (ISSUE_WRITE, "words.o.valid & answers.i.ready", "words.o.valid"),
    "drops data": (TAKE_DATA, "words.o.ready.eq(taken)", "words.o.ready.eq(self.write.ready)"),
    "swaps address and data": (f"aw: {ORDER}", "address.eq(addresses.o.payload)", "address.eq(words.o.payload.data)"),
    "answers for the wrong write": (f"b: {ORDER}", "_response(answers.o.payload)", "_response(self.write_error)"),
    "loses a read error": (f"r: {ORDER}", "_response(answers.o.payload.error)", "0"),
    "has no room for read answers": (ISSUE_READ, "addresses.o.valid & claims.i.ready", "addresses.o.valid"),
    "forgets claims": (ISSUE_READ, "claims.i.valid.eq(taken)", "claims.i.valid.eq(0)"),
    "frees claims early": (ISSUE_READ, "ready.eq(self.rvalid & self.rready)", "ready.eq(self.rready)"),
    "answers without a read": (ANSWER_READ, "rvalid.eq(answers.o.valid)", "rvalid.eq(1)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_front_end_that(bug):
    broken, *change = BUGS[bug]
    refute(AxiLiteSpec(mutant(AxiLite, *change)(ADDRESS, reads=2), lemmas=False), broken, depth=12)
