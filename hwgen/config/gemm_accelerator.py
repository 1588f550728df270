# SPDX-License-Identifier: Apache-2.0
"""The shipped accelerator: the GeMM core and its quantizer."""

from typing import Any, ClassVar, Literal

from .accelerator import AcceleratorConfig, StreamPort
from .gemm import GemmConfig, core_unit
from .mover import mover_unit
from .plugins import imported
from .quantizer import COLUMN_BITS, QuantizerConfig, quantizer_unit


class GemmAcceleratorConfig(AcceleratorConfig):
    """GeMM core and quantizer with stream ports A, B, C, D and E, and P if parameters are streamed."""

    hardware: ClassVar[Any] = "hwgen.accelerators.gemm:GemmAccelerator"
    reports_status: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("core", "quantizer")
    kind: Literal["gemm"]
    core: GemmConfig = GemmConfig()
    quantizer: QuantizerConfig = QuantizerConfig()
    mover: bool = False
    """A route past core and quantizer, from A to E and from C to D, for passes that replace extensions."""

    @property
    def summary(self):
        return f"{self.core.m} x {self.core.n} x {self.core.k} core"

    def ports(self, memory):
        core, quantizer = self.core, self.quantizer
        tile = core.m * core.n
        ports = {
            "A": StreamPort("read", core.m * core.k * core.a_width),
            "B": StreamPort("read", core.k * core.n * core.b_width),
            "C": StreamPort("read", tile * core.accumulator_width),
            "D": StreamPort("write", tile * core.accumulator_width),
            "E": StreamPort("write", tile * quantizer.result_width),
        }
        if quantizer.parameter_stream:
            words = -(-core.n * COLUMN_BITS // memory.bank_width)
            ports["P"] = StreamPort("read", words * memory.bank_width)
        return ports

    def units(self):
        mover = (mover_unit(),) if self.mover else ()
        return core_unit(self.core), quantizer_unit(self.quantizer), *mover

    @property
    def passes(self):
        return self.mover

    def check(self, cluster):
        tile = self.core.m * self.core.n
        if self.quantizer.lanes > tile:
            raise ValueError(f"quantizer.lanes: must not exceed the {tile} elements of a tile, not {self.quantizer.lanes!r}")
        sizes, widths = (self.core.m, self.core.n, self.core.k), (self.core.a_width, self.core.b_width, self.quantizer.result_width)
        if self.mover and (len(set(sizes)) > 1 or len(set(widths)) > 1):
            raise ValueError(f"mover: needs a core as high as wide as deep and elements of one width, not"
                             f" {' x '.join(map(str, sizes))} and {', '.join(map(str, widths))} bits")
        if self.quantizer.channels not in (1, self.core.n):
            raise ValueError(
                f"quantizer.channels: must be 1 or the core's {self.core.n} columns,"
                f" not {self.quantizer.channels!r}"
            )

    def golden(self, inputs, jobs):
        return imported("hwgen.accelerators.gemm_model:golden")(self, inputs, jobs)

    def example(self, random):
        return imported("hwgen.accelerators.gemm_model:example")(self, random)
