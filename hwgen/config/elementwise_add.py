# SPDX-License-Identifier: Apache-2.0
"""Element-wise addition: two readers, one writer, nothing to set."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from .accelerator import AcceleratorConfig, StreamPort


class ElementwiseAddConfig(AcceleratorConfig):
    """Z = X + Y for each element, limited to the range of the element's type."""

    hardware: ClassVar[Any] = "hwgen.accelerators.elementwise_add:ElementwiseAdd"
    kind: Literal["elementwise_add"]
    element_width: Literal[8, 16, 32] = 8
    """Bits of one signed element."""
    width: Annotated[int, Field(ge=8, multiple_of=8)] = 512
    """Bits of one step; a multiple of the element's."""

    @property
    def summary(self):
        return f"element-wise add of {self.width // self.element_width} x {self.element_width} bits"

    def ports(self, memory):
        return {"X": StreamPort("read", self.width), "Y": StreamPort("read", self.width), "Z": StreamPort("write", self.width)}

    def check(self, cluster):
        if self.width % self.element_width:
            raise ValueError(f"width: must be a multiple of the {self.element_width} bits of an element, not {self.width!r}")

    def golden(self, inputs, jobs):
        dtype = np.dtype(f"<i{self.element_width // 8}")
        x, y = (inputs[name].view(dtype).astype(np.int64) for name in "XY")
        limits = np.iinfo(dtype)
        return {"Z": np.clip(x + y, limits.min, limits.max).astype(dtype).view(np.uint8)}
