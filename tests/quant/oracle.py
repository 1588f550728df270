# SPDX-License-Identifier: Apache-2.0
"""The published rescaling, written a second time from its description, over unbounded integers.

Nothing here comes from the model: it works on one value, in magnitudes and fractions, and also says
what 32-bit variables, as the published code has them, would have made of it.
"""

from fractions import Fraction
from math import floor
from random import Random

INT32 = (-(1 << 31), (1 << 31) - 1)
INT8 = (-128, 127)
MULTIPLIERS = (INT32[0], INT32[0] + 1, -1, 0, 1, 1 << 30, 1234567890, INT32[1])
VALUES = (INT32[0], INT32[0] + 1, -(1 << 30), -256, -129, -2, -1, 0, 1, 2, 127, 255, 1 << 30, INT32[1] - 1, INT32[1])


def step_down(value: int, multiplier: int, shift: int, input_zero_point: int) -> int:
    """First variable after the shift by one less: the double of the scaled value, rounded down."""
    return floor(Fraction((value - input_zero_point) * multiplier * 2, 2 ** shift))


def rescale(value: int, *, multiplier: int, shift: int, input_zero_point: int = 0, output_zero_point: int = 0,
            minimum: int = -128, maximum: int = 127) -> int:
    """One value, without any overflow; shift 0 leaves the product as it is."""
    if shift == 0:
        scaled = (value - input_zero_point) * multiplier
    else:
        twice = step_down(value, multiplier, shift, input_zero_point)
        scaled = floor(Fraction(twice + (1 if twice >= 0 else -1), 2))
    total = scaled + output_zero_point
    if total > maximum:
        return maximum
    if total < minimum:
        return minimum
    return total


def _wrap(value: int) -> int:
    return (value - INT32[0]) % (1 << 32) + INT32[0]


def rescale_in_32_bits(value: int, *, multiplier: int, shift: int, input_zero_point: int = 0,
                       output_zero_point: int = 0, minimum: int = -128, maximum: int = 127) -> int:
    """The same in variables of 32 bits that wrap; for shifts of 1 and more."""
    product = _wrap(value - input_zero_point) * multiplier
    doubled = _wrap(product // 2 ** (shift - 1))
    doubled = _wrap(doubled + 1) if doubled >= 0 else _wrap(doubled - 1)
    total = _wrap(doubled // 2 + output_zero_point)
    return maximum if total > maximum else max(total, minimum)


def fits_32_bits(value: int, *, multiplier: int, shift: int, input_zero_point: int = 0) -> bool:
    """Whether no 32-bit variable wraps before the zero point is added."""
    doubled = step_down(value, multiplier, shift, input_zero_point)
    return INT32[0] <= value - input_zero_point <= INT32[1] and INT32[0] < doubled < INT32[1]


def parameters(rng: Random, channels: int = 1) -> dict:
    """Random parameters in the quantizer's ranges; half of the shifts bring results into int8."""
    extreme = rng.random() < 0.5
    shift = (lambda: rng.choice((0, 1, 2, 31, 32, 33, 62, 63))) if extreme else (lambda: rng.randint(24, 60))
    multiplier = (lambda: rng.choice(MULTIPLIERS)) if extreme else (lambda: rng.randint(*INT32) >> rng.randint(0, 24))
    limits = sorted(rng.randint(*INT8) for _ in range(2)) if rng.random() < 0.5 else INT8
    return {
        "multiplier": [multiplier() for _ in range(channels)],
        "shift": [shift() for _ in range(channels)],
        "input_zero_point": rng.randint(*INT8),
        "output_zero_point": rng.randint(*INT8),
        "minimum": limits[0],
        "maximum": limits[1],
    }


def value(rng: Random) -> int:
    """A random int32: extreme, of any magnitude, or uniform."""
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(VALUES)
    return rng.randint(*INT32) >> (rng.randint(0, 31) if kind < 0.7 else 0)
