# SPDX-License-Identifier: Apache-2.0
"""Repetition against single words."""

import random

import pytest
from streamer.extensions.through import setup, through

from hwgen.config import BroadcasterConfig


@pytest.mark.parametrize("channels,factor", [(2, 2), (8, 2), (8, 8), (6, 3), (6, 2), (33, 11), (64, 8), (96, 32)])
def test_repeats_the_first_words(channels, factor):
    config, rng = BroadcasterConfig(kind="broadcaster", factor=factor), random.Random(factor)
    memory, streamer = setup(config, channels=channels, bank_width=8)
    words = rng.sample(range(256), channels)
    (left,) = through(memory, streamer, [(words, [0] * channels, {})])
    assert left == [words[c % (channels // factor)] for c in range(channels)]
    assert left != words
    assert config.golden(words, [0] * channels, {}, memory) == left
