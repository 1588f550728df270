# SPDX-License-Identifier: Apache-2.0
"""The interpreter's arithmetic against exact fractions and by hand."""

import random
from fractions import Fraction
from math import floor

import pytest
from hwgen.sim.fuzz.arithmetic import added, largest, packed, product_tile, rescaled, rounded, unpacked

RNG = random.Random(1)
PRODUCTS = [*range(-40, 41), *(RNG.randrange(-1 << width, 1 << width) for width in (8, 32, 63, 80) for _ in range(40))]
SHIFTS = [1, 2, 3, 5, 30, 31, 32, 33, 40, 63]


def half_even(value):
    return round(value)


def half_up(value):
    return floor(value + Fraction(1, 2))


def double(product, shift):
    shifted = product >> shift - 1
    return shifted + 1 >> 1 if shifted >= 0 else shifted - 1 >> 1


def gemmlowp(product, shift):
    if shift <= 31:
        return half_up(Fraction(product, 1 << shift))
    high = half_up(Fraction(product, 1 << 31))
    exact = Fraction(high, 1 << shift - 31)
    return half_up(exact) if exact >= 0 else -half_up(-exact)


@pytest.mark.parametrize("shift", SHIFTS)
def test_rounding_is_that_of_its_definition(shift):
    for product in PRODUCTS:
        exact = Fraction(product, 1 << shift)
        assert rounded(product, shift, "half_even") == half_even(exact)
        assert rounded(product, shift, "half_up") == half_up(exact)
        assert rounded(product, shift, "double") == double(product, shift)
        assert rounded(product, shift, "gemmlowp") == gemmlowp(product, shift)


def test_no_shift_does_not_round():
    assert {rounded(-7, 0, mode) for mode in ("half_even", "half_up", "double", "gemmlowp")} == {-7}


def test_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="half_even or half_up, not 'up'"):
        rounded(1, 1, "up")


def test_packing_and_back():
    assert unpacked(packed([-1, 2, -3], 4), 3, 4) == [-1, 2, -3]
    assert unpacked(packed([15, 2, 13], 4), 3, 4, unsigned=True) == [15, 2, 13]


CORE = {"m": 1, "n": 2, "k": 2, "a_width": 4, "b_width": 8, "accumulator_width": 16}


def test_tiles_of_sums():
    a, b = [packed([1, -2], 4), packed([3, 4], 4)], [packed([1, 2, 3, 4], 8), packed([5, 6, 7, 8], 8)]
    assert product_tile(CORE, {}, a, b, None) == [1 - 6 + 15 + 28, 2 - 8 + 18 + 32]
    assert product_tile(CORE, {}, a, b, packed([100, -32768], 16)) == [138, -32724]


def test_zero_points_count_by_their_low_bits():
    a, b = [packed([15, 0], 4)], [packed([255, 0, 0, 0], 8)]
    fields = {"a_unsigned": 1, "b_unsigned": 1, "a_zero_point": -1, "b_zero_point": 256}
    # Of -1 four bits count, which is 15; of 256 eight, which is 0.
    assert product_tile(CORE, fields, a, b, None) == [0, 0]
    assert product_tile(CORE, fields | {"a_zero_point": 0}, a, b, None) == [15 * 255, 0]


def test_rescaling_uses_a_column_each():
    quantizer = {"channels": 2, "rounding_modes": ["half_up"], "result_width": 8}
    fields = {"multiplier_0": 1, "shift_0": 0, "multiplier_1": 3, "shift_1": 1, "minimum": -128, "maximum": 127, "output_zero_point": 1}
    assert rescaled([10, 10, -200, 1], 2, quantizer, fields) == [11, 16, -128, 3]
    assert rescaled([10, 10], 2, quantizer, fields, [(2, 0), (0, 5)]) == [21, 1]


def test_sums_are_limited_and_largest_found():
    accelerator = {"element_width": 8, "width": 16}
    assert added(0x7F01, 0x0101, accelerator) == 0x7F02
    assert largest([0x80FF, 0x0001], accelerator, unsigned=False) == 0x0001
    assert largest([0x80FF, 0x0001], accelerator, unsigned=True) == 0x80FF
