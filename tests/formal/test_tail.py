# SPDX-License-Identifier: Apache-2.0
"""Tail masks, proved for every setting: what takes part is what the definition says, by numbers."""

import pytest
from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.formal import mutant, prove, refute

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer.tail import TailMask

BYTES = "a byte takes part if every acting mask keeps it"
LANES = "a channel takes part if any of its bytes does"
FIRST = "what takes part of a word are its first bytes"


class TailSpec(wiring.Component):
    """Any masks act, with any settings, even such as no job may have."""

    def __init__(self, dut):
        self.dut = dut
        super().__init__({"tail": In(len(dut.tail)), "settings": In(dut.settings.shape())})

    def elaborate(self, platform):
        m = Module()
        m.submodules.mask = dut = self.dut
        m.d.comb += [dut.tail.eq(self.tail), dut.settings.eq(self.settings)]
        word_bytes = dut.memory.word_bytes
        for c, lane in enumerate(dut.config.lanes()):
            least = Mux(self.tail[-1], self.settings.tail_word_bytes, word_bytes)
            for s, i in enumerate(lane):
                whole, edge = self.settings[f"tail_lanes_{s}"], self.settings[f"tail_bytes_{s}"]
                kept, both = Signal(range(2 * word_bytes), name=f"kept_{c}_{s}"), Signal(range(2 * word_bytes), name=f"least_{c}_{s}")
                m.d.comb += [
                    kept.eq(Mux(~self.tail[s] | (i < whole), word_bytes, Mux(i == whole, edge, 0))),
                    both.eq(Mux(kept < least, kept, least)),
                ]
                least = both
            mask = dut.bytes[c]
            m.d.comb += [
                Assert(mask == Cat(least > b for b in range(word_bytes)), BYTES),
                Assert(mask & (mask + 1) == 0, FIRST),
                Assert(dut.lanes[c] == mask.any(), LANES),
            ]
            if word_bytes > 1:
                m.d.comb += Cover(dut.lanes[c] & ~mask.all(), f"channel {c} takes part with some bytes")
        m.d.comb += Cover(self.tail.all() & ~dut.lanes.any(), "no channel takes part")
        return m


def spec(kind, bounds, bank_width):
    memory = MemoryConfig(banks=8, bank_width=bank_width, bank_depth=4)
    return TailSpec(kind(memory, StreamerConfig(mode="read", spatial_bounds=bounds, groups=(8,), tail_masks=True)))


@pytest.mark.parametrize(("bounds", "bank_width"), [((1,), 8), ((8,), 64), ((8, 4), 64), ((3, 2, 2), 128)])
def test_masks_are_those_of_the_definition(bounds, bank_width):
    prove(spec(TailMask, bounds, bank_width), depth=1)


BUGS = {
    "keeps a byte more": (BYTES, "count > b", "count >= b"),
    "keeps the edge of every channel": (BYTES, "(lanes == i).replicate(word_bytes)", "(lanes != i).replicate(word_bytes)"),
    "acts without being told": (BYTES, "(~self.tail[-1]).replicate(word_bytes)", "0"),
    "forgets all dimensions but the last": (BYTES, "taken = taken & kept[s][i]", "taken = word & kept[s][i]"),
    "leaves out channels with few bytes": (LANES, "self.lanes[c].eq(self.bytes[c][0])", "self.lanes[c].eq(self.bytes[c][1])"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_mask_that(bug):
    broken, *change = BUGS[bug]
    refute(spec(mutant(TailMask, *change), (3, 2), 32), broken, depth=1)
