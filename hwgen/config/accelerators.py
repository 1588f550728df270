# SPDX-License-Identifier: Apache-2.0
"""The accelerators a config can name."""

from typing import Annotated

from pydantic import Field

from .accelerator import AcceleratorConfig
from .elementwise_add import ElementwiseAddConfig
from .gemm_accelerator import GemmAcceleratorConfig
from .max_pool import MaxPoolConfig
from .plugins import Plugin
from .verilog_accelerator import VerilogAcceleratorConfig

AnyAccelerator = Annotated[
    Annotated[GemmAcceleratorConfig | ElementwiseAddConfig | MaxPoolConfig | VerilogAcceleratorConfig, Field(discriminator="kind")],
    Plugin(AcceleratorConfig, "hwgen.accelerators"),
]
