# SPDX-License-Identifier: Apache-2.0
"""One streamer: the rows of the paper's Table II that are chosen at design time."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .base import Positive, PowerOfTwo, StrictModel, is_power_of_two
from .extensions import AnyExtension


class StreamerConfig(StrictModel):
    """A reader or a writer between the scratchpad and one stream port of the accelerator."""

    mode: Literal["read", "write"]
    """``read`` streams memory to the accelerator, ``write`` the other way."""
    spatial_bounds: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=6)]
    """Channels along each spatial dimension, dimension 0 innermost (the paper's B_S)."""
    temporal_dimensions: Annotated[int, Field(ge=1, le=12)] = 3
    """Depth of the programmable loop nest (the paper's D_T)."""
    address_buffer_depth: Annotated[int, Field(ge=1, le=64)] = 4
    """Steps whose addresses may wait in each channel (the paper's D_ABf)."""
    data_buffer_depth: Annotated[int, Field(ge=1, le=64)] = 4
    """Words each channel holds, requested ones included (the paper's D_DBf)."""
    extensions: Annotated[tuple[AnyExtension, ...], Field(max_length=6)] = ()
    """Datapath extensions in the order the data passes them."""
    groups: Annotated[tuple[PowerOfTwo, ...], Field(min_length=1, max_length=8)] = (32, 8)
    """Banks in one group for each selectable addressing mode (the paper's N_BG)."""
    reach: Annotated[PowerOfTwo | Literal["all"], Field(union_mode="left_to_right")] = "all"
    """``all`` banks, or a modulus R: channel c reaches the banks that equal c modulo R."""
    bound_width: Annotated[int, Field(ge=4, le=24)] = 16
    """Bits of a temporal bound register, and of a row's length."""
    row_wrap: bool = False
    """Spatial dimension 0 and one loop can walk a matrix row after row, whatever the rows' length."""
    tail_masks: bool = False
    """Channels and bytes can be left out in the last iterations of chosen loops."""
    byte_addressed: bool = False
    """Addresses name bytes and loop 0 walks the steps of a run of so many bytes as a job says; for copies."""
    fine_grained_prefetch: bool = True
    """Each channel requests on its own; without it, all words of a step before any of the next."""

    @property
    def channels(self) -> int:
        return math.prod(self.spatial_bounds)

    @property
    def spatial_dimensions(self) -> int:
        return len(self.spatial_bounds)

    @property
    def reads(self) -> bool:
        return self.mode == "read"

    @property
    def masked(self) -> bool:
        """Single bytes of a word may be left out when it is written."""
        return self.tail_masks or self.byte_addressed

    def lanes(self) -> list[tuple[int, ...]]:
        """Spatial index of every channel, dimension 0 innermost."""
        lanes = []
        for channel in range(self.channels):
            index = []
            for bound in self.spatial_bounds:
                index.append(channel % bound)
                channel //= bound
            lanes.append(tuple(index))
        return lanes

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.groups)) != len(self.groups):
            raise ValueError(f"groups: must differ from one another, not {list(self.groups)!r}")
        if self.channels > 128:
            raise ValueError(f"spatial_bounds: a streamer has at most 128 channels, not {self.channels}")
        if self.byte_addressed and (self.extensions or self.tail_masks or self.row_wrap):
            raise ValueError("byte_addressed: goes without extensions, tail_masks and row_wrap")
        if self.byte_addressed and self.reach != "all":
            raise ValueError(f'byte_addressed: needs a reach of "all", not {self.reach!r}')
        if self.byte_addressed and not is_power_of_two(self.channels):
            raise ValueError(f"byte_addressed: needs channels that are a power of two, not {self.channels!r}")
        labels = [extension.label for extension in self.extensions]
        if len(set(labels)) != len(labels):
            raise ValueError(f"extensions: each kind may appear once, not {', '.join(labels)}")
        return self
