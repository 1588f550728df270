# SPDX-License-Identifier: Apache-2.0
"""What every part of a cluster description shares: strict, frozen models and number checks."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class StrictModel(BaseModel):
    """Frozen description: unknown keys and wrong types are refused, nothing is converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


def is_power_of_two(value: int) -> bool:
    return value > 0 and value & (value - 1) == 0


def _power_of_two(value: int) -> int:
    if not is_power_of_two(value):
        raise ValueError(f"must be a power of two, not {value!r}")
    return value


PowerOfTwo = Annotated[int, Field(ge=1), AfterValidator(_power_of_two)]
Positive = Annotated[int, Field(ge=1)]


def bits_for(count: int) -> int:
    """Bits that number ``count`` things from 0; one thing needs none."""
    return (count - 1).bit_length()
