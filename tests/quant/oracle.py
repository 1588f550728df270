# SPDX-License-Identifier: Apache-2.0
"""The published ways of rescaling, written a second time from their descriptions, over unbounded integers.

Nothing here comes from the model: each mode works on one value, in magnitudes, fractions and decisions as
its own source has them.
"""

from fractions import Fraction
from math import floor

INT32 = (-(1 << 31), (1 << 31) - 1)
MODES = ("double", "gemmlowp", "half_even", "half_up")


def step_down(value: int, multiplier: int, shift: int, input_zero_point: int) -> int:
    """First variable of ``double`` after the shift by one less: the double of the scaled value, rounded down."""
    return floor(Fraction((value - input_zero_point) * multiplier * 2, 2 ** shift))


def double(difference: int, multiplier: int, shift: int) -> int:
    """scale_quant_clamp_c_spec of snax-postprocessing-simd; shift 0 leaves the product as it is."""
    if shift == 0:
        return difference * multiplier
    twice = step_down(difference, multiplier, shift, 0)
    return floor(Fraction(twice + (1 if twice >= 0 else -1), 2))


def truncate(numerator: int, denominator: int) -> int:
    """Division of C."""
    magnitude = abs(numerator) // denominator
    return -magnitude if numerator < 0 else magnitude


def doubling_high_multiply(a: int, b: int, *, saturate: bool = False) -> int:
    """SaturatingRoundingDoublingHighMul of gemmlowp's fixedpoint.h; saturation of its one case if asked."""
    if saturate and a == b == INT32[0]:
        return INT32[1]
    product = a * b
    nudge = 1 << 30 if product >= 0 else 1 - (1 << 30)
    return truncate(product + nudge, 1 << 31)


def divide_by_power_of_two(x: int, exponent: int) -> int:
    """RoundingDivideByPOT of gemmlowp's fixedpoint.h."""
    mask = (1 << exponent) - 1
    remainder = x & mask
    threshold = mask >> 1
    if x < 0:
        threshold += 1
    result = x >> exponent
    if remainder > threshold:
        result += 1
    return result


def gemmlowp(difference: int, multiplier: int, shift: int, *, saturate: bool = False) -> int:
    """MultiplyByQuantizedMultiplier of TensorFlow Lite; its exponent, positive to the left, is 31 less the register."""
    exponent = 31 - shift
    left, right = max(exponent, 0), max(-exponent, 0)
    high = doubling_high_multiply(difference * (1 << left), multiplier, saturate=saturate)
    return divide_by_power_of_two(high, right)


def half_even(difference: int, multiplier: int, shift: int) -> int:
    """QuantizeLinear of ONNX: to nearest, halves to even; Python's rounding of fractions is that."""
    return round(Fraction(difference * multiplier, 2 ** shift))


def half_up(difference: int, multiplier: int, shift: int) -> int:
    """To nearest, halves towards plus infinity."""
    return floor(Fraction(difference * multiplier, 2 ** shift) + Fraction(1, 2))


ROUND = {"double": double, "gemmlowp": gemmlowp, "half_even": half_even, "half_up": half_up}


def limit(total: int, minimum: int, maximum: int) -> int:
    if total > maximum:
        return maximum
    return max(total, minimum)


def rescale(value: int, *, multiplier: int, shift: int, input_zero_point: int = 0, output_zero_point: int = 0,
            minimum: int = -128, maximum: int = 127, rounding: str = "double") -> int:
    """One value, without any overflow; before its low bits are taken."""
    scaled = ROUND[rounding](value - input_zero_point, multiplier, shift)
    return limit(scaled + output_zero_point, minimum, maximum)


def low_bits(result: int, result_width: int) -> int:
    return result & (1 << result_width) - 1


def _wrap(value: int) -> int:
    return (value - INT32[0]) % (1 << 32) + INT32[0]


def rescale_in_32_bits(value: int, *, multiplier: int, shift: int, input_zero_point: int = 0,
                       output_zero_point: int = 0, minimum: int = -128, maximum: int = 127) -> int:
    """``double`` in variables of 32 bits that wrap; for shifts of 1 and more."""
    product = _wrap(value - input_zero_point) * multiplier
    doubled = _wrap(product // 2 ** (shift - 1))
    doubled = _wrap(doubled + 1) if doubled >= 0 else _wrap(doubled - 1)
    total = _wrap(doubled // 2 + output_zero_point)
    return maximum if total > maximum else max(total, minimum)


def fits_32_bits(value: int, *, multiplier: int, shift: int, input_zero_point: int = 0) -> bool:
    """Whether no 32-bit variable of ``double`` wraps before the zero point is added."""
    doubled = step_down(value, multiplier, shift, input_zero_point)
    return INT32[0] <= value - input_zero_point <= INT32[1] and INT32[0] < doubled < INT32[1]
