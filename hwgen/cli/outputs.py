# SPDX-License-Identifier: Apache-2.0
"""Where the outcome of a run goes."""

from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError


@dataclass(frozen=True)
class Outputs:
    """Where a run's outcome goes besides the terminal."""

    save: Path | None
    json: Path | None
    timeline: Path | None
    waves: Path | None

    def check(self) -> None:
        """Refuse files that cannot be written before anything is run."""
        from ..files import check_writable
        from ..sim.timeline_files import check_suffix
        from ..sim.wave_views import check_waves

        for path, check in ((self.save, None), (self.json, None), (self.timeline, check_suffix), (self.waves, check_waves)):
            if path is not None:
                check_writable(path)
                if check is not None:
                    check(path)

    def check_engine(self, engine: str, *, plan: bool) -> None:
        """Refuse files that the cycle model has nothing for, or a plan alone."""
        for name in ("save", "timeline", "waves"):
            path = getattr(self, name)
            if plan and path is not None:
                raise DataError(f"{name} needs a run; it must be left out with --plan, not {str(path)!r}")
            if engine == "model" and path is not None:
                raise DataError(f"{name} needs --engine rtl, since the cycle model has no data and records nothing; it must be left out, not {str(path)!r}")

    def report(self, run, recorded, seed: int) -> bool:
        """Print and write everything; whether the run is right in every respect."""
        from rich.console import Console

        from ..files import save_array, save_json
        from ..sim.report import as_json, print_report
        from ..sim.timeline_files import render
        from ..sim.wave_views import write_views

        console = Console()
        print_report(run, console)
        disagreements = [] if recorded is None else recorded.disagreements(run.measures.counters)
        for disagreement in disagreements:
            console.print(f"WRONG {disagreement}", style="red")
        if self.timeline is not None:
            render(recorded, self.timeline)
            console.print(f"timeline: {self.timeline}", soft_wrap=True)
        if self.waves is not None:
            console.print(f"waveform: {self.waves}; open it with", soft_wrap=True)
            for command, view in write_views(self.waves, run.plan.config).items():
                console.print(f"  {command} {view}", soft_wrap=True)
        if self.save is not None:
            save_array(self.save, run.result)
        if self.json is not None:
            save_json(self.json, as_json(run, seed=seed, recorded=recorded))
        return run.passed and not disagreements
