# SPDX-License-Identifier: Apache-2.0
import pytest
from pydantic import ValidationError

from hwgen.config.base import PowerOfTwo, StrictModel, bits_for, is_power_of_two


class Example(StrictModel):
    size: PowerOfTwo = 4


@pytest.mark.parametrize("value, power", [(-2, False), (0, False), (1, True), (2, True), (3, False), (64, True), (96, False)])
def test_powers_of_two(value, power):
    assert is_power_of_two(value) is power


@pytest.mark.parametrize("count, bits", [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (256, 8), (257, 9)])
def test_bits_number_things_from_zero(count, bits):
    assert bits_for(count) == bits
    assert count - 1 < 1 << bits


def test_models_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Example().size = 8


@pytest.mark.parametrize("value", ["4", 4.0, True, None])
def test_models_convert_nothing(value):
    with pytest.raises(ValidationError, match="valid integer"):
        Example(size=value)


def test_models_refuse_unknown_keys():
    with pytest.raises(ValidationError, match="Extra inputs"):
        Example(sizes=4)


def test_rejects_what_is_no_power_of_two():
    with pytest.raises(ValidationError, match="must be a power of two, not 12"):
        Example(size=12)
