# SPDX-License-Identifier: Apache-2.0
"""The shipped accelerator: the GeMM core and its quantizer."""

from typing import Any, ClassVar, Literal

from .accelerator import AcceleratorConfig, StreamPort
from .gemm import GemmConfig, core_unit
from .quantizer import QuantizerConfig, quantizer_unit


class GemmAcceleratorConfig(AcceleratorConfig):
    """GeMM core and quantizer with stream ports A, B, C, D and E."""

    hardware: ClassVar[Any] = "hwgen.accelerators.gemm:GemmAccelerator"
    reports_status: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("core", "quantizer")
    kind: Literal["gemm"]
    core: GemmConfig = GemmConfig()
    quantizer: QuantizerConfig = QuantizerConfig()

    @property
    def summary(self):
        return f"{self.core.m} x {self.core.n} x {self.core.k} core"

    def ports(self, memory):
        core = self.core
        tile = core.m * core.n
        return {
            "A": StreamPort("read", core.m * core.k * core.a_width),
            "B": StreamPort("read", core.k * core.n * core.b_width),
            "C": StreamPort("read", tile * core.accumulator_width),
            "D": StreamPort("write", tile * core.accumulator_width),
            "E": StreamPort("write", tile * 8),
        }

    def units(self):
        return core_unit(self.core), quantizer_unit(self.quantizer)

    def check(self, cluster):
        lanes, tile = self.quantizer.lanes, self.core.m * self.core.n
        if tile % lanes or (lanes % self.core.n and self.core.n % lanes):
            raise ValueError(
                f"quantizer.lanes: must divide the {tile} elements of a tile and be a"
                f" multiple or a divisor of {self.core.n}, not {lanes!r}"
            )
        if self.quantizer.channels not in (1, self.core.n):
            raise ValueError(
                f"quantizer.channels: must be 1 or the core's {self.core.n} columns,"
                f" not {self.quantizer.channels!r}"
            )
