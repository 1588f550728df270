# SPDX-License-Identifier: Apache-2.0
"""The outcome of a program's run for people and for machines."""

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .. import __version__
from .job_program import ProgramRun
from .report import NOT_COMPUTED, cycles_table

TRAFFIC = ("bytes_read", "bytes_written", "read_beats", "write_beats")


def program_json(run: ProgramRun, *, seed: int) -> dict:
    """Stable keys: what was run, whether it is right, and the measures under their names."""
    counters = run.counters
    found = {
        "hwgen_version": __version__, "config": run.config.name, "config_hash": run.config.config_hash,
        "jobs": len(run.program.jobs), "entries": run.program.counts, "engine": run.engine, "seed": seed,
        "bit_exact": not run.differences if run.engine == "rtl" else None, "differences": list(run.differences), "accounted": run.accounted,
        "steps": counters["steps"], "cycles": counters["cycles"], "total_cycles": counters["total_cycles"], "utilization": _utilization(run),
        "memory_accesses": {name: counters[f"accesses_{name}"] for name in run.config.all_streamers}, "stalls": run.stalls,
        "host_config": run.host_config,
        "simulated_cycles": run.simulated_cycles, "simulation_seconds": run.seconds,
        "cycles_per_second": run.simulated_cycles / run.seconds if run.seconds else None,
    }
    if run.external is not None:
        found["external_memory"] = {"latency": run.external.latency, "bandwidth": run.external.bandwidth or run.config.dma.data_bytes}
    if run.traffic is not None:
        found["external_traffic"] = {name: getattr(run.traffic, name) for name in TRAFFIC}
    return found


def _utilization(run: ProgramRun) -> float:
    return run.counters["steps"] / run.counters["cycles"] if run.counters["cycles"] else 0.0


def print_program_report(run: ProgramRun, console: Console) -> None:
    """A readable page: what was run, whether it is right, and where every cycle went."""
    counters = run.counters
    head = Table(box=None, pad_edge=False, show_header=False)
    head.add_column(style="bold")
    head.add_column()
    entries = ", ".join(f"{unit} {count:,}" for unit, count in run.program.counts.items())
    head.add_row("program", f"{len(run.program.jobs):,} jobs; entries {entries}")
    head.add_row("cluster", f"{run.config.name} ({run.config.config_hash})")
    if run.engine == "model":
        verdict = Text(NOT_COMPUTED)
    else:
        verdict = Text("as interpreted, bit for bit", style="bold green") if not run.differences else Text("WRONG", style="bold red")
    for difference in run.differences:
        verdict.append(f"; {difference}", style="red")
    if not run.accounted:
        verdict.append("; cycles are not accounted for", style="red")
    head.add_row("result", verdict)
    head.add_row("cycles", f"{counters['cycles']:,} for {counters['steps']:,} steps")
    head.add_row("utilization", f"{_utilization(run):.4f}")
    accesses = {name: counters[f"accesses_{name}"] for name in run.config.all_streamers}
    head.add_row("memory accesses", ", ".join(f"{name} {count:,}" for name, count in accesses.items() if count))
    if run.traffic is not None:
        head.add_row("external memory", f"{run.traffic.bytes_read:,} bytes read, {run.traffic.bytes_written:,} written, latency {run.external.latency},"
                                        f" {run.external.bandwidth or run.config.dma.data_bytes:g} bytes a cycle")
    if run.seconds:
        head.add_row("simulation", f"{run.simulated_cycles:,} cycles in {run.seconds:.2f} s,"
                                   f" {run.simulated_cycles / run.seconds / 1000:,.0f} k cycles/s")
    table = cycles_table(counters["steps"], run.stalls, counters["total_cycles"])
    console.print(Panel(Group(head, Text(), Text("Where every cycle went", style="bold"), table), title="hwgen run --jobs", expand=False))
