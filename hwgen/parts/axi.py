# SPDX-License-Identifier: Apache-2.0
"""Bursts of AXI4 as streams, as the parts that ask for them see it."""

from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

LENGTH_BITS = 8
"""Width of a burst's length field, beats less one."""


class BurstLayout(data.StructLayout):
    """Address of the first beat, a multiple of the beat's bytes, and the number of beats less one.

    Bursts are of type INCR, of full-width beats, and do not cross a multiple of 4 KiB.
    """

    def __init__(self, address_width: int):
        super().__init__({"address": address_width, "length": LENGTH_BITS})


class AxiReadSignature(wiring.Signature):
    """A reader of external memory: bursts out, their beats in, in order.

    Members
    -------
    request : ``Out(stream.Signature(BurstLayout(address_width)))``
    beat : ``In(stream.Signature({data, error, last}))``
        ``error`` tells an answer other than OKAY, ``last`` the last beat of its burst. Beats are
        always taken in the end, whatever becomes of other requests.
    """

    def __init__(self, address_width: int, data_width: int):
        super().__init__({
            "request": Out(stream.Signature(BurstLayout(address_width))),
            "beat": In(stream.Signature(data.StructLayout({"data": data_width, "error": 1, "last": 1}))),
        })


class AxiWriteSignature(wiring.Signature):
    """A writer of external memory: bursts and their beats out, one answer for each burst in, in order.

    Members
    -------
    request : ``Out(stream.Signature(BurstLayout(address_width)))``
    beat : ``Out(stream.Signature({data, strobe, last}))``
        Beats of all bursts in order; beats may be taken before their burst's request or after it.
    answer : ``In(stream.Signature({error}))``
        ``error`` tells an answer other than OKAY.
    """

    def __init__(self, address_width: int, data_width: int):
        super().__init__({
            "request": Out(stream.Signature(BurstLayout(address_width))),
            "beat": Out(stream.Signature(data.StructLayout({"data": data_width, "strobe": data_width // 8, "last": 1}))),
            "answer": In(stream.Signature(data.StructLayout({"error": 1}))),
        })
