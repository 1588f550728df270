# SPDX-License-Identifier: Apache-2.0
"""Which channels extensions need fetched."""

import pytest
from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from streamer.combinational import outputs_of

from hwgen.config import BroadcasterConfig, StreamerConfig, TransposerConfig
from hwgen.streamer.extension import fetched_channels


def transposer():
    return TransposerConfig(kind="transposer")


def broadcaster(factor=2):
    return BroadcasterConfig(kind="broadcaster", factor=factor)


def streamer(channels, *extensions):
    return StreamerConfig(mode="read", spatial_bounds=channels, groups=(2,), extensions=extensions)


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
