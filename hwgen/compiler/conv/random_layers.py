# SPDX-License-Identifier: Apache-2.0
"""Convolution layers of every kind at random."""

import random

from ...config import ClusterConfig
from ...errors import MappingError
from ..problem import Rescale
from .problem import ConvProblem

LARGEST = 17
"""Of most dimensions."""


def random_layer(config: ClusterConfig, seed: int) -> ConvProblem:
    """A layer whose dimensions are 1 to 17, one or two of them now and then larger, all options mixed.

    The same for the same seed on clusters with the same core and quantizer.
    """
    rng = random.Random(seed)
    while True:
        try:
            return _drawn(config, rng)
        except MappingError:
            # A kernel that spans more than the image.
            continue


def _drawn(config: ClusterConfig, rng: random.Random) -> ConvProblem:
    quantizer, core = config.accelerator.quantizer, config.accelerator.core
    large = rng.choice([None, None, None, "height", "width", "channels", "filters"])

    def size(name: str) -> int:
        return rng.randint(LARGEST, 5 * LARGEST) if name == large else rng.randint(1, LARGEST)

    groups = rng.choice([1, 1, 1, 1, rng.randint(2, 4), 0])
    channels, filters = size("channels"), size("filters")
    if groups == 0:
        groups, filters = channels, channels * rng.choice([1, 1, 2])
    else:
        channels, filters = -(-channels // groups) * groups, -(-filters // groups) * groups
    kernel = rng.choice([(1, 1), (3, 3), (rng.randint(1, 7), rng.randint(1, 7)), (5, 1), (1, 3)])
    same = tuple((taps - 1) // 2 for taps in kernel)
    padding = rng.choice([(0, 0, 0, 0), (same[0], same[0], same[1], same[1]), tuple(rng.randint(0, 4) for _ in range(4))])
    out_type = rng.choice(["int8", "int8", "uint8", core.sum_type])
    a_unsigned, b_unsigned = rng.random() < 0.3, rng.random() < 0.2
    per_filter = rng.random() < 0.4 and (quantizer.parameter_stream or filters <= quantizer.channels > 1)
    taps = kernel[0] * kernel[1] * channels // groups
    shift = 30 + 7 + taps.bit_length() // 2

    def one() -> tuple[int, int]:
        return rng.randint(1 << 29, (1 << 31) - 1), shift + rng.randint(-2, 2)

    multiplier, shifts = tuple(zip(*(one() for _ in range(filters)), strict=True)) if per_filter else one()
    low, high = (0, 255) if out_type == "uint8" else (-128, 127)
    rescale = Rescale(multiplier, shifts, output_zero_point=rng.randint(low, high) if rng.random() < 0.5 else 0,
                      minimum=low if rng.random() < 0.7 else rng.randint(low, 0), maximum=high if rng.random() < 0.7 else rng.randint(1, high),
                      rounding=rng.choice(quantizer.rounding_modes))
    return ConvProblem(
        size("height"), size("width"), channels, filters, kernel, tuple(rng.choice([1, 1, 2, 3]) for _ in range(2)), padding,
        tuple(rng.choice([1, 1, 1, 2, 3]) for _ in range(2)), groups, rng.choice([1, 1, 1, 2, 3]), rng.choice(["none", "bias"]), out_type,
        rng.randint(0, 255) if a_unsigned else rng.randint(-128, 127), rng.randint(0, 255) if b_unsigned else rng.choice([0, rng.randint(-128, 127)]),
        rescale, a_unsigned, b_unsigned)
