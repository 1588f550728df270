# SPDX-License-Identifier: Apache-2.0
"""A run's outcome for people and for machines."""

from collections.abc import Mapping

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .. import __version__
from .gemm import GemmRun

BAR_WIDTH = 40


def as_json(run: GemmRun, *, seed: int) -> dict:
    """Stable keys: the measures under their names, ``bit_exact``, ``config_hash``, and what was run."""
    plan = run.plan
    problem = plan.problem
    return {
        "hwgen_version": __version__,
        "config": plan.config.name,
        "config_hash": plan.config.config_hash,
        "problem": {
            "kind": "gemm", "m": problem.m, "n": problem.n, "k": problem.k,
            "transpose_a": problem.transpose_a, "transpose_b": problem.transpose_b,
            "c": problem.c, "out_type": problem.out_type,
            "a_zero_point": problem.a_zero_point, "b_zero_point": problem.b_zero_point,
            "a_unsigned": problem.a_unsigned, "b_unsigned": problem.b_unsigned,
        },
        "seed": seed,
        "bit_exact": run.bit_exact,
        "outside_unchanged": run.untouched,
        "accounted": run.measures.accounted,
        **run.measures.as_dict(),
        "operands_in": "external memory" if run.external else "scratchpad",
        "host_config": run.host_config,
        "bank_plan": plan.bank_plan(),
        **_external(run),
        "simulated_cycles": run.simulated_cycles,
        "simulation_seconds": run.seconds,
        "cycles_per_second": run.simulated_cycles / run.seconds if run.seconds else None,
    }


def _external(run: GemmRun) -> dict:
    """What runs from external memory have besides: ``external_memory``, ``external_traffic`` and ``plan``."""
    if run.external is None:
        return {}
    return {
        "external_memory": {"latency": run.external.latency, "bandwidth": run.external.bandwidth or run.plan.config.dma.data_bytes},
        "external_traffic": {name: getattr(run.traffic, name) for name in ("bytes_read", "bytes_written", "read_beats", "write_beats")},
        "plan": run.plan.as_dict(),
    }


def _plan_rows(run: GemmRun) -> list[tuple[str, str]]:
    """What a plan for external memory is made of, in words."""
    if run.external is None:
        return []
    plan, traffic = run.plan.as_dict(), run.traffic
    sizes, blocks = plan["block_tiles"], plan["blocks"]
    sums = {"none": "", "scratchpad": "; partial sums stay in the scratchpad", "external": "; partial sums leave and come back"}[plan["partial_sums"]]
    return [
        ("tiles", (f"{sizes['m']} x {sizes['n']} x {sizes['k']} of the core's a block, {blocks['m']} x {blocks['n']} x {blocks['k']} blocks,"
                  f" {plan['stationary']} stationary{sums}")),
        ("expected", f"{plan['expected_cycles']:,} cycles in all"),
        ("external memory", (f"{traffic.bytes_read:,} bytes read, {traffic.bytes_written:,} written,"
                            f" latency {run.external.latency}, {run.external.bandwidth or run.plan.config.dma.data_bytes:g} bytes a cycle")),
    ]


def cycles_table(steps: int, stalls: Mapping[str, int], total: int) -> Table:
    """Where the cycles went, largest first."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_column(justify="left")
    rows = [("steps", steps), *sorted(((n, c) for n, c in stalls.items() if c), key=lambda row: -row[1])]
    for name, count in rows:
        bar = "█" * max(1, round(BAR_WIDTH * count / total))
        table.add_row(name, f"{count:,}", Text(bar, style="green" if name == "steps" else "yellow"))
    table.add_row("total_cycles", f"{total:,}", "")
    return table


def print_report(run: GemmRun, console: Console) -> None:
    """A readable page: what was run, whether it is right, how fast, and where every cycle went."""
    plan, measures = run.plan, run.measures
    problem = plan.problem
    a = f"A{'ᵀ' if problem.transpose_a else ''} {problem.m}x{problem.k}"
    b = f"B{'ᵀ' if problem.transpose_b else ''} {problem.k}x{problem.n}"
    c = {"none": "", "bias": " + bias", "full": f" + C {problem.m}x{problem.n}"}[problem.c]
    head = Table(box=None, pad_edge=False, show_header=False)
    head.add_column(style="bold")
    head.add_column()
    head.add_row("problem", f"{a} · {b}{c} → {problem.out_type}")
    head.add_row("cluster", f"{plan.config.name} ({plan.config.config_hash})")
    verdict = Text("bit exact", style="bold green") if run.bit_exact else Text("WRONG", style="bold red")
    if run.first_difference:
        i, j, found, expected = run.first_difference
        verdict.append(f": element ({i}, {j}) is {found}, the model has {expected}", style="red")
    if not run.untouched:
        verdict.append("; bytes outside the result changed", style="red")
    head.add_row("result", verdict)
    head.add_row("cycles", f"{measures.cycles:,} for {measures.steps:,} steps (bound {measures.bound_cycles:,})")
    head.add_row("utilization", f"{measures.utilization:.4f}  (effective {measures.effective_utilization:.4f},"
                                f" ceiling of the padding {measures.ceiling:.4f})")
    accesses = ", ".join(f"{name} {count:,}" for name, count in measures.memory_accesses.items() if count)
    head.add_row("memory accesses", accesses)
    for name, words in _plan_rows(run):
        head.add_row(name, words)
    head.add_row("banks", plan.bank_plan())
    if run.seconds:
        head.add_row("simulation", f"{run.simulated_cycles:,} cycles in {run.seconds:.2f} s,"
                                   f" {run.simulated_cycles / run.seconds / 1000:,.0f} k cycles/s")
    console.print(Panel(Group(head, Text(), Text("Where every cycle went", style="bold"), cycles_table(measures.steps, measures.stalls, measures.total_cycles)),
                        title="hwgen run gemm", expand=False))
