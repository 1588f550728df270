# SPDX-License-Identifier: Apache-2.0
"""Options that several of the run commands share."""

from pathlib import Path
from typing import Annotated

import typer

ArrayFile = Annotated[Path | None, typer.Option(help="A .npy file; random values if left out.")]
ResultFile = Annotated[Path | None, typer.Option(help="Write the result to this .npy file.")]
Shift = Annotated[int | None, typer.Option(help="Right shift of the rescaling, 0 to 63.")]
OutputZeroPoint = Annotated[int, typer.Option(help="Zero point of the quantized result, within its range.")]
Rounding = Annotated[str | None, typer.Option(help="Rounding mode of the quantizer; the first built in if left out.")]
PlanOnly = Annotated[bool, typer.Option("--plan", help="Print how the problem is mapped, and run nothing.")]
Bandwidth = Annotated[float | None, typer.Option(help="Bytes a cycle of external memory, both ways together; one beat a cycle if left out.")]
Latency = Annotated[int | None, typer.Option(help="Cycles of external memory from a request to its answer; 100 if left out.")]
Seed = Annotated[int, typer.Option(min=0, help="Of random operands and of what surrounds them in memory.")]
MeasuresFile = Annotated[Path | None, typer.Option(help="Write the measures to this JSON file; with --plan, the plan.")]
JobsFile = Annotated[Path | None, typer.Option(help="Write the jobs to this file, as a program for hwgen run --jobs.")]
SaveOperands = Annotated[bool, typer.Option("--save-operands", help="Write the operands beside the jobs, as an .npz file that the program names.")]
TimelineFile = Annotated[Path | None, typer.Option(
    help="Write what every unit did in every cycle to this file: .html to zoom into, .png, .svg, or .json.")]
WavesFile = Annotated[Path | None, typer.Option(
    help="Record a waveform to this VCD file, and beside it files that open it in GTKWave and Surfer.")]
