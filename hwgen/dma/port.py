# SPDX-License-Identifier: Apache-2.0
"""The AXI4 manager port that all readers and writers of external memory share."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config.base import bits_for
from ..config.dma import ID_WIDTH, DmaConfig
from ..parts.axi import LENGTH_BITS, AxiReadSignature, AxiWriteSignature, BurstLayout
from ..parts.queue import Queue

INCREMENTING = 0b01
"""AxBURST of bursts whose address rises."""
BUFFERABLE = 0b0011
"""AxCACHE: normal memory, not cacheable, bufferable."""
WRITES_ACCEPTED = 16
"""Bursts whose beats have not all been sent."""


def axi_pins(config: DmaConfig) -> dict:
    """Signals of the port by name, without prefix."""
    address = {"id": ID_WIDTH, "addr": config.address_width, "len": LENGTH_BITS, "size": 3, "burst": 2,
               "lock": 1, "cache": 4, "prot": 3, "qos": 4, "valid": 1}
    width = config.data_width
    pins = {}
    for channel in ("aw", "ar"):
        pins |= {f"{channel}{name}": Out(bits) for name, bits in address.items()} | {f"{channel}ready": In(1)}
    pins |= {"wdata": Out(width), "wstrb": Out(width // 8), "wlast": Out(1), "wvalid": Out(1), "wready": In(1)}
    pins |= {"bid": In(ID_WIDTH), "bresp": In(2), "bvalid": In(1), "bready": Out(1)}
    pins |= {"rid": In(ID_WIDTH), "rdata": In(width), "rresp": In(2), "rlast": In(1), "rvalid": In(1), "rready": Out(1)}
    return pins


class ExternalPort(wiring.Component):
    """Merges readers and writers; each has the number of its position as AXI identifier.

    Requests alternate where several are waiting, one per cycle and direction in all, and leave one cycle
    after they were taken. Beats and answers go straight through, those of writes with one cycle.

    While ``drain`` is high no new burst is taken. Those that have been go on as the protocol demands:
    beats that are read are dropped, beats that are owed are written without a strobe, answers are
    dropped. ``drained`` tells that none is left; readers and writers are meant to be reset meanwhile.

    Parameters
    ----------
    config : DmaConfig
    readers, writers : int
        How many there are of each, 1 to 4.

    Members
    -------
    readers : ``In(AxiReadSignature)``, one for each
    writers : ``In(AxiWriteSignature)``, one for each
    drain : ``In(1)``
    drained : ``Out(1)``
    pins : AXI4 manager, by their names without prefix
    """

    def __init__(self, config: DmaConfig, *, readers: int, writers: int):
        for name, count in (("readers", readers), ("writers", writers)):
            if not 1 <= count <= 1 << ID_WIDTH:
                raise ValueError(f"{name} must be within 1..{1 << ID_WIDTH}, not {count!r}")
        self.config = config
        widths = config.address_width, config.data_width
        super().__init__({
            "readers": In(AxiReadSignature(*widths)).array(readers),
            "writers": In(AxiWriteSignature(*widths)).array(writers),
            "drain": In(1),
            "drained": Out(1),
            **axi_pins(config),
        })

    def elaborate(self, platform):
        m = Module()
        reading, writing = Signal(range(2 * self.config.outstanding * 4)), Signal(range(2 * self.config.outstanding * 4))
        room = [Signal(name="room_to_read"), Signal(name="room_to_write")]
        limit = 1 << len(reading) - 1
        m.d.comb += [room[0].eq(reading < limit), room[1].eq(writing < limit)]

        ar = self._requests(m, "ar", [reader.request for reader in self.readers], room[0])
        ended = Signal()
        m.d.comb += ended.eq(self.rvalid & self.rready & self.rlast)
        m.d.sync += reading.eq(reading + ar - ended)
        for index, reader in enumerate(self.readers):
            beat = reader.beat
            m.d.comb += [
                beat.valid.eq(self.rvalid & (self.rid == index) & ~self.drain),
                beat.payload.data.eq(self.rdata),
                beat.payload.error.eq(self.rresp != 0),
                beat.payload.last.eq(self.rlast),
            ]
        takes = Cat((self.rid == index) & reader.beat.ready for index, reader in enumerate(self.readers)).any()
        m.d.comb += self.rready.eq(takes | self.drain)

        # Beats follow in the order of the bursts.
        m.submodules.owed = owed = Queue(data.StructLayout({"source": ID_WIDTH, "length": LENGTH_BITS}), depth=WRITES_ACCEPTED)
        aw = self._requests(m, "aw", [writer.request for writer in self.writers], room[1] & owed.i.ready, owed)
        answered = Signal()
        m.d.comb += answered.eq(self.bvalid & self.bready)
        m.d.sync += writing.eq(writing + aw - answered)
        self._beats(m, owed)
        for index, writer in enumerate(self.writers):
            m.d.comb += [
                writer.answer.valid.eq(self.bvalid & (self.bid == index) & ~self.drain),
                writer.answer.payload.error.eq(self.bresp != 0),
            ]
        takes = Cat((self.bid == index) & writer.answer.ready for index, writer in enumerate(self.writers)).any()
        m.d.comb += [
            self.bready.eq(takes | self.drain),
            self.drained.eq((reading == 0) & (writing == 0)),
        ]
        return m

    def _requests(self, m, channel, requests, room, owed=None):
        """Bursts taken in turn and put on the bus; the value tells that one is taken in this cycle."""
        count = len(requests)
        layout = data.StructLayout({"id": ID_WIDTH, "burst": BurstLayout(self.config.address_width)})
        m.submodules[f"{channel}_queue"] = queue = Queue(layout, depth=2)
        turn, chosen, taken = Signal(range(count)), Signal(range(count)), Signal(name=f"{channel}_taken")
        valids = Cat(request.valid for request in requests)
        # The one after the last that was served comes first.
        with m.Switch(turn):
            for first in range(count):
                with m.Case(first):
                    for index in reversed([(first + i) % count for i in range(count)]):
                        with m.If(valids[index]):
                            m.d.comb += chosen.eq(index)
        m.d.comb += [
            queue.i.valid.eq(valids.any() & room & ~self.drain),
            queue.i.payload.id.eq(chosen),
            taken.eq(queue.i.valid & queue.i.ready),
        ]
        for index, request in enumerate(requests):
            m.d.comb += request.ready.eq(room & ~self.drain & queue.i.ready & (chosen == index))
            with m.If(chosen == index):
                m.d.comb += queue.i.payload.burst.eq(request.payload)
        with m.If(taken):
            m.d.sync += turn.eq(Mux(chosen == count - 1, 0, chosen + 1))
        if owed is not None:
            m.d.comb += [
                owed.i.valid.eq(taken),
                owed.i.payload.source.eq(chosen),
                owed.i.payload.length.eq(queue.i.payload.burst.length),
            ]
        out = queue.o.payload
        constants = {"size": bits_for(self.config.data_bytes), "burst": INCREMENTING, "lock": 0, "cache": BUFFERABLE, "prot": 0, "qos": 0}
        m.d.comb += [
            getattr(self, f"{channel}id").eq(out.id),
            getattr(self, f"{channel}addr").eq(out.burst.address),
            getattr(self, f"{channel}len").eq(out.burst.length),
            getattr(self, f"{channel}valid").eq(queue.o.valid),
            queue.o.ready.eq(getattr(self, f"{channel}ready")),
            *(getattr(self, f"{channel}{name}").eq(value) for name, value in constants.items()),
        ]
        return taken

    def _beats(self, m, owed):
        """Beats of the burst that is next; its own while there is no drain, empty ones otherwise."""
        shape = data.StructLayout({"data": self.config.data_width, "strobe": self.config.data_bytes, "last": 1})
        m.submodules.w_queue = queue = Queue(shape, depth=2)
        sent, last, taken = Signal(LENGTH_BITS), Signal(), Signal()
        m.d.comb += [
            last.eq(sent == owed.o.payload.length),
            queue.i.payload.last.eq(last),
            taken.eq(queue.i.valid & queue.i.ready),
            owed.o.ready.eq(taken & last),
            self.wdata.eq(queue.o.payload.data),
            self.wstrb.eq(queue.o.payload.strobe),
            self.wlast.eq(queue.o.payload.last),
            self.wvalid.eq(queue.o.valid),
            queue.o.ready.eq(self.wready),
        ]
        with m.If(taken):
            m.d.sync += sent.eq(0)
            with m.If(~last):
                m.d.sync += sent.eq(sent + 1)
        with m.If(self.drain):
            m.d.comb += queue.i.valid.eq(owed.o.valid)
        with m.Else():
            for index, writer in enumerate(self.writers):
                mine = owed.o.valid & (owed.o.payload.source == index)
                m.d.comb += writer.beat.ready.eq(mine & queue.i.ready)
                with m.If(mine):
                    m.d.comb += [
                        queue.i.valid.eq(writer.beat.valid),
                        queue.i.payload.data.eq(writer.beat.payload.data),
                        queue.i.payload.strobe.eq(writer.beat.payload.strobe),
                    ]
