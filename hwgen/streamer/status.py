# SPDX-License-Identifier: Apache-2.0
"""What a streamer tells the performance counters."""

import enum

from amaranth import Module, Signal


class WaitCause(enum.Enum):
    """Why a reader has no word; with several channels late, the first that applies to any of them."""

    BANK_CONFLICT = 0
    """A missing word's request is or was refused because its bank served another."""
    NO_ADDRESS = 1
    """The address of a missing word has not been generated."""
    NO_CREDIT = 2
    """A missing word could not be requested for want of room; never so in `ReadStreamer`, where the
    word that is missing is the first of its channel, whose buffer is then empty."""
    MEMORY_LATENCY = 3
    """Every missing word is on its way."""


def count_ones(m: Module, bits: Signal, name: str) -> Signal:
    """Number of ones in ``bits``, as a balanced tree of named sums."""
    sums = [bits[i] for i in range(len(bits))]
    level = 0
    while len(sums) > 1:
        grown = []
        for i in range(0, len(sums) - 1, 2):
            total = Signal(level + 2, name=f"{name}_{level}_{i // 2}")
            m.d.comb += total.eq(sums[i] + sums[i + 1])
            grown.append(total)
        sums = grown + (sums[-1:] if len(sums) % 2 else [])
        level += 1
    return sums[0]
