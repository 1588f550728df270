# SPDX-License-Identifier: Apache-2.0
"""Rescaling against exact fractions: all 8-bit elements, corner cases and random settings."""

import itertools
import random
from fractions import Fraction
from math import floor

import pytest
from streamer.extensions.through import setup, through

from hwgen.config import RequantizeConfig


def oracle(x, width, parameters):
    """Of one element, by the definition of rounding half up."""
    scaled = Fraction((x - parameters["input_zero_point"]) * parameters["multiplier"], 2 ** parameters["shift"])
    value = floor(scaled + Fraction(1, 2)) + parameters["output_zero_point"]
    return sorted((-(2 ** (width - 1)), value, 2 ** (width - 1) - 1))[1]


def packed(values, width, bank_width):
    data = [value % (1 << width) for value in values]
    per_word = bank_width // width
    return [sum(v << i * width for i, v in enumerate(data[k:k + per_word])) for k in range(0, len(data), per_word)]


def corners(width):
    """Settings at and inside their limits."""
    half = 1 << width - 1
    for zero, multiplier, shift in itertools.product((-half, 0, half - 1), (0, 1, 0x8000, 0xFFFF), (0, 1, 15, 16, 17, 31)):
        yield {"input_zero_point": zero, "output_zero_point": -1 - zero, "multiplier": multiplier, "shift": shift}


def random_settings(width, rng):
    half = 1 << width - 1
    return {"input_zero_point": rng.randrange(-half, half), "output_zero_point": rng.randrange(-half, half),
            "multiplier": rng.getrandbits(rng.randint(1, 16)), "shift": rng.randrange(32)}


def check(width, settings, elements, *, pause=0.0):
    """Every setting with as many steps as it takes to have all elements pass; eight elements a step."""
    config = RequantizeConfig(kind="requantize", element_width=width)
    memory, streamer = setup(config, channels=2 * width // 8, bank_width=32)
    blocks = [elements[i:i + 8] for i in range(0, len(elements), 8)]
    cases = [(packed(block, width, 32), [0] * streamer.channels, parameters) for parameters in settings for block in blocks]
    expected = [packed([oracle(x, width, parameters) for x in block], width, 32) for parameters in settings for block in blocks]
    assert [config.golden(*case, memory) for case in cases] == expected
    assert through(memory, streamer, cases, pause=pause, seed=width) == expected


def test_all_elements_of_8_bits_at_the_limits_of_settings():
    check(8, list(corners(8)), list(range(-128, 128)))


def test_all_elements_of_8_bits_with_random_settings():
    rng = random.Random(8)
    check(8, [random_settings(8, rng) for _ in range(60)], list(range(-128, 128)), pause=0.3)


def test_elements_of_16_bits():
    rng = random.Random(16)
    elements = [-32768, -32767, -1, 0, 1, 2, 32766, 32767, *(rng.randrange(-32768, 32768) for _ in range(24))]
    check(16, [*corners(16), *(random_settings(16, rng) for _ in range(200))], elements, pause=0.3)


@pytest.mark.parametrize("halves, expected", [([1, 3, 5, -1, -3, -5], [1, 2, 3, 0, -1, -2])])
def test_halves_are_rounded_up(halves, expected):
    config = RequantizeConfig(kind="requantize")
    memory, _ = setup(config, channels=1, bank_width=64)
    parameters = {"input_zero_point": 0, "output_zero_point": 0, "multiplier": 1, "shift": 1}
    assert config.golden(packed(halves, 8, 64), [0], parameters, memory) == packed(expected, 8, 64)
