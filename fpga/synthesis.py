# SPDX-License-Identifier: Apache-2.0
"""Synthesis of a design unit by unit, remembering what has not changed."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hwgen.errors import ToolError

from . import yosys
from .cache import Cache, key
from .depth import depth, joined_depth
from .flows import TARGETS, flow
from .modules import Source
from .netlist import Netlist
from .report import SynthesisReport, cost_of, total_of

GLUE = "glue"
"""Label of the top level without its units."""


@dataclass(frozen=True)
class _Task:
    """One unit to synthesize: all that its result depends on."""

    label: str
    module: str
    text: str
    script: str
    files: dict[str, str]

    @property
    def key(self) -> str:
        files = [part for item in sorted(self.files.items()) for part in item]
        return key(yosys.version(), self.module, self.text, self.script, *files)

    def run(self, runs: yosys.Runs, cache: Cache) -> Netlist:
        """Synthesize, and put the result into the cache."""
        with tempfile.TemporaryDirectory(prefix="hwgen-synthesis-") as folder:
            for name, text in {"unit.v": self.text, **self.files}.items():
                (Path(folder) / name).write_text(text, encoding="utf-8")
            runs.run(self.script, Path(folder), self.label)
            with (Path(folder) / "unit.json").open(encoding="utf-8") as file:
                netlist = Netlist.from_yosys(json.load(file), self.module)
        cache.put(self.key, netlist)
        return netlist


def synthesize(
    verilog: Path | Sequence[Path],
    top: str,
    target: str = "xcup",
    units: Mapping[str, str] | None = None,
    *,
    glue: bool = True,
    jobs: int = 2,
    cache: Path | None = None,
    console: Console | None = None,
) -> SynthesisReport:
    """Synthesize ``top`` and count what each of its units costs.

    Units are mapped apart from one another, each flattened; so a result depends on the text of the
    unit alone, and is taken from the cache as long as that text, the scripts and Yosys stay the same.

    Parameters
    ----------
    verilog : Path or sequence of Path
        Files that hold every module.
    top : str
        Top module.
    target : str
        ``xcup`` or ``ecp5``.
    units : mapping of str to str, optional
        Label of each unit by the name of its instance in ``top``, or by a path of such names with
        dots between them. All instances in ``top`` when left out.
    glue : bool
        Also synthesize what lies between the units; without it, the longest path is within a unit.
    jobs : int
        Units synthesized at the same time.
    cache : Path, optional
        Folder of earlier results; that of the user when left out.
    console : Console, optional
        Where progress is shown; standard error when left out.

    Raises
    ------
    ToolError
        If Yosys is missing or fails, a file cannot be read, a unit does not exist, or the design
        has a combinational loop.
    ValueError
        If the target is not known, or ``jobs`` is not positive.
    """
    if target not in TARGETS:
        raise ValueError(f"Target must be one of {', '.join(TARGETS)}, not {target!r}")
    if jobs < 1:
        raise ValueError(f"Jobs must be positive, not {jobs!r}")
    yosys.find()
    source = Source.read(*([verilog] if isinstance(verilog, (str, Path)) else verilog))
    modules = _unit_modules(source, top, units)
    tool = f"{yosys.COMMAND} {yosys.version()}"
    tasks = [_Task(label, module, source.closure(module), *flow(target, module)) for module, label in modules.items()]
    if glue:
        tasks.append(_Task(GLUE, top, source.around(top, set(modules)), *flow(target, top)))

    netlists = _run(tasks, Cache(cache), jobs, console or Console(stderr=True))
    costs = {label: cost_of(netlists[label], target) for label in modules.values()}
    if not glue:
        return SynthesisReport(top, target, tool, costs, total_of(costs, max(map(depth, netlists.values()), key=lambda longest: longest.levels)))
    around = netlists[GLUE]
    outside = Netlist(around.ports, [cell for cell in around.cells if cell[0] not in modules],
                      around.outputs, around.roles, around.names)
    costs[GLUE] = cost_of(outside, target)
    return SynthesisReport(top, target, tool, costs, total_of(costs, joined_depth(around, netlists, modules)))


def _unit_modules(source: Source, top: str, units: Mapping[str, str] | None) -> dict[str, str]:
    """Label of each unit by its module."""
    if units is None:
        units = {instance: instance for instance in source.instances(top)}
    modules: dict[str, str] = {}
    for path, label in units.items():
        module = top
        for instance in path.split("."):
            instances = source.instances(module)
            if instance not in instances:
                raise ToolError(f"{module} has no instance {instance!r}; it has {', '.join(instances) or 'none'}")
            module = instances[instance]
        if label == GLUE or label in modules.values() or module in modules:
            raise ToolError(f"Unit {label!r} needs a label and a module of its own")
        if any(path.startswith(f"{other}.") for other in units):
            raise ToolError(f"Unit {path!r} lies within another unit")
        modules[module] = label
    return modules


def _run(tasks: list[_Task], cache: Cache, jobs: int, console: Console) -> dict[str, Netlist]:
    """Netlist of each task by label, from the cache or fresh."""
    netlists: dict[str, Netlist] = {}
    runs = yosys.Runs()
    columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(jobs) as pool:
        rows = {task.label: progress.add_task(task.label, total=1, start=False) for task in tasks}

        def finish(label: str, netlist: Netlist, note: str = "") -> None:
            netlists[label] = netlist
            progress.start_task(rows[label])
            progress.update(rows[label], completed=1, description=label + note)

        def work(task: _Task) -> Netlist:
            progress.start_task(rows[task.label])
            return task.run(runs, cache)

        try:
            pending = {}
            for task in tasks:
                cached = cache.get(task.key)
                if cached is not None:
                    finish(task.label, cached, " (cached)")
                else:
                    pending[pool.submit(work, task)] = task.label
            while pending:
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    finish(pending.pop(future), future.result())
        except BaseException:
            runs.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return netlists
