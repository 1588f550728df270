# SPDX-License-Identifier: Apache-2.0
"""The accelerator behind the streamers: the GeMM core and its quantizer."""

from typing import Annotated, Literal

from pydantic import Field

from .base import StrictModel


class GemmConfig(StrictModel):
    """Output-stationary array: each step multiplies an M x K tile of A by a K x N tile of B."""

    m: Annotated[int, Field(ge=1, le=64)] = 8
    n: Annotated[int, Field(ge=1, le=64)] = 8
    k: Annotated[int, Field(ge=1, le=64)] = 8
    operand_width: Literal[8] = 8
    """Bits of one signed element of A and B."""
    accumulator_width: Literal[32] = 32
    """Bits of one element of C and D; sums are taken modulo 2 to this power."""
    step_width: Annotated[int, Field(ge=4, le=24)] = 16
    """Bits of the register that counts the steps of one output tile."""
    tile_width: Annotated[int, Field(ge=4, le=32)] = 24
    """Bits of the register that counts the output tiles of one job."""

    @property
    def multipliers(self) -> int:
        return self.m * self.n * self.k


class QuantizerConfig(StrictModel):
    """Rescales int32 results to int8."""

    lanes: Annotated[int, Field(ge=1)] = 16
    """Elements rescaled per cycle; divides M x N and is a multiple or a divisor of N."""
    channels: Annotated[int, Field(ge=1)] = 1
    """Multiplier and shift pairs held in registers: 1 for a whole tensor, or N, one per column."""


class GemmAcceleratorConfig(StrictModel):
    """GeMM core and quantizer with stream ports A, B, C, D and E."""

    kind: Literal["gemm"]
    core: GemmConfig = GemmConfig()
    quantizer: QuantizerConfig = QuantizerConfig()

    @property
    def port_widths(self) -> dict[str, tuple[str, int]]:
        """Mode and bits per step of each stream port that a streamer serves."""
        core = self.core
        tile = core.m * core.n
        return {
            "A": ("read", core.m * core.k * core.operand_width),
            "B": ("read", core.k * core.n * core.operand_width),
            "C": ("read", tile * core.accumulator_width),
            "D": ("write", tile * core.accumulator_width),
            "E": ("write", tile * 8),
        }
