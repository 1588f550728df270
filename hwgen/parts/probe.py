# SPDX-License-Identifier: Apache-2.0
"""Named wires for those who watch a design in simulation; they cost nothing."""

from amaranth import Module, Signal, Value

PROBE_PREFIX = "probe_"
"""Emission keeps wires whose names begin so, though nothing reads them."""


def probe(m: Module, name: str, value: Value) -> Signal:
    """Wire ``probe_<name>`` that follows ``value``.

    Its name in the emitted Verilog is certain, which that of a port or of a signal with several names
    is not. Nothing may read it in the design, so synthesis drops it.
    """
    value = Value.cast(value)
    signal = Signal(len(value), name=PROBE_PREFIX + name)
    m.d.comb += signal.eq(value)
    return signal
