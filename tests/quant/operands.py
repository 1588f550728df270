# SPDX-License-Identifier: Apache-2.0
"""Random values and parameters for the quantizer, extremes among them."""

from random import Random

MULTIPLIERS = (-(1 << 31), -(1 << 31) + 1, -1, 0, 1, 1 << 30, 1234567890, (1 << 31) - 1)
SHIFTS = (0, 1, 2, 30, 31, 32, 33, 34, 62, 63)
INPUT_ZERO_POINTS = (-128, 0, 127)


def signed_range(width: int) -> tuple[int, int]:
    return -(1 << width - 1), (1 << width - 1) - 1


def extremes(width: int) -> tuple[int, ...]:
    """Values at the ends and around zero and the limits of results."""
    lowest, highest = signed_range(width)
    return (lowest, lowest + 1, lowest // 2, -256, -129, -2, -1, 0, 1, 2, 127, 255, -(lowest // 2), highest - 1, highest)


VALUES = extremes(32)


def parameters(rng: Random, channels: int = 1, *, input_width: int = 32, result_width: int = 8) -> dict:
    """Random parameters in the quantizer's ranges; half of the shifts bring results near their range."""
    wide = signed_range(result_width + 1)
    extreme = rng.random() < 0.5
    top = min(input_width + 28, 63)
    shift = (lambda: rng.choice(SHIFTS)) if extreme else (lambda: rng.randint(top - 36, top))
    multiplier = ((lambda: rng.choice(MULTIPLIERS)) if extreme
                  else (lambda: rng.randint(*signed_range(32)) >> rng.randint(0, 24)))
    limits = [signed_range(result_width), (0, (1 << result_width) - 1), sorted(rng.randint(*wide) for _ in range(2))]
    minimum, maximum = rng.choice(limits)
    return {
        "multiplier": [multiplier() for _ in range(channels)],
        "shift": [shift() for _ in range(channels)],
        "input_zero_point": rng.randint(-128, 127),
        "output_zero_point": rng.randint(*wide),
        "minimum": minimum,
        "maximum": maximum,
    }


def value(rng: Random, width: int = 32) -> int:
    """A random value: extreme, of any magnitude, or uniform."""
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(extremes(width))
    return rng.randint(*signed_range(width)) >> (rng.randint(0, width - 1) if kind < 0.7 else 0)
