# SPDX-License-Identifier: Apache-2.0
import itertools
import random

import numpy as np
import pytest
from quant import oracle

from hwgen.quant.model import rescale

SHIFTS = (0, 1, 2, 30, 31, 32, 33, 62, 63)


def test_equals_published_definition_on_all_small_operands():
    values = range(-70, 71)
    for multiplier, shift in itertools.product(range(-9, 10), range(9)):
        expected = [oracle.rescale(v, multiplier=multiplier, shift=shift) for v in values]
        assert rescale(list(values), multiplier=multiplier, shift=shift).tolist() == expected


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("multiplier", oracle.MULTIPLIERS)
def test_equals_published_definition_at_extremes(multiplier, shift):
    for before, after in itertools.product((-128, 0, 127), repeat=2):
        for minimum, maximum in ((-128, 127), (-128, -128), (127, 127), (0, 6), (5, -5)):
            arguments = {"multiplier": multiplier, "shift": shift, "input_zero_point": before,
                         "output_zero_point": after, "minimum": minimum, "maximum": maximum}
            expected = [oracle.rescale(v, **arguments) for v in oracle.VALUES]
            assert rescale(np.array(oracle.VALUES, np.int32), **arguments).tolist() == expected


def test_equals_published_definition_on_random_operands():
    rng = random.Random(1)
    for _ in range(2000):
        arguments = oracle.parameters(rng)
        arguments |= {"multiplier": arguments["multiplier"][0], "shift": arguments["shift"][0]}
        values = [oracle.value(rng) for _ in range(32)]
        assert rescale(values, **arguments).tolist() == [oracle.rescale(v, **arguments) for v in values]


def test_differs_from_32_bit_variables_only_where_they_overflow():
    rng, differing = random.Random(2), 0
    for _ in range(40_000):
        arguments = oracle.parameters(rng)
        scaling = {"multiplier": arguments["multiplier"][0], "shift": max(arguments["shift"][0], 1),
                   "input_zero_point": arguments["input_zero_point"]}
        arguments |= scaling
        value = oracle.value(rng)
        wrapped = oracle.rescale_in_32_bits(value, **arguments)
        if oracle.fits_32_bits(value, **scaling):
            assert int(rescale(value, **arguments)) == wrapped
        else:
            differing += int(rescale(value, **arguments)) != wrapped
    assert differing  # the overflow is real, not only a possibility


@pytest.mark.parametrize("value, expected", [(0, 0), (1, 1), (2, 1), (3, 2), (-1, -1), (-2, -2), (-3, -2), (-4, -3)])
def test_rounds_halves(value, expected):
    assert rescale(value, multiplier=1, shift=1) == expected


def test_is_symmetrical_about_minus_one_half():
    values = np.arange(-5000, 5000)
    for shift in range(1, 12):
        assert (rescale(~values, multiplier=1, shift=shift) == ~rescale(values, multiplier=1, shift=shift)).all()


def test_is_monotonic():
    values = np.arange(-20000, 20000)
    assert (np.diff(rescale(values, multiplier=77, shift=14).astype(int)) >= 0).all()


def test_one_multiplier_and_shift_per_column():
    values = np.arange(-32, 32).reshape(2, 8, 4) * 1000
    multipliers, shifts = [3, -5, 1 << 30, 7], [8, 9, 40, 0]
    got = rescale(values, multiplier=multipliers, shift=shifts, output_zero_point=3)
    assert got.shape == values.shape and got.dtype == np.int8
    for j in range(4):
        alone = rescale(values[..., j], multiplier=multipliers[j], shift=shifts[j], output_zero_point=3)
        assert (got[..., j] == alone).all()


@pytest.mark.parametrize("change, message", [
    ({"multiplier": 1 << 31}, r"multiplier must be within -2147483648\.\.2147483647, not 2147483648"),
    ({"shift": 64}, r"shift must be within 0\.\.63, not 64"),
    ({"shift": [1, -1]}, r"shift must be within 0\.\.63, not \[1, -1\]"),
    ({"input_zero_point": 128}, r"input_zero_point must be within -128\.\.127, not 128"),
    ({"output_zero_point": -129}, r"output_zero_point must be within -128\.\.127, not -129"),
    ({"minimum": -129}, r"minimum must be within -128\.\.127, not -129"),
    ({"maximum": 128}, r"maximum must be within -128\.\.127, not 128"),
    ({"values": [0, 1 << 31]}, r"values must be within -2147483648\.\.2147483647, not 0\.\.2147483648"),
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
