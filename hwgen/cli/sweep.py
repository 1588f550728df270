# SPDX-License-Identifier: Apache-2.0
"""``hwgen sweep``: what a faster or slower external memory is worth."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..errors import DataError
from .engine import Engine, EngineOption


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(sweep)


def sweep(
    config: Annotated[str, typer.Option(help="Preset or TOML file, with dma.")] = "datamaestro",
    m: Annotated[int, typer.Option(help="Rows of A and of the result.")] = 256,
    n: Annotated[int, typer.Option(help="Columns of B and of the result.")] = 256,
    k: Annotated[int, typer.Option(help="Columns of A, rows of B.")] = 256,
    out_type: Annotated[str, typer.Option(help="int8, uint8, or the core's sums.")] = "int8",
    latency: Annotated[str, typer.Option(help="Cycles from a request to its answer, separated by commas.")] = "20,100,500",
    bandwidth: Annotated[str, typer.Option(help="Bytes a cycle, separated by commas.")] = "8,16,32,64",
    pause: Annotated[float, typer.Option(help="Share of cycles in which each channel pauses at random; also draws latencies and order.")] = 0.0,
    engine: EngineOption = Engine.rtl,
    seed: Annotated[int, typer.Option(min=0, help="Of random operands.")] = 0,
    json: Annotated[Path | None, typer.Option(help="Write every run to this JSON file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw effective utilization to this .png or .svg file.")] = None,
) -> None:
    """Multiply the same matrices from external memories of several latencies and bandwidths."""
    from rich.console import Console

    from ..compiler.problem import GemmProblem, gemm_accelerator
    from ..compiler.rescaling import fitted
    from ..config import load
    from ..files import check_writable, save_json
    from ..sim.ablation_report import check_plot
    from ..sim.design import simulator_for
    from ..sim.sweep import run_sweep
    from ..sim.sweep_report import plot_sweep, sweep_table

    cluster = load(config)
    if cluster.dma is None:
        raise DataError(f"config must be that of a cluster with dma, not {config!r}")
    latencies, bandwidths = _numbers("latency", latency, int), _numbers("bandwidth", bandwidth, float)
    for path in (json, plot):
        if path is not None:
            check_writable(path)
    if plot is not None:
        check_plot(plot)
    core, unsigned = gemm_accelerator(cluster).core, out_type == "uint8"
    problem = GemmProblem(m, n, k, out_type=out_type)
    problem = replace(problem, rescale=fitted(core, k, seed=seed, minimum=0 if unsigned else -128, maximum=255 if unsigned else 127,
                                              rounding=cluster.accelerator.quantizer.rounding_modes[0]))
    errors = Console(stderr=True)
    built = simulator_for(cluster, console=errors) if engine is Engine.rtl else None
    try:
        runs = run_sweep(cluster, built, problem, latencies, bandwidths, pause=pause, seed=seed, progress=lambda run: errors.print(
            f"latency {run.latency}, {run.bandwidth:g} bytes a cycle: {run.measures.effective_utilization:.4f}", highlight=False))
    except ValueError as error:
        raise DataError(str(error)) from None
    Console().print(sweep_table(runs))
    if json is not None:
        save_json(json, {"config": cluster.name, "config_hash": cluster.config_hash, "m": m, "n": n, "k": k, "out_type": out_type, "engine": engine.value,
                         "runs": [run.as_dict() for run in runs]})
    if plot is not None:
        plot_sweep(runs, f"{cluster.name}: {m} x {n} x {k}, {out_type}", plot)
    if any(run.bit_exact is False for run in runs):
        raise typer.Exit(1)


def _numbers(name, text, kind):
    """Numbers separated by commas."""
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError:
        raise DataError(f"{name} must be numbers separated by commas, not {text!r}") from None
