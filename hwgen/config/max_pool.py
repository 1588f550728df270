# SPDX-License-Identifier: Apache-2.0
"""Max-pooling: one reader, one writer, and how many words make a window."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from .accelerator import AcceleratorConfig, Example, StreamPort
from .registers import Field as RegisterField
from .registers import Unit, packed, register


class MaxPoolConfig(AcceleratorConfig):
    """The largest of each element over ``window`` consecutive words; the reader's loops form the windows."""

    hardware: ClassVar[Any] = "hwgen.accelerators.max_pool:MaxPool"
    kind: Literal["max_pool"]
    element_width: Literal[8, 16, 32] = 8
    """Bits of one element."""
    width: Annotated[int, Field(ge=8, multiple_of=8)] = 512
    """Bits of one step; a multiple of the element's."""
    window_width: Annotated[int, Field(ge=2, le=16)] = 8
    """Bits of the register that counts the words of a window."""

    @property
    def summary(self):
        return f"max-pool of {self.width // self.element_width} x {self.element_width} bits"

    def ports(self, memory):
        return {"X": StreamPort("read", self.width), "Y": StreamPort("write", self.width)}

    def units(self):
        return (Unit("pool", "pool", (
            register("outputs", 24, "Words of results; zero makes an empty job."),
            packed("options", "Size of a window and type of the elements.",
                   RegisterField("window", self.window_width, "Consecutive words from which one result is made; zero makes an empty job."),
                   RegisterField("unsigned_elements", 1, "Elements are unsigned (1) or signed (0).")),
        )),)

    def check(self, cluster):
        if self.width % self.element_width:
            raise ValueError(f"width: must be a multiple of the {self.element_width} bits of an element, not {self.width!r}")

    def example(self, random):
        window, outputs = int(random.integers(1, min(10, 1 << self.window_width))), int(random.integers(1, 17))
        return Example({"X": window * outputs, "Y": outputs},
                       {"pool": {"window": window, "outputs": outputs, "unsigned_elements": int(random.integers(2))}})

    def golden(self, inputs, jobs):
        words, results = inputs["X"], [np.zeros((0, self.width // 8), np.uint8)]
        for job in jobs["pool"]:
            dtype = np.dtype(f"<{'u' if job.get('unsigned_elements') else 'i'}{self.element_width // 8}")
            count = job["window"] * job["outputs"]
            taken, words = words[:count], words[count:]
            if count:
                windows = taken.view(dtype).reshape(job["outputs"], job["window"], self.width // self.element_width)
                results.append(windows.max(axis=1).view(np.uint8))
        return {"Y": np.concatenate(results)}
