# SPDX-License-Identifier: Apache-2.0
"""The quantizer: its size and what one of its jobs sets."""

from typing import Annotated

from pydantic import Field

from .base import StrictModel
from .registers import Field as RegisterField
from .registers import Unit, packed, register


class QuantizerConfig(StrictModel):
    """Rescales int32 results to int8."""

    lanes: Annotated[int, Field(ge=1)] = 16
    """Elements rescaled per cycle; divides M x N and is a multiple or a divisor of N."""
    channels: Annotated[int, Field(ge=1)] = 1
    """Multiplier and shift pairs held in registers: 1 for a whole tensor, or N, one per column."""


def quantizer_unit(config: QuantizerConfig) -> Unit:
    """Rescaling parameters of the quantizer."""
    words = [
        register("tiles", 24, "Output tiles of the job; zero makes an empty job."),
        packed("zero_points", "Zero points before and after rescaling.",
               RegisterField("input_zero_point", 8, "Subtracted from each int32 input.", signed=True),
               RegisterField("output_zero_point", 8, "Added after rescaling.", signed=True)),
        packed("clamp", "Range of the int8 result.",
               RegisterField("minimum", 8, "Smallest result.", signed=True, reset=0),
               RegisterField("maximum", 8, "Largest result.", signed=True, reset=0)),
    ]
    for c in range(config.channels):
        words.append(register(f"multiplier_{c}", 32, f"Signed multiplier of columns equal to {c} modulo {config.channels}.", signed=True))
    for c in range(config.channels):
        words.append(register(f"shift_{c}", 6, f"Right shift after multiplying, 1 to 63, of columns equal to {c} modulo {config.channels}."))
    return Unit("quantizer", "quantizer", tuple(words))
