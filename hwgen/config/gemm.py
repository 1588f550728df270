# SPDX-License-Identifier: Apache-2.0
"""The GeMM core: its size and what one of its jobs sets."""

from typing import Annotated, Literal

from pydantic import Field

from .base import StrictModel
from .registers import Field as RegisterField
from .registers import Unit, packed, register


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


def core_unit(config: GemmConfig) -> Unit:
    """Loop counts, zero points and routing of the GeMM core."""
    return Unit("core", "core", (
        register("steps", config.step_width, "Steps of K summed into one output tile; zero makes an empty job."),
        register("tiles", config.tile_width, "Output tiles of the job; zero makes an empty job."),
        packed("zero_points", "Zero points subtracted from the operands.",
               RegisterField("a_zero_point", config.operand_width, "Zero point of A.", signed=True),
               RegisterField("b_zero_point", config.operand_width, "Zero point of B.", signed=True)),
        packed("routing", "Where a tile starts from and where it goes.",
               RegisterField("add_c", 1, "Each tile starts from a tile of C (1) or from zero (0)."),
               RegisterField("quantize", 1, "Results go to the quantizer (1) or to D (0).")),
    ))
