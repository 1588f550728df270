# SPDX-License-Identifier: Apache-2.0
"""Multipliers and shifts for a rescaling that is not given."""

import math

import numpy as np

from ..config import GemmConfig
from .problem import Rescale

DEVIATIONS = 4
"""Standard deviations of a random sum that fill half the range of the result."""


def fitted(core: GemmConfig, k: int, *, columns: int | None = None, seed: int = 0, **settings) -> Rescale:
    """A rescaling such that results of uniform random operands spread over eight bits.

    Parameters
    ----------
    core : GemmConfig
    k : int
        Products in a sum.
    columns : int, optional
        One multiplier and shift for each of so many columns, from half to twice the fitted scale at random.
    seed : int
    settings
        Further fields of `Rescale`.
    """
    # Uniform integers of w bits deviate by 2**w / sqrt(12), products of them by the product.
    deviation = 2 ** (core.a_width + core.b_width) / 12 * math.sqrt(k)
    scale = 128 / (DEVIATIONS * deviation)
    if columns is None:
        multiplier, shift = _as_integers(scale)
        return Rescale(multiplier, shift, **settings)
    scales = scale * 2 ** np.random.default_rng(seed).uniform(-1, 1, columns)
    pairs = [_as_integers(float(one)) for one in scales]
    return Rescale(tuple(multiplier for multiplier, _ in pairs), tuple(shift for _, shift in pairs), **settings)


def _as_integers(scale: float) -> tuple[int, int]:
    """Multiplier of 31 bits and right shift whose quotient is ``scale``."""
    shift = 30 - math.floor(math.log2(scale))
    return round(scale * 2**shift), shift
