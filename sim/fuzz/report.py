# SPDX-License-Identifier: Apache-2.0
"""What a campaign came to: a line for each config as it comes, and a summary."""

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from .campaign import Campaign
from .case import Case
from .player import Outcome


class Progress:
    """Shows a campaign's results on a terminal as a bar, elsewhere as lines.

    Parameters
    ----------
    campaign : Campaign
    console : Console
    """

    def __init__(self, campaign: Campaign, console: Console):
        self.campaign, self.console, self.started = campaign, console, time.monotonic()
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self._bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)

    def __enter__(self) -> Self:
        self._bar.start()
        self._task = self._bar.add_task("Fuzzing", total=self.campaign.configs, completed=len(self.campaign.results))
        return self

    def __exit__(self, *details) -> None:
        self._bar.stop()

    def report(self, result: dict[str, Any]) -> None:
        """One config is done."""
        self._bar.update(self._task, completed=len(self.campaign.results),
                         description=f"Fuzzing, {len(self.campaign.failures)} failures")
        if result["failure"] is not None or not self.console.is_terminal:
            self.console.print(f"[{time.monotonic() - self.started:.0f} s] {line(result)}", markup=False, highlight=False, soft_wrap=True)


def kind_of(config: dict[str, Any]) -> str:
    """A few words on a config."""
    accelerator, memory = config["accelerator"], config["memory"]
    core = accelerator.get("core")
    what = f"{core['m']}x{core['n']}x{core['k']} gemm" if core else f"{accelerator['kind']} of {accelerator['width']} bits"
    return f"{what}, {memory['banks']} banks of {memory['bank_width']} bits"


def line(result: dict[str, Any]) -> str:
    """One line on one config."""
    jobs = ", ".join(f"{count} {kind}" for kind, count in sorted(result["jobs"].items()))
    what = f"config {result['number']} ({kind_of(result['config'])}): {jobs or 'no jobs'}, {result['cycles']:,} cycles in {result['seconds']:.0f} s"
    failure = result["failure"]
    return what if failure is None else f"{what}: FAILED, {failure['kind']}: {failure['detail']} -> {result['file']}"


def replay_line(case: Case, outcome: Outcome) -> str:
    """What became of a case that was run again."""
    failure = outcome.failure
    if failure is None:
        return f"passes: {case.jobs} jobs in {outcome.cycles:,} cycles"
    return f"fails in batch {failure.batch}, {failure.kind}: {failure.detail}"


def _spread(values: Iterable[Any]) -> dict[str, int]:
    counts = Counter(values)
    return {str(value): counts[value] for value in sorted(counts, key=lambda value: (str(type(value)), value))}


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Totals, and how often each value of each parameter occurred."""
    jobs: Counter[str] = Counter()
    for result in results:
        jobs.update(result["jobs"])
    configs = [result["config"] for result in results]
    streamers = [streamer for config in configs for streamer in config["streamers"].values()]
    cores = [config["accelerator"]["core"] for config in configs if config["accelerator"]["kind"] == "gemm"]
    quantizers = [config["accelerator"]["quantizer"] for config in configs if config["accelerator"]["kind"] == "gemm"]

    def channels(streamer):
        count = 1
        for bound in streamer["spatial_bounds"]:
            count *= bound
        return count

    parameters = {
        "accelerator": _spread(config["accelerator"]["kind"] for config in configs),
        "banks": _spread(config["memory"]["banks"] for config in configs),
        "bank_width": _spread(config["memory"]["bank_width"] for config in configs),
        "bank_depth": _spread(config["memory"]["bank_depth"] for config in configs),
        "channels": _spread(channels(streamer) for streamer in streamers),
        "spatial_dimensions": _spread(len(streamer["spatial_bounds"]) for streamer in streamers),
        "temporal_dimensions": _spread(streamer["temporal_dimensions"] for streamer in streamers),
        "address_buffer_depth": _spread(streamer["address_buffer_depth"] for streamer in streamers),
        "data_buffer_depth": _spread(streamer["data_buffer_depth"] for streamer in streamers),
        "addressing_modes": _spread(len(streamer["groups"]) for streamer in streamers),
        "reach": _spread(str(streamer["reach"]) for streamer in streamers),
        "extensions": _spread(extension["kind"] for streamer in streamers for extension in streamer["extensions"]),
        "row_wrap": _spread(streamer["row_wrap"] for streamer in streamers),
        "tail_masks": _spread(streamer["tail_masks"] for streamer in streamers),
        "fine_grained_prefetch": _spread(streamer["fine_grained_prefetch"] for streamer in streamers),
        "queue_depth": _spread(config["jobs"]["queue_depth"] for config in configs),
        "waits": _spread(config["jobs"]["waits"] for config in configs),
        "idle": _spread(result["idle"] for result in results),
        **{name: _spread(core[name] for core in cores) for name in ("m", "n", "k", "a_width", "b_width", "accumulator_width")},
        "result_width": _spread(quantizer["result_width"] for quantizer in quantizers),
        "rounding_modes": _spread(mode for quantizer in quantizers for mode in quantizer["rounding_modes"]),
        "parameter_stream": _spread(quantizer["parameter_stream"] for quantizer in quantizers),
        "mover": _spread(config["accelerator"]["mover"] for config in configs if config["accelerator"]["kind"] == "gemm"),
    }
    return {
        "configs": len(results), "jobs": sum(jobs.values()), "jobs_by_kind": dict(sorted(jobs.items())),
        **{name: sum(result[name] for result in results) for name in ("batches", "cycles", "errors", "waits")},
        "seconds": round(sum(result["seconds"] for result in results), 1),
        "failures": [{key: result[key] for key in ("number", "failure", "file")} for result in results if result["failure"] is not None],
        "parameters": parameters,
    }


def headline(results: list[dict[str, Any]]) -> str:
    """The summary in one line."""
    values = summary(results)
    return f"{values['configs']} configs, {values['jobs']:,} jobs, {len(values['failures'])} failures"


def summary_table(results: list[dict[str, Any]]) -> Table:
    """The summary for people."""
    values = summary(results)
    table = Table()
    for name, justify in (("measure", "left"), ("value", "right")):
        table.add_column(name, justify=justify)
    for name in ("batches", "cycles", "errors", "waits"):
        table.add_row(name, f"{values[name]:,}")
    for kind, count in values["jobs_by_kind"].items():
        table.add_row(f"{kind} jobs", f"{count:,}")
    for failure in values["failures"]:
        table.add_row(f"config {failure['number']}", f"{failure['failure']['kind']}, {failure['file']}")
    return table
