# SPDX-License-Identifier: Apache-2.0
"""The handshake rules of a stream, stated once for simulation and for formal proofs."""

from amaranth import Module, Shape, Signal, Value
from amaranth.hdl import Assert, Assume
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

FORMAL = "formal"
"""Platform that designs are elaborated for in formal proofs."""


class HandshakeChecker(wiring.Component):
    """Watches a stream: once valid, valid stays and the payload holds until it is taken.

    In simulation a breach raises ``AssertionError`` at the clock edge that ends its cycle; in a formal proof
    the rules are assertions, or with ``assume=True`` assumptions about whoever drives the stream.
    A reset ends the duty to hold.

    Parameters
    ----------
    shape : :class:`ShapeLike`
        Shape of the payload.
    assume : bool
        Assume the rules instead of asserting them; for formal proofs only.

    Members
    -------
    valid, ready, payload : ``In``
        The stream as seen from outside; :meth:`watch` connects them.
    breach : ``Out(1)``
        The rules are broken in this cycle.
    """

    def __init__(self, shape, *, assume: bool = False):
        self.assume = assume
        self.width = Shape.cast(shape).width
        super().__init__({"valid": In(1), "ready": In(1), "payload": In(self.width), "breach": Out(1)})

    def watch(self, stream) -> list:
        """Statements that connect the checker to ``stream``, or to whatever has its three members."""
        return [
            self.valid.eq(stream.valid),
            self.ready.eq(stream.ready),
            self.payload.eq(Value.cast(stream.payload)),
        ]

    def elaborate(self, platform):
        m = Module()
        waiting = Signal()
        held = Signal(self.width)
        m.d.sync += [waiting.eq(self.valid & ~self.ready), held.eq(self.payload)]

        stays = Signal()
        holds = Signal()
        m.d.comb += [
            stays.eq(self.valid | ~waiting),
            holds.eq((self.payload == held) | ~waiting | ~self.valid),
            self.breach.eq(~(stays & holds)),
        ]
        rule = Assume if self.assume else Assert
        # A simulator passes through states within a cycle that no clock edge sees.
        domain = "comb" if platform == FORMAL else "sync"
        m.d[domain] += [
            rule(stays, "valid stays until the payload is taken"),
            rule(holds, "payload holds until it is taken"),
        ]
        return m
