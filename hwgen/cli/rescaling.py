# SPDX-License-Identifier: Apache-2.0
"""How results are to be rescaled, from options."""

from ..errors import DataError


def rescale_of(core, k, columns, multiplier, shift, seed, settings):
    """Rescaling as asked, or such that random operands spread over the result's range."""
    from ..compiler.problem import Rescale
    from ..compiler.rescaling import fitted

    if (multiplier is None) != (shift is None):
        raise DataError(f"multiplier and shift must be given together, not multiplier {multiplier!r} and shift {shift!r}")
    if multiplier is None:
        return fitted(core, k, columns=columns, seed=seed, **settings)
    if columns is not None:
        raise DataError(f"multiplier must be left out with --per-channel, not {multiplier!r}")
    if not -(1 << 31) <= multiplier < 1 << 31:
        raise DataError(f"multiplier must be within 32 signed bits, not {multiplier!r}")
    if not 0 <= shift <= 63:
        raise DataError(f"shift must be within 0..63, not {shift!r}")
    return Rescale(multiplier, shift, **settings)
