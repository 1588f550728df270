# SPDX-License-Identifier: Apache-2.0
"""The GeMM core: its size and what one of its jobs sets."""

from typing import Annotated, Literal

from pydantic import Field

from .base import StrictModel
from .registers import REGISTER_BITS, Unit, packed, register
from .registers import Field as RegisterField

OperandWidth = Literal[4, 8, 16]


class GemmConfig(StrictModel):
    """Output-stationary array: each step multiplies an M x K tile of A by a K x N tile of B."""

    m: Annotated[int, Field(ge=1, le=64)] = 8
    n: Annotated[int, Field(ge=1, le=64)] = 8
    k: Annotated[int, Field(ge=1, le=64)] = 8
    a_width: OperandWidth = 8
    """Bits of one element of A."""
    b_width: OperandWidth = 8
    """Bits of one element of B."""
    accumulator_width: Annotated[int, Field(ge=16, le=48)] = 32
    """Bits of one element of C and D; sums are taken modulo 2 to this power."""
    step_width: Annotated[int, Field(ge=4, le=24)] = 16
    """Bits of the register that counts the steps of one output tile."""
    tile_width: Annotated[int, Field(ge=4, le=32)] = 24
    """Bits of the register that counts the output tiles of one job."""

    @property
    def multipliers(self) -> int:
        return self.m * self.n * self.k

    @property
    def sum_type(self) -> str:
        """What the elements of C and D are called, for example ``int32``."""
        return f"int{self.accumulator_width}"


def core_unit(config: GemmConfig) -> Unit:
    """Loop counts, zero points and options of the GeMM core.

    The zero points share a register unless they are too wide for one.
    """
    zero_points = [
        RegisterField(
            f"{name}_zero_point", width + 1,
            f"Zero point of {name.upper()}; its low {width} bits count, read as {name}_unsigned says.", signed=True)
        for name, width in (("a", config.a_width), ("b", config.b_width))
    ]
    share = sum(field.width for field in zero_points) <= REGISTER_BITS
    return Unit("core", "core", (
        register("steps", config.step_width, "Steps of K summed into one output tile; zero makes an empty job."),
        register("tiles", config.tile_width, "Output tiles of the job; zero makes an empty job."),
        *([packed("zero_points", "Zero points subtracted from the operands.", *zero_points)] if share else
          [packed(field.name, "Zero point subtracted from an operand.", field) for field in zero_points]),
        packed("options", "Where a tile starts from, where it goes, and how the operands are read.",
               RegisterField("add_c", 1, "Each tile starts from a tile of C (1) or from zero (0)."),
               RegisterField("quantize", 1, "Results go to the quantizer (1) or to D (0)."),
               RegisterField("a_unsigned", 1, "Elements of A are unsigned (1) or two's complement (0)."),
               RegisterField("b_unsigned", 1, "Elements of B are unsigned (1) or two's complement (0).")),
    ))
