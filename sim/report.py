# SPDX-License-Identifier: Apache-2.0
"""A run's outcome for people and for machines."""

from collections.abc import Mapping

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .. import __version__
from ..compiler.conv.plan import ConvPlan
from ..compiler.gemm import Plan
from ..compiler.loops import order
from ..compiler.tiled.plan import TiledPlan
from .outcome import Run
from .timeline import Timeline

BAR_WIDTH = 40
NOT_COMPUTED = "not computed: the cycle model has no data"


def as_json(run: Run, *, seed: int, recorded: Timeline | None = None) -> dict:
    """Stable keys: the measures under their names, ``bit_exact``, ``config_hash``, and what was run.

    With a recording also ``conflicts`` (words refused, by who asked and who got the bank) and the cycles of ``dma`` before the
    first and after the last step.
    """
    plan = run.plan
    return {
        "hwgen_version": __version__,
        "config": plan.config.name,
        "config_hash": plan.config.config_hash,
        "summary": plan.problem.summary(),
        "problem": plan.problem.as_dict(),
        "engine": run.engine,
        "seed": seed,
        "bit_exact": run.bit_exact,
        "outside_unchanged": run.untouched,
        "accounted": run.measures.accounted,
        **run.measures.as_dict(),
        "operands_in": "external memory" if run.external else "scratchpad",
        "host_config": run.host_config,
        "bank_plan": plan.bank_plan(),
        **_external(run),
        **_recorded(recorded),
        "simulated_cycles": run.simulated_cycles,
        "simulation_seconds": run.seconds,
        "cycles_per_second": run.simulated_cycles / run.seconds if run.seconds else None,
    }


def _recorded(recorded: Timeline | None) -> dict:
    """What only a recording knows."""
    if recorded is None:
        return {}
    causes, segments = recorded.causes, recorded.causes.segments()
    steps = [segment for segment in segments if segment[2] == "steps"]
    first, last = (steps[0][0], steps[-1][1]) if steps else (causes.end, causes.end)
    waiting = [segment for segment in segments if segment[2] == "dma"]
    names, lost = recorded.conflicts.requesters, recorded.conflicts.total()
    return {
        "conflicts": {loser: {winner: int(lost[i, j]) for j, winner in enumerate(names[:lost.shape[1]]) if lost[i, j]} for i, loser in enumerate(names)},
        "dma_before_first_step": sum(end - start for start, end, _ in waiting if end <= first),
        "dma_after_last_step": sum(end - start for start, end, _ in waiting if start >= last),
    }


def _external(run: Run) -> dict:
    """What runs from external memory have besides: ``external_memory``, ``external_traffic`` and ``plan``."""
    if run.external is None:
        return {}
    return {
        "external_memory": {"latency": run.external.latency, "bandwidth": run.external.bandwidth or run.plan.config.dma.data_bytes},
        **({} if run.traffic is None else {"external_traffic": {name: getattr(run.traffic, name) for name in ("bytes_read", "bytes_written", "read_beats", "write_beats")}}),
        "plan": run.plan.as_dict(),
    }


def plan_rows(plan: Plan | TiledPlan | ConvPlan) -> list[tuple[str, str]]:
    """What a plan is made of, in words."""
    if isinstance(plan, Plan):
        return [("loops", f"{order(plan.nest)}, innermost first"), ("expected", f"{plan.expected_cycles:,} cycles of the job, its beginning and end left out")]
    return [("tiles", (_conv_tiles if isinstance(plan, ConvPlan) else _gemm_tiles)(plan.as_dict())),
            ("expected", f"{plan.expected_cycles:,} cycles in all{', by the cycle model' if plan.measured else ''}")]


def _gemm_tiles(plan: dict) -> str:
    sizes, blocks = plan["block_tiles"], plan["blocks"]
    sums = {"none": "", "scratchpad": "; partial sums stay in the scratchpad", "external": "; partial sums leave and come back"}[plan["partial_sums"]]
    products = f"{plan['products']} products a phase, " if plan["products"] > 1 else ""
    return (f"{products}{sizes['m']} x {sizes['n']} x {sizes['k']} of the core's a block, {blocks['m']} x {blocks['n']} x {blocks['k']} blocks,"
            f" {plan['stationary']} stationary{sums}")


def _conv_tiles(plan: dict) -> str:
    band, blocks = plan["band"], plan["blocks"]
    chunks = f", channels in {blocks['chunks']} chunks" if blocks["chunks"] > 1 else ""
    patches = "; copies lay out patches" if plan["gathering"] == "patches" else ""
    inner = "filters" if plan["outer"] == "bands" else "bands"
    return (f"{blocks['bands']} bands of {band['rows']} x {band['columns']} pixels, {blocks['filters']} blocks of up to {plan['filter_tiles']} tiles of"
            f" filters{chunks}; {inner} inside {plan['outer']}{patches}")


def _external_rows(run: Run) -> list[tuple[str, str]]:
    """Plan and traffic of runs on external memory."""
    if run.external is None:
        return []
    traffic = "" if run.traffic is None else f"{run.traffic.bytes_read:,} bytes read, {run.traffic.bytes_written:,} written, "
    return [*plan_rows(run.plan),
            ("external memory", (f"{traffic}latency {run.external.latency}, {run.external.bandwidth or run.plan.config.dma.data_bytes:g} bytes a cycle"))]


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


def print_report(run: Run, console: Console) -> None:
    """A readable page: what was run, whether it is right, how fast, and where every cycle went."""
    plan, measures = run.plan, run.measures
    head = Table(box=None, pad_edge=False, show_header=False)
    head.add_column(style="bold")
    head.add_column()
    head.add_row("problem", plan.problem.summary())
    head.add_row("cluster", f"{plan.config.name} ({plan.config.config_hash})")
    if run.engine == "model":
        verdict = Text(NOT_COMPUTED)
    else:
        verdict = Text("bit exact", style="bold green") if run.bit_exact else Text("WRONG", style="bold red")
    if run.first_difference:
        at, found, expected = run.first_difference
        verdict.append(f": element ({', '.join(map(str, at))}) is {found}, the model has {expected}", style="red")
    if run.untouched is False:
        verdict.append("; bytes outside the result changed", style="red")
    head.add_row("result", verdict)
    head.add_row("cycles", f"{measures.cycles:,} for {measures.steps:,} steps (bound {measures.bound_cycles:,})")
    head.add_row("utilization", f"{measures.utilization:.4f}  (effective {measures.effective_utilization:.4f},"
                                f" ceiling of the padding {measures.ceiling:.4f})")
    accesses = ", ".join(f"{name} {count:,}" for name, count in measures.memory_accesses.items() if count)
    head.add_row("memory accesses", accesses)
    for name, words in _external_rows(run):
        head.add_row(name, words)
    head.add_row("banks", plan.bank_plan())
    if run.seconds:
        head.add_row("simulation", f"{run.simulated_cycles:,} cycles in {run.seconds:.2f} s,"
                                   f" {run.simulated_cycles / run.seconds / 1000:,.0f} k cycles/s")
    console.print(Panel(Group(head, Text(), Text("Where every cycle went", style="bold"), cycles_table(measures.steps, measures.stalls, measures.total_cycles)),
                        title=f"hwgen run {plan.problem.as_dict()['kind']}", expand=False))
