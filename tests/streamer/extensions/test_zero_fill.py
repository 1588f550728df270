# SPDX-License-Identifier: Apache-2.0
"""Filling against bytes, for every mask of a word."""

import random

import pytest
from streamer.extensions.through import setup, through

from hwgen.config import ZeroFillConfig


@pytest.mark.parametrize("element_width", [8, 16, 32])
def test_every_mask_of_a_word(element_width):
    config, rng = ZeroFillConfig(kind="zero_fill", element_width=element_width), random.Random(element_width)
    memory, streamer = setup(config, channels=2, bank_width=32, tail_masks=True)
    half = 1 << element_width - 1
    cases = [([rng.getrandbits(32), rng.getrandbits(32)], [mask, 15 - mask], {"fill_value": value})
             for mask in range(16) for value in (-half, -1, 0, 1, half - 1, rng.randrange(-half, half))]
    for (words, masks, parameters), left in zip(cases, through(memory, streamer, cases), strict=True):
        filler = parameters["fill_value"].to_bytes(element_width // 8, "little", signed=True)
        expected = []
        for word, mask in zip(words, masks, strict=True):
            data = bytearray(word.to_bytes(4, "little"))
            for b in range(4):
                if not mask >> b & 1:
                    data[b] = filler[b % len(filler)]
            expected.append(int.from_bytes(data, "little"))
        assert left == expected
        assert config.golden(words, masks, parameters, memory) == expected
