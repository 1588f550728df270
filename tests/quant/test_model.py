# SPDX-License-Identifier: Apache-2.0
import itertools
import random

import numpy as np
import pytest
from quant import operands, oracle

from hwgen.config.quantizer import ROUNDING_MODES
from hwgen.quant.model import rescale


def test_every_mode_has_an_oracle():
    assert ROUNDING_MODES == oracle.MODES


@pytest.mark.parametrize("rounding", ROUNDING_MODES)
def test_equals_published_definition_on_all_small_operands(rounding):
    """Every product of 8 signed bits by all its shifts, so every sign, half and remainder."""
    values = range(-128, 128)
    wide = {"minimum": -1 << 16, "maximum": (1 << 16) - 1, "rounding": rounding}
    for multiplier, shift in itertools.product((-9, -2, -1, 0, 1, 2, 3), range(12)):
        expected = [oracle.low_bits(oracle.rescale(v, multiplier=multiplier, shift=shift, **wide), 16) for v in values]
        assert rescale(list(values), multiplier=multiplier, shift=shift, result_width=16, **wide).tolist() == expected


@pytest.mark.parametrize("shift", range(28, 42))
def test_gemmlowp_equals_published_definition_around_both_roundings(shift):
    """Every combination of a quotient with bits just below one half, and just around the first rounding."""
    for high, middle, low in itertools.product(range(-3, 3), range(16), range(-2, 3)):
        product = (high << shift) + (middle << max(shift - 4, 0)) + (1 << 30) + low
        for target in (product, product - (1 << 30)):
            # A power of two as the multiplier reaches products of more than 32 bits.
            for power in (0, 8):
                value = target >> power
                if -(1 << 47) <= value < 1 << 47:
                    arguments = {"multiplier": 1 << power, "shift": shift, "rounding": "gemmlowp"}
                    assert int(rescale(value, **arguments, input_width=48)) == oracle.rescale(value, **arguments)


@pytest.mark.parametrize("shift", operands.SHIFTS)
@pytest.mark.parametrize("rounding", ROUNDING_MODES)
def test_equals_published_definition_at_extremes(rounding, shift):
    for multiplier, before, after in itertools.product(operands.MULTIPLIERS, (-128, 0, 127), (-256, -128, 0, 127, 255)):
        for minimum, maximum in ((-128, 127), (-128, -128), (0, 255), (-256, 255), (0, 6), (5, -5)):
            arguments = {"multiplier": multiplier, "shift": shift, "input_zero_point": before, "rounding": rounding,
                         "output_zero_point": after, "minimum": minimum, "maximum": maximum}
            expected = [oracle.low_bits(oracle.rescale(v, **arguments), 8) for v in operands.VALUES]
            got = rescale(np.array(operands.VALUES, np.int32), **arguments)
            assert got.view(np.uint8).tolist() == expected


@pytest.mark.parametrize("rounding", ROUNDING_MODES)
@pytest.mark.parametrize("input_width, result_width", [(32, 8), (16, 8), (17, 4), (32, 4), (32, 16), (33, 8), (48, 16), (48, 8)])
def test_equals_published_definition_on_random_operands(rounding, input_width, result_width):
    rng = random.Random(input_width)
    for _ in range(600):
        arguments = operands.parameters(rng, input_width=input_width, result_width=result_width)
        arguments |= {"multiplier": arguments["multiplier"][0], "shift": arguments["shift"][0], "rounding": rounding}
        values = [operands.value(rng, input_width) for _ in range(32)]
        got = rescale(values, **arguments, input_width=input_width, result_width=result_width)
        expected = [oracle.rescale(v, **arguments) for v in values]
        assert [oracle.low_bits(g, result_width) for g in got.tolist()] == [oracle.low_bits(e, result_width) for e in expected]
        bottom = 0 if arguments["maximum"] >= 1 << result_width - 1 else -(1 << result_width - 1)
        assert all(bottom <= g < bottom + (1 << result_width) for g in got.tolist())


def test_double_differs_from_32_bit_variables_only_where_they_overflow():
    rng, differing = random.Random(2), 0
    for _ in range(40_000):
        arguments = operands.parameters(rng)
        scaling = {"multiplier": arguments["multiplier"][0], "shift": max(arguments["shift"][0], 1),
                   "input_zero_point": arguments["input_zero_point"]}
        arguments |= scaling | {"minimum": -128, "maximum": 127}
        value = operands.value(rng)
        wrapped = oracle.rescale_in_32_bits(value, **arguments)
        if oracle.fits_32_bits(value, **scaling):
            assert int(rescale(value, **arguments)) == wrapped
        else:
            differing += int(rescale(value, **arguments)) != wrapped
    assert differing  # the overflow is real, not only a possibility


@pytest.mark.parametrize("result_width", [4, 8, 16])
@pytest.mark.parametrize("shift", range(31, 63))
def test_saturation_of_the_high_multiply_does_not_show(shift, result_width):
    """The least value by the least multiplier, which the published code saturates to 2**31 - 1."""
    least, wide = oracle.INT32[0], operands.signed_range(result_width + 1)
    published = oracle.gemmlowp(least, least, shift, saturate=True)
    for after in (wide[0], 0, wide[1]):
        arguments = {"output_zero_point": after, "minimum": wide[0], "maximum": wide[1]}
        got = rescale(least, multiplier=least, shift=shift, rounding="gemmlowp", result_width=result_width, **arguments)
        assert int(got) == oracle.low_bits(oracle.limit(published + after, *wide), result_width)


