# SPDX-License-Identifier: Apache-2.0
"""The mover: what one of its passes sets."""

from .registers import Field, Unit, packed, register


def mover_unit() -> Unit:
    """Number of words, route and transposition of a pass."""
    return Unit("mover", "mover", (
        register("words", 24, "Words of the pass, one tile each; zero makes an empty job."),
        packed("options", "Where words come from and go to.",
               Field("route", 1, "From A to E (0) or from C to D (1)."),
               Field("transpose", 1, "Words of A are transposed as square tiles.")),
    ))
