# SPDX-License-Identifier: Apache-2.0
"""What a mapped problem runs on: the emitted Verilog, or the cycle model."""

from enum import Enum
from typing import Annotated

import typer


class Engine(str, Enum):
    rtl = "rtl"
    model = "model"


EngineOption = Annotated[Engine, typer.Option(help="The emitted Verilog, or the cycle model: the same cycles many times faster, without data.")]
