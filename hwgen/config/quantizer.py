# SPDX-License-Identifier: Apache-2.0
"""The quantizer: its size and what one of its jobs sets."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from .base import StrictModel, bits_for
from .registers import REGISTER_BITS, Unit, packed, register
from .registers import Field as RegisterField

RoundingMode = Literal["double", "gemmlowp", "half_even", "half_up"]
ROUNDING_MODES: tuple[RoundingMode, ...] = get_args(RoundingMode)
"""Every rounding mode; `hwgen.quant.model` defines them and names their sources."""

INPUT_WIDTHS = range(16, 49)
"""Bits that a sum may have."""

ResultWidth = Literal[4, 8, 16]
RESULT_WIDTHS: tuple[ResultWidth, ...] = get_args(ResultWidth)
"""Bits that a result may have."""

COLUMN_BITS = 40
"""One column of the stream of parameters: a signed multiplier of 32 bits, and above it 8 bits for the shift."""


class QuantizerConfig(StrictModel):
    """Rescales the core's sums to a few bits."""

    lanes: Annotated[int, Field(ge=1)] = 16
    """Elements rescaled per cycle, up to M x N; the last group of a tile may be a smaller one."""
    channels: Annotated[int, Field(ge=1)] = 1
    """Multiplier and shift pairs held in registers: 1 for a whole tensor, or N, one per column."""
    rounding_modes: Annotated[tuple[RoundingMode, ...], Field(min_length=1)] = ROUNDING_MODES
    """Rounding modes built in, in the order in which the register ``rounding`` numbers them."""
    parameter_stream: bool = False
    """A stream port P delivers one multiplier and shift per column with each output tile, if the job asks."""
    result_width: ResultWidth = 8
    """Bits of one element of the result."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        modes = self.rounding_modes
        if len(set(modes)) != len(modes):
            raise ValueError(f"rounding_modes: must differ from one another, not {', '.join(modes)}")
        if self.parameter_stream and self.channels != 1:
            raise ValueError(f"channels: must be 1 beside a parameter_stream, not {self.channels!r}")
        return self


def quantizer_unit(config: QuantizerConfig) -> Unit:
    """Rescaling parameters of the quantizer."""
    width = config.result_width
    wide = width + 1  # signed, and holds all signed and all unsigned results
    limits = [RegisterField(name, wide, f"{which} result, of which the low {width} bits are written.", signed=True)
              for name, which in (("minimum", "Smallest"), ("maximum", "Largest"))]
    words = [
        register("tiles", 24, "Output tiles of the job; zero makes an empty job."),
        packed("zero_points", "Zero points before and after rescaling.",
               RegisterField("input_zero_point", 8, "Subtracted from each input.", signed=True),
               RegisterField("output_zero_point", wide, "Added after rescaling.", signed=True)),
    ]
    if 2 * wide <= REGISTER_BITS:
        words.append(packed("clamp", "Range of the result.", *limits))
    else:
        words += [packed(limit.name, limit.meaning, limit) for limit in limits]
    options = _options(config)
    if options:
        words.append(packed("options", "How results are rounded, and whose multipliers and shifts apply.", *options))
    columns = "all columns" if config.channels == 1 else "columns equal to {} modulo " + str(config.channels)
    for c in range(config.channels):
        words.append(register(f"multiplier_{c}", 32, f"Signed multiplier of {columns.format(c)}.", signed=True))
    for c in range(config.channels):
        words.append(register(f"shift_{c}", 6, f"Right shift after multiplying, 0 to 63, of {columns.format(c)}."))
    return Unit("quantizer", "quantizer", tuple(words))


def _options(config: QuantizerConfig) -> list[RegisterField]:
    """Fields that exist only where there is something to choose."""
    options, modes = [], config.rounding_modes
    if len(modes) > 1:
        names = ", ".join(f"{name} ({number})" for number, name in enumerate(modes))
        options.append(RegisterField("rounding", bits_for(len(modes)), f"Rounding mode: {names}.", maximum=len(modes) - 1))
    if config.parameter_stream:
        options.append(RegisterField(
            "per_channel", 1, "Multipliers and shifts come with each tile from stream P (1) or from these registers (0)."))
    return options
