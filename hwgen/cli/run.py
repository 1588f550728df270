# SPDX-License-Identifier: Apache-2.0
"""``hwgen run``: compute something on the emitted Verilog and say how it went."""

from dataclasses import replace
from enum import Enum
from typing import Annotated

import typer

from ..errors import DataError
from .engine import Engine, EngineOption
from .host_config import HostConfigOption, checked_host_config, external_memory
from .outputs import Outputs
from .rescaling import rescale_of
from .run_conv import conv
from .run_jobs import run_jobs
from .run_options import (
    ArrayFile, Bandwidth, JobsFile, Latency, MeasuresFile, OutputZeroPoint, PlanOnly, ResultFile, Rounding, SaveOperands, Seed, Shift,
    TimelineFile, WavesFile,
)
from .run_problem import run_problem


class InitialValue(str, Enum):
    none = "none"
    bias = "bias"
    full = "full"


ZeroPoint = Annotated[int, typer.Option(help="Zero point of the operand, within its range.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    group = typer.Typer(no_args_is_help=True)
    group.command("gemm")(gemm)
    group.command("conv")(conv)
    group.callback(invoke_without_command=True)(run_jobs)
    app.add_typer(group, name="run")


def gemm(
    m: Annotated[int | None, typer.Option(help="Rows of A and of the result; taken from --a if left out.")] = None,
    n: Annotated[int | None, typer.Option(help="Columns of B and of the result; taken from --b if left out.")] = None,
    k: Annotated[int | None, typer.Option(help="Columns of A, rows of B; taken from --a if left out.")] = None,
    batch: Annotated[int | None, typer.Option(help="So many products, whose matrices follow each other along a first dimension of the arrays.")] = None,
    a_shared: Annotated[bool, typer.Option("--a-shared", help="All products of the batch have the same A.")] = False,
    b_shared: Annotated[bool, typer.Option("--b-shared", help="All products of the batch have the same B.")] = False,
    config: Annotated[str, typer.Option(help="Preset or TOML file.")] = "datamaestro",
    transpose_a: Annotated[bool, typer.Option("--transpose-a", help="A is given as K x M.")] = False,
    transpose_b: Annotated[bool, typer.Option("--transpose-b", help="B is given as N x K.")] = False,
    c: Annotated[InitialValue, typer.Option(help="What the product is added to: nothing, N values, or M x N.")] = InitialValue.none,
    out_type: Annotated[str | None, typer.Option(
        help="int8 or uint8 from the quantizer, or the core's sums: int and their width. Sums if left out.")] = None,
    a: ArrayFile = None,
    b: ArrayFile = None,
    c_data: ArrayFile = None,
    save: ResultFile = None,
    a_zero_point: ZeroPoint = 0,
    b_zero_point: ZeroPoint = 0,
    a_unsigned: Annotated[bool, typer.Option("--a-unsigned", help="Elements of A are unsigned.")] = False,
    b_unsigned: Annotated[bool, typer.Option("--b-unsigned", help="Elements of B are unsigned.")] = False,
    multiplier: Annotated[int | None, typer.Option(help="Multiplier of the rescaling; fitted to K if left out.")] = None,
    shift: Shift = None,
    output_zero_point: OutputZeroPoint = 0,
    per_channel: Annotated[bool, typer.Option("--per-channel", help="A multiplier and a shift of its own for every column, at random.")] = False,
    rounding: Rounding = None,
    plan: PlanOnly = False,
    resident: Annotated[bool, typer.Option("--resident", help="Operands and result lie in the scratchpad, beforehand and afterwards.")] = False,
    bandwidth: Bandwidth = None,
    latency: Latency = None,
    host_config: HostConfigOption = None,
    engine: EngineOption = Engine.rtl,
    seed: Seed = 0,
    json: MeasuresFile = None,
    save_jobs: JobsFile = None,
    save_operands: SaveOperands = False,
    timeline: TimelineFile = None,
    waves: WavesFile = None,
) -> None:
    """Multiply matrices: A (M x K) times B (K x N), plus C; once, or for each of a batch.

    On a cluster with dma, from external memory to external memory, whatever their size; else, and with --resident,
    operands and result lie in the scratchpad.
    """
    from ..compiler.problem import GemmProblem, gemm_accelerator
    from ..config import load
    from ..files import load_array

    cluster = load(config)
    given = {name: load_array(path) for name, path in (("a", a), ("b", b), ("c", c_data)) if path is not None}
    if "c" in given and c is InitialValue.none:
        raise DataError("c-data needs --c bias or --c full, not --c none")
    m, n, k, batch = _dimensions(m, n, k, batch, given, transpose_a, transpose_b)
    accelerator = gemm_accelerator(cluster)
    core, unsigned = accelerator.core, out_type == "uint8"
    settings = {"output_zero_point": output_zero_point, "minimum": 0 if unsigned else -128, "maximum": 255 if unsigned else 127,
                "rounding": rounding or accelerator.quantizer.rounding_modes[0]}
    problem = GemmProblem(m, n, k, transpose_a, transpose_b, c.value, out_type or core.sum_type, a_zero_point, b_zero_point,
                          a_unsigned=a_unsigned, b_unsigned=b_unsigned, batch=batch, a_shared=a_shared, b_shared=b_shared)
    problem = replace(problem, rescale=rescale_of(core, k, n if per_channel else None, multiplier, shift, seed, settings))
    run_problem(problem, cluster, given, external_memory(cluster, resident, bandwidth, latency), Outputs(save, json, timeline, waves),
                host_config=checked_host_config(cluster, host_config), engine=engine, seed=seed, plan=plan, save_jobs=save_jobs,
                save_operands=save_operands)


def _dimensions(m, n, k, batch, given, transpose_a, transpose_b):
    """Dimensions as asked, those left out from the arrays."""
    sizes = {"a": (None, None), "b": (None, None)}
    for name, transposed in (("a", transpose_a), ("b", transpose_b)):
        if name in given:
            if given[name].ndim not in (2, 3):
                raise DataError(f"{name} must have two dimensions, or three in a batch, not shape {given[name].shape}")
            sizes[name] = given[name].shape[-2:][::-1] if transposed else given[name].shape[-2:]
            if batch is None and given[name].ndim == 3:
                batch = given[name].shape[0]
    (rows_a, columns_a), (rows_b, columns_b) = sizes["a"], sizes["b"]
    m = rows_a if m is None else m
    n = columns_b if n is None else n
    k = (columns_a if columns_a is not None else rows_b) if k is None else k
    for name, value in (("m", m), ("n", n), ("k", k)):
        if value is None:
            raise DataError(f"dimension --{name} must be given, or an array that has it, not {value!r}")
    return m, n, k, batch
