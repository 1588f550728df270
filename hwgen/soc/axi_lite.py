# SPDX-License-Identifier: Apache-2.0
"""AXI4-Lite on the outside, one stream of writes and one of reads on the inside."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from ..parts.queue import Queue

DATA_BITS = 32
"""Width of the data channels."""

READ_RESPONSE = data.StructLayout({"data": DATA_BITS, "error": 1})
"""Answer to a read; the data of an erroneous read is passed on as it is."""


class Response(enum.Enum, shape=2):
    """The two AXI responses that occur here."""

    OKAY = 0
    SLVERR = 2


def write_layout(address_width: int) -> data.StructLayout:
    """A write: byte address as sent, word, and one strobe per byte of the word."""
    return data.StructLayout({"address": address_width, "data": DATA_BITS, "strobe": DATA_BITS // 8})


class AxiLite(wiring.Component):
    """AXI4-Lite subordinate that turns transfers into streams.

    Every AXI output is a function of registers only. Address and data of a write may come in any
    order. Writes and reads are independent; each kind is passed on and answered in order, erroneous
    ones included. A write is answered after ``write`` took it, so a manager that waits for the
    answer reads what it wrote.

    One write and one read pass per cycle while manager and inner side keep up; for reads that holds
    if the inner side answers within ``reads - 2`` cycles. An uncontended write appears at ``write``
    one cycle after the later of its address and data, its answer one cycle after it was taken; a
    read appears at ``read`` one cycle after its address, its data one cycle after the answer.

    Parameters
    ----------
    address_width : int
        Bits of a byte address, 1 to 64.
    reads : int
        Reads between their issue at ``read`` and their answer's acceptance on R, one or more.

    Members
    -------
    awaddr, awprot, awvalid, awready, wdata, wstrb, wvalid, wready, bresp, bvalid, bready, araddr, \
    arprot, arvalid, arready, rdata, rresp, rvalid, rready
        The AXI4-Lite subordinate interface with 32 bits of data. Protection bits are ignored.
    write : ``Out(stream.Signature(write_layout(address_width)))``
        Writes, in order.
    write_error : ``In(1)``
        Sampled in the cycle in which ``write`` is taken: that write is answered SLVERR, not OKAY.
    read : ``Out(stream.Signature(address_width))``
        Byte addresses of reads, in order. A read is issued once there is room for its answer.
    read_response : ``In(stream.Signature(READ_RESPONSE))``
        One answer per read taken, in order, in the same or any later cycle. ``ready`` is always high.

    Raises
    ------
    TypeError
        If a parameter is not an integer.
    ValueError
        If a parameter is out of range.
    """

    def __init__(self, address_width: int, *, reads: int = 4):
        if not isinstance(address_width, int):
            raise TypeError(f"AXI address width must be an integer, not {address_width!r}")
        if not 1 <= address_width <= 64:
            raise ValueError(f"AXI address width must be within 1..64, not {address_width!r}")
        if not isinstance(reads, int):
            raise TypeError(f"AXI reads in flight must be an integer, not {reads!r}")
        if reads < 1:
            raise ValueError(f"AXI reads in flight must be one or more, not {reads!r}")
        self.address_width = address_width
        self.reads = reads
        super().__init__({
            "awaddr": In(address_width), "awprot": In(3), "awvalid": In(1), "awready": Out(1),
            "wdata": In(DATA_BITS), "wstrb": In(DATA_BITS // 8), "wvalid": In(1), "wready": Out(1),
            "bresp": Out(2), "bvalid": Out(1), "bready": In(1),
            "araddr": In(address_width), "arprot": In(3), "arvalid": In(1), "arready": Out(1),
            "rdata": Out(DATA_BITS), "rresp": Out(2), "rvalid": Out(1), "rready": In(1),
            "write": Out(stream.Signature(write_layout(address_width))),
            "write_error": In(1),
            "read": Out(stream.Signature(address_width)),
            "read_response": In(stream.Signature(READ_RESPONSE)),
        })

    def elaborate(self, platform):
        m = Module()
        self._write_path(m)
        self._read_path(m)
        return m

    def _write_path(self, m: Module) -> None:
        m.submodules.addresses = addresses = Queue(self.address_width, depth=2)
        m.submodules.words = words = Queue(data.StructLayout({"data": DATA_BITS, "strobe": DATA_BITS // 8}), depth=2)
        m.submodules.write_answers = answers = Queue(1, depth=2)

        m.d.comb += [
            addresses.i.payload.eq(self.awaddr),
            addresses.i.valid.eq(self.awvalid),
            self.awready.eq(addresses.i.ready),
            words.i.payload.data.eq(self.wdata),
            words.i.payload.strobe.eq(self.wstrb),
            words.i.valid.eq(self.wvalid),
            self.wready.eq(words.i.ready),
        ]

        taken = Signal()
        m.d.comb += [
            self.write.payload.address.eq(addresses.o.payload),
            self.write.payload.data.eq(words.o.payload.data),
            self.write.payload.strobe.eq(words.o.payload.strobe),
            self.write.valid.eq(addresses.o.valid & words.o.valid & answers.i.ready),
            taken.eq(self.write.valid & self.write.ready),
            addresses.o.ready.eq(taken),
            words.o.ready.eq(taken),
            answers.i.payload.eq(self.write_error),
            answers.i.valid.eq(taken),
        ]

        m.d.comb += [
            self.bresp.eq(_response(answers.o.payload)),
            self.bvalid.eq(answers.o.valid),
            answers.o.ready.eq(self.bready),
        ]

    def _read_path(self, m: Module) -> None:
        m.submodules.read_addresses = addresses = Queue(self.address_width, depth=2)
        m.submodules.read_answers = answers = Queue(READ_RESPONSE, depth=self.reads)

        m.d.comb += [
            addresses.i.payload.eq(self.araddr),
            addresses.i.valid.eq(self.arvalid),
            self.arready.eq(addresses.i.ready),
        ]

        # A token for each read from issue to acceptance of its answer, which so always finds room.
        m.submodules.read_claims = claims = Queue(0, depth=self.reads)
        taken = Signal()
        m.d.comb += [
            self.read.payload.eq(addresses.o.payload),
            self.read.valid.eq(addresses.o.valid & claims.i.ready),
            taken.eq(self.read.valid & self.read.ready),
            addresses.o.ready.eq(taken),
            claims.i.valid.eq(taken),
            claims.o.ready.eq(self.rvalid & self.rready),
        ]

        m.d.comb += [
            answers.i.payload.eq(self.read_response.payload),
            answers.i.valid.eq(self.read_response.valid),
            self.read_response.ready.eq(1),
            self.rdata.eq(answers.o.payload.data),
            self.rresp.eq(_response(answers.o.payload.error)),
            self.rvalid.eq(answers.o.valid),
            answers.o.ready.eq(self.rready),
        ]


def _response(error):
    return Mux(error, Response.SLVERR.value, Response.OKAY.value)
