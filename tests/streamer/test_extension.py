# SPDX-License-Identifier: Apache-2.0
"""Extensions against their definitions on single elements, their order, switches and fetches."""

import random

import pytest
from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from streamer.combinational import outputs_of

from hwgen.config import BroadcasterConfig, MemoryConfig, StreamerConfig, TransposerConfig
from hwgen.streamer import model
from hwgen.streamer.chain import ExtensionChain
from hwgen.streamer.extension import fetched_channels


def transposer(element_width=8):
    return TransposerConfig(kind="transposer", element_width=element_width)


def broadcaster(factor=2):
    return BroadcasterConfig(kind="broadcaster", factor=factor)


def streamer(channels, *extensions):
    return StreamerConfig(mode="read", spatial_bounds=channels, groups=(2,), extensions=extensions)


def memory(bank_width):
    return MemoryConfig(banks=2, bank_width=bank_width, bank_depth=2)


def words_through(dut, cases):
    """Output of ``dut`` for each (enable, input)."""
    return [word for word, in outputs_of(dut, [{"enable": enable, "i": word} for enable, word in cases], "o")]


def elements(word, width, count):
    return [word >> width * index & (1 << width) - 1 for index in range(count)]


@pytest.mark.parametrize("bank_width,element_width", [(8, 4), (16, 4), (32, 4), (16, 8), (64, 8), (32, 16), (64, 16)])
def test_transposer_exchanges_row_and_column(bank_width, element_width):
    size = bank_width // element_width
    dut = ExtensionChain(memory(bank_width), streamer((size,), transposer(element_width)))
    rng = random.Random(bank_width)
    words = [rng.getrandbits(bank_width * size) for _ in range(10)]
    for word, output in zip(words, words_through(dut, [(1, word) for word in words]), strict=True):
        before, after = (elements(w, element_width, size * size) for w in (word, output))
        assert all(after[row * size + column] == before[column * size + row]
                   for row in range(size) for column in range(size))
        assert before != after


@pytest.mark.parametrize("channels,factor", [((8,), 2), ((8,), 8), ((2, 3), 3), ((6,), 2), ((8, 8), 8), ((96,), 32)])
def test_broadcaster_repeats_the_first_words(channels, factor):
    config = streamer(channels, broadcaster(factor))
    word = random.Random(factor).getrandbits(8 * config.channels)
    (output,) = words_through(ExtensionChain(memory(8), config), [(1, word)])
    before, after = elements(word, 8, config.channels), elements(output, 8, config.channels)
    assert after == [before[c % (config.channels // factor)] for c in range(config.channels)]
    assert after != before


@pytest.mark.parametrize("kinds", [(transposer(), broadcaster()), (broadcaster(), transposer())])
def test_extensions_act_in_order_unless_bypassed(kinds):
    dut = ExtensionChain(memory(16), streamer((2,), *kinds))
    word = 0x4433_2211
    outputs = words_through(dut, [(enable, word) for enable in range(4)])
    functions = [lambda words, kind=kind: model.transpose(words, 8, 16) if kind.kind == "transposer"
                 else model.broadcast(words, 2) for kind in kinds]
    for enable, output in enumerate(outputs):
        words = [0x2211, 0x4433]
        for k, function in enumerate(functions):
            words = function(words) if enable >> k & 1 else words
        assert output == words[0] | words[1] << 16
    assert len(set(outputs)) == 4


def test_no_extension_passes_words_on():
    assert words_through(ExtensionChain(memory(16), streamer((2,))), [(0, 0x4433_2211)]) == [0x4433_2211]


class Mask(wiring.Component):
    """`fetched_channels` as a component."""

    def __init__(self, config):
        self.config = config
        super().__init__({"enable": In(len(config.extensions)), "o": Out(config.channels)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.o.eq(fetched_channels(self.config, self.enable))
        return m


def masks(config):
    cases = [{"enable": enable} for enable in range(1 << len(config.extensions))]
    return [mask for mask, in outputs_of(Mask(config), cases, "o")]


@pytest.mark.parametrize("channels", [1, 3, 8, 32, 33, 64, 96, 128])
def test_without_broadcast_all_channels_are_fetched(channels):
    assert masks(streamer((channels,))) == [(1 << channels) - 1]


@pytest.mark.parametrize("channels,factor", [(8, 2), (6, 3), (32, 8), (64, 8), (64, 2), (96, 2), (128, 2), (128, 128)])
def test_broadcast_fetches_only_what_it_repeats(channels, factor):
    fetched = channels // factor
    assert masks(streamer((channels,), broadcaster(factor))) == [(1 << channels) - 1, (1 << fetched) - 1]


def test_transposition_before_a_broadcast_needs_every_channel():
    assert masks(streamer((4,), transposer(), broadcaster())) == [0b1111, 0b1111, 0b0011, 0b1111]


def test_transposition_after_a_broadcast_fetches_no_more():
    assert masks(streamer((4,), broadcaster(), transposer())) == [0b1111, 0b0011, 0b1111, 0b0011]