HALVES = {  # what becomes of -2.5, -1.5, -0.5, 0.5, 1.5, 2.5
    "double": [-3, -2, -1, 1, 2, 3],
    "gemmlowp": [-2, -1, 0, 1, 2, 3],
    "half_even": [-2, -2, 0, 0, 2, 2],
    "half_up": [-2, -1, 0, 1, 2, 3],
}


@pytest.mark.parametrize("rounding", ROUNDING_MODES)
def test_rounds_halves(rounding):
    assert rescale([-5, -3, -1, 1, 3, 5], multiplier=1, shift=1, rounding=rounding).tolist() == HALVES[rounding]


def test_gemmlowp_rounds_halves_of_the_second_rounding_away_from_zero():
    values = [-5, -3, -1, 1, 3, 5]
    assert rescale(values, multiplier=1 << 30, shift=31, rounding="gemmlowp").tolist() == [-2, -1, 0, 1, 2, 3]
    assert rescale(values, multiplier=1 << 30, shift=32, rounding="gemmlowp", maximum=127).tolist() == [-1, -1, 0, 1, 1, 2]
    assert rescale([-6, -2, 2, 6], multiplier=1 << 30, shift=32, rounding="gemmlowp").tolist() == [-2, -1, 1, 2]


def test_modes_differ_from_one_another():
    values = np.arange(-64, 64)
    results = {tuple(rescale(values, multiplier=1 << 30, shift=33, rounding=rounding).tolist()) for rounding in ROUNDING_MODES}
    assert len(results) == len(ROUNDING_MODES)


def test_double_is_symmetrical_about_minus_one_half():
    values = np.arange(-5000, 5000)
    for shift in range(1, 12):
        assert (rescale(~values, multiplier=1, shift=shift) == ~rescale(values, multiplier=1, shift=shift)).all()


@pytest.mark.parametrize("rounding", ROUNDING_MODES)
def test_is_monotonic(rounding):
    values = np.arange(-20000, 20000)
    assert (np.diff(rescale(values, multiplier=77, shift=14, rounding=rounding).astype(int)) >= 0).all()


def test_one_multiplier_and_shift_per_column():
    values = np.arange(-32, 32).reshape(2, 8, 4) * 1000
    multipliers, shifts = [3, -5, 1 << 30, 7], [8, 9, 40, 0]
    got = rescale(values, multiplier=multipliers, shift=shifts, output_zero_point=3)
    assert got.shape == values.shape and got.dtype == np.int8
    for j in range(4):
        alone = rescale(values[..., j], multiplier=multipliers[j], shift=shifts[j], output_zero_point=3)
        assert (got[..., j] == alone).all()


@pytest.mark.parametrize("result_width, maximum, dtype", [
    (4, 7, np.int8), (4, 8, np.uint8), (8, 127, np.int8), (8, 128, np.uint8), (16, 32767, np.int16), (16, 65535, np.uint16)])
def test_type_follows_the_limits(result_width, maximum, dtype):
    got = rescale([[1 << 30]], multiplier=1, shift=0, maximum=maximum, result_width=result_width)
    assert got.dtype == dtype and got.tolist() == [[maximum]]


@pytest.mark.parametrize("change, message", [
    ({"multiplier": 1 << 31}, r"multiplier must be within -2147483648\.\.2147483647, not 2147483648"),
    ({"shift": 64}, r"shift must be within 0\.\.63, not 64"),
    ({"shift": [1, -1]}, r"shift must be within 0\.\.63, not \[1, -1\]"),
    ({"input_zero_point": 128}, r"input_zero_point must be within -128\.\.127, not 128"),
    ({"output_zero_point": -257}, r"output_zero_point must be within -256\.\.255, not -257"),
    ({"output_zero_point": 16, "result_width": 4}, r"output_zero_point must be within -16\.\.15, not 16"),
    ({"minimum": -257}, r"minimum must be within -256\.\.255, not -257"),
    ({"maximum": 65536, "result_width": 16}, r"maximum must be within -65536\.\.65535, not 65536"),
    ({"values": [0, 1 << 31]}, r"values must be within -2147483648\.\.2147483647, not 0\.\.2147483648"),
    ({"values": [0, 1 << 15], "input_width": 16}, r"values must be within -32768\.\.32767, not 0\.\.32768"),
    ({"rounding": "up"}, r"rounding must be one of double, gemmlowp, half_even, half_up, not 'up'"),
    ({"input_width": 49}, r"input_width must be within 16\.\.48, not 49"),
    ({"result_width": 12}, r"result_width must be 4, 8 or 16, not 12"),
])
def test_rejects_what_a_register_cannot_hold(change, message):
    with pytest.raises(ValueError, match=message + "$"):
        rescale(**{"values": [0, 1], "multiplier": 1, "shift": 1} | change)


@pytest.mark.parametrize("change, message", [
    ({"values": [0.5]}, r"values must be integers, not dtype\('float64'\)"),
    ({"multiplier": 0.5}, r"multiplier must be an integer or integers, not 0\.5"),
])
def test_rejects_other_kinds(change, message):
    with pytest.raises(TypeError, match=message + "$"):
        rescale(**{"values": [0, 1], "multiplier": 1, "shift": 1} | change)


def test_rejects_parameters_that_do_not_fit_the_values():
    with pytest.raises(ValueError):
        rescale([[0, 1, 2]], multiplier=[1, 2], shift=1)
