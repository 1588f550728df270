# SPDX-License-Identifier: Apache-2.0
"""How wide sums become, and how much of them the accumulators need."""

from ..config.gemm import GemmConfig


def sum_width(terms: int, width: int) -> int:
    """Bits of the signed sum of ``terms`` signed values of ``width`` bits."""
    return width + (terms - 1).bit_length()


def step_width(config: GemmConfig) -> int:
    """Bits of one step's sum of K products, and of each zero-point term.

    Never more than the accumulators have: they add modulo 2 to the power of their width, so that
    higher bits do not matter.
    """
    return min(sum_width(config.k, config.a_width + config.b_width), config.accumulator_width)


def corrected_width(config: GemmConfig) -> int:
    """Bits of one step's sum after zero-point correction, limited in the same way.

    Operands less their zero points are one bit wider.
    """
    return min(sum_width(config.k, config.a_width + config.b_width + 2), config.accumulator_width)
