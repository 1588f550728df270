# SPDX-License-Identifier: Apache-2.0
"""``hwgen run conv``: a convolution layer of any shape on the emitted Verilog."""

import re
from dataclasses import replace
from typing import Annotated

import typer

from ..errors import DataError
from .engine import Engine, EngineOption
from .host_config import HostConfigOption, checked_host_config, external_memory
from .outputs import Outputs
from .rescaling import rescale_of
from .run_options import (
    ArrayFile, Bandwidth, JobsFile, Latency, MeasuresFile, OutputZeroPoint, PlanOnly, ResultFile, Rounding, SaveOperands, Seed, Shift,
    TimelineFile, WavesFile,
)
from .run_problem import run_problem



def conv(
    input_: Annotated[str | None, typer.Option("--input", metavar="HxWxC", help="Height, width and channels of an image; taken from --x if left out.")] = None,
    filters: Annotated[int | None, typer.Option(help="Channels of the result; taken from --w if left out.")] = None,
    kernel: Annotated[str | None, typer.Option(metavar="RxS", help="Rows and columns of a filter, or one number for both; taken from --w if left out.")] = None,
    stride: Annotated[str, typer.Option(metavar="N|NxN", help="Down and across.")] = "1",
    padding: Annotated[str, typer.Option(metavar="same|N|NxN|T,B,L,R", help="Zero points around an image: for as many results as pixels over"
                                         " stride, on all sides, down and across, or above, below, left and right.")] = "0",
    dilation: Annotated[str, typer.Option(metavar="N|NxN", help="Between taps, down and across.")] = "1",
    groups: Annotated[int, typer.Option(help="Groups of channels; as many as channels for a depthwise convolution.")] = 1,
    batch: Annotated[int | None, typer.Option(help="Images; taken from --x if left out, or 1.")] = None,
    config: Annotated[str, typer.Option(help="Preset or TOML file.")] = "datamaestro",
    bias: Annotated[bool, typer.Option("--bias", help="Add a value for each filter.")] = False,
    out_type: Annotated[str | None, typer.Option(help="int8 or uint8 from the quantizer, or the core's sums: int and their width. int8 if left out.")] = None,
    x: ArrayFile = None,
    w: ArrayFile = None,
    bias_data: ArrayFile = None,
    save: ResultFile = None,
    x_zero_point: Annotated[int, typer.Option(help="Zero point of the images, within their range.")] = 0,
    w_zero_point: Annotated[int, typer.Option(help="Zero point of the filters, within their range.")] = 0,
    x_unsigned: Annotated[bool, typer.Option("--x-unsigned", help="Pixels are unsigned.")] = False,
    w_unsigned: Annotated[bool, typer.Option("--w-unsigned", help="Filters are unsigned.")] = False,
    multiplier: Annotated[int | None, typer.Option(help="Multiplier of the rescaling; fitted to the filters' size if left out.")] = None,
    shift: Shift = None,
    output_zero_point: OutputZeroPoint = 0,
    minimum: Annotated[int | None, typer.Option(help="Least value of the quantized result; that of its type if left out.")] = None,
    maximum: Annotated[int | None, typer.Option(help="Largest value of the quantized result; that of its type if left out.")] = None,
    per_channel: Annotated[bool, typer.Option("--per-channel", help="A multiplier and a shift of its own for every filter, at random.")] = False,
    rounding: Rounding = None,
    plan: PlanOnly = False,
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
    """Slide filters over images.

    Images (batch x height x width x channels) lie dense in external memory, and so does the result. Filters (filters x
    rows x columns x channels of a group) are constants, arranged beforehand.
    """
    from ..compiler.conv.plan import check_conv
    from ..compiler.conv.problem import ConvProblem
    from ..compiler.problem import gemm_accelerator
    from ..config import load
    from ..files import load_array

    cluster = load(config)
    given = {name: load_array(path) for name, path in (("a", x), ("b", w), ("c", bias_data)) if path is not None}
    size, taps = _sizes(given, input_, filters, kernel, batch)
    steps, apart = _pair("stride", stride), _pair("dilation", dilation)
    accelerator = gemm_accelerator(cluster)
    core, unsigned = accelerator.core, out_type == "uint8"
    settings = {"output_zero_point": output_zero_point, "minimum": (0 if unsigned else -128) if minimum is None else minimum,
                "maximum": (255 if unsigned else 127) if maximum is None else maximum,
                "rounding": rounding or accelerator.quantizer.rounding_modes[0]}
    products = taps[0] * taps[1] * max(1, size["channels"] // max(1, groups))
    around = _padding(padding, (size["height"], size["width"]), taps, steps, apart)
    problem = ConvProblem(**size, kernel=taps, stride=steps, padding=around, dilation=apart, groups=groups,
                          c="bias" if bias or "c" in given else "none", out_type=out_type or "int8", a_zero_point=x_zero_point, b_zero_point=w_zero_point,
                          a_unsigned=x_unsigned, b_unsigned=w_unsigned)
    problem = replace(problem, rescale=rescale_of(core, products, size["filters"] if per_channel else None, multiplier, shift, seed, settings))
    check_conv(problem, cluster)
    run_problem(problem, cluster, given, external_memory(cluster, False, bandwidth, latency), Outputs(save, json, timeline, waves),
                host_config=checked_host_config(cluster, host_config), engine=engine, seed=seed, plan=plan, save_jobs=save_jobs,
                save_operands=save_operands)


def _sizes(given, input_, filters, kernel, batch) -> tuple[dict[str, int], tuple[int, int]]:
    """Dimensions as asked, those left out from the arrays."""
    for name, option in (("a", "x"), ("b", "w")):
        if name in given and given[name].ndim != 4:
            raise DataError(f"{option} must have four dimensions, not shape {given[name].shape}")
    if input_ is not None:
        height, width, channels = _numbers("input", input_, 3)
    elif "a" in given:
        height, width, channels = given["a"].shape[1:]
    else:
        raise DataError(f"input must be given as HxWxC, such as 56x56x64, or an array --x, not {input_!r}")
    if filters is None and "b" not in given:
        raise DataError(f"filters must be given, or an array --w, not {filters!r}")
    taps = _pair("kernel", kernel) if kernel is not None else tuple(given["b"].shape[1:3]) if "b" in given else (1, 1)
    images = batch if batch is not None else len(given["a"]) if "a" in given else 1
    return {"height": height, "width": width, "channels": channels, "filters": filters if filters is not None else len(given["b"]), "batch": images}, taps


def _numbers(name: str, text: str, count: int) -> tuple[int, ...]:
    """So many numbers with an x between them."""
    if not re.fullmatch(r"\d+(x\d+)*", text) or len(found := tuple(map(int, text.split("x")))) != count:
        raise DataError(f"{name} must be {'x'.join('N' * count)} with whole numbers, not {text!r}")
    return found


def _pair(name: str, text: str) -> tuple[int, int]:
    """Two numbers, or one for both."""
    return _numbers(name, text, 2) if "x" in text else _numbers(name, text, 1) * 2


def _padding(text: str, size, taps, steps, apart) -> tuple[int, int, int, int]:
    """Rows above and below, columns to the left and right."""
    from ..compiler.conv.problem import same_padding

    if text == "same":
        return same_padding(size, taps, steps, apart)
    if "," in text:
        if not re.fullmatch(r"\d+(,\d+){3}", text):
            raise DataError(f"padding must be same, N, NxN or T,B,L,R with whole numbers, not {text!r}")
        return tuple(map(int, text.split(",")))
    down, across = _pair("padding", text)
    return down, down, across, across
