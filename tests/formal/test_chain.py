# SPDX-License-Identifier: Apache-2.0
"""Extension chains, proved: every step leaves with its own settings and tag, after its latency, and moves only when told."""

import pytest
from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.extensions import InvertConfig, add
from support.formal import mutant, prove, refute

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer.chain import ExtensionChain

MEMORY = MemoryConfig(banks=2, bank_width=8, bank_depth=2)
TAG_BITS, IDLE = 2, 3
WORD = "a step leaves as its own settings make it"
TAG = "a step leaves with its tag, after its latency"
EMPTY = "no step leaves before one has entered"
STANDS = "what leaves stands still without a move"


class ChainSpec(wiring.Component):
    """Any words, settings and moves; one step, any one, is followed by counting moves."""

    def __init__(self, dut):
        self.dut = dut
        super().__init__({
            "word": In(len(dut.i)), "mask": In(len(dut.mask)), "job": In(dut.job.shape()), "tag": In(TAG_BITS),
            "advance": In(1), "pick": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.chain = dut = self.dut
        latency = dut.latency
        m.d.comb += [
            dut.i.eq(self.word), dut.mask.eq(self.mask), dut.job.eq(self.job), dut.i_tag.eq(self.tag), dut.advance.eq(self.advance),
        ]
        result = Signal(len(self.word))
        m.d.comb += result.eq(self._result())
        if not latency:
            m.d.comb += [Assert(dut.o == result, WORD), Assert(dut.o_tag == self.tag, TAG),
                         Cover((dut.o != self.word) & ~self.advance, "an extension acts")]
            return m
        following, moves, expected, tag, acts = Signal(), Signal(range(latency + 1)), Signal(len(self.word)), Signal(TAG_BITS), Signal()
        with m.If(~following & self.pick & self.advance):
            m.d.sync += [following.eq(1), moves.eq(1), expected.eq(result), tag.eq(self.tag), acts.eq(self.job.enable.all())]
        with m.Elif(following & self.advance):
            m.d.sync += [moves.eq(moves + 1), following.eq(moves != latency)]
        leaves, entered, waited, before = Signal(), Signal(range(latency + 1)), Signal(), Signal(len(Cat(dut.o, dut.o_tag)))
        m.d.comb += leaves.eq(following & (moves == latency))
        m.d.sync += [waited.eq(~self.advance), before.eq(Cat(dut.o, dut.o_tag)),
                     entered.eq(Mux(entered == latency, entered, entered + self.advance))]
        m.d.comb += [
            Assert(~leaves | (dut.o == expected), WORD),
            Assert(~leaves | (dut.o_tag == tag), TAG),
            Assert((entered == latency) | (dut.o_tag == IDLE), EMPTY),
            Assert(~waited | (dut.o_tag == before[len(dut.o):]), STANDS),
            Assert(~waited | ~leaves | (dut.o == before[:len(dut.o)]), STANDS),
            Cover(leaves & waited & acts & self.advance, "a step leaves that every extension changed, after a pause"),
            Cover(leaves & ~acts & (expected == 0xA5), "a step leaves that went past an extension"),
        ]
        return m

    def _result(self):
        """What the enabled extensions make of the word, one after the other."""
        word = self.word
        for k, extension in enumerate(self.dut.streamer.extensions):
            if isinstance(extension, InvertConfig):
                changed = ~word
            else:
                addend = self.job.parameters[next(name for name, _ in self.job.parameters.shape() if name.endswith("addend"))]
                changed = Cat((word.word_select(b, 8) + Mux(self.mask[b], addend, 0))[:8] for b in range(len(self.mask)))
            word = Mux(self.job.enable[k], changed, word)[:len(self.word)]
        return word


INVERT = InvertConfig(kind="support.extensions:InvertConfig")


def spec(kind, extensions):
    config = StreamerConfig(mode="read", spatial_bounds=(1,), groups=(2,), temporal_dimensions=1, extensions=extensions, tail_masks=True)
    return ChainSpec(kind(MEMORY, config, tag=TAG_BITS, idle=IDLE))


CHAINS = {
    "without latency": (add(),),
    "one register": (INVERT,),
    "settings after latency": (INVERT, add()),
    "latency twice": (INVERT, add(2)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_every_step_leaves_as_its_own_settings_make_it(name):
    prove(spec(ExtensionChain, CHAINS[name]), depth=14, mode="bmc", timeout=600)


BUGS = {
    "takes the switch of a later step": (WORD, 'enable = self._delay(m, enable, cycles, f"{label}_enable", reset_less=True)', "pass"),
    "takes the addend of a later step": (WORD, '{name: self._delay(m, value, cycles, f"{label}_{later}_{name}", reset_less=True)',
                                         "{name: value"),
    "takes the later switches of a later step": (WORD, 'self._delay(m, settings[j][0], cycles, f"{label}_{later}_enable", reset_less=True)',
                                                 "settings[j][0]"),
    "takes the mask of a later step": (WORD, 'mask = self._delay(m, mask, cycles, f"{label}_mask", reset_less=True)', "pass"),
    "bypasses a step later": (WORD, 'words = self._delay(m, words, cycles, f"{label}_bypass"', 'words = self._delay(m, words, cycles + 1, f"{label}_bypass"'),
    "moves on by itself": (STANDS, "with m.If(self.advance):", "with m.If(1):"),
    "has extensions that move on by themselves": (WORD, "extension.advance.eq(self.advance if self.latency else 1)", "extension.advance.eq(1)"),
    "begins with steps that are none": (EMPTY, 'f"{label}_tag", init=self.idle)', 'f"{label}_tag")'),
    "loses a tag": (TAG, "self.o_tag.eq(tag)", "self.o_tag.eq(self.i_tag)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_chain_that(bug):
    broken, *change = BUGS[bug]
    refute(spec(mutant(ExtensionChain, *change), CHAINS["latency twice"]), broken, depth=10)
