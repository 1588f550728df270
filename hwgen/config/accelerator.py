# SPDX-License-Identifier: Apache-2.0
"""The accelerator behind the streamers: the GeMM core and its quantizer."""

from typing import Literal

from .base import StrictModel
from .gemm import GemmConfig
from .quantizer import QuantizerConfig


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
            "E": ("write", tile * self.quantizer.result_width),
        }
