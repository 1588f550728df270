# SPDX-License-Identifier: Apache-2.0
"""One config of a campaign: build, run, and make small what fails."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...config.load import from_dict
from ...errors import HwgenError
from ..cluster import SimulatedCluster
from .case import Case
from .cases import Cases
from .configs import drawn
from .model import Model
from .player import Failure, Outcome, Player
from .shrink import Budget, shrink_config, shrink_jobs
from .simulator import simulator

Mutate = Callable[[str], str]


@dataclass(frozen=True)
class Setting:
    """What a trial may be told besides its case; both are for tests that plant a bug.

    Attributes
    ----------
    model : type
        The interpreter.
    mutate : callable, optional
        Changes the emitted Verilog.
    """

    model: type[Model] = Model
    mutate: Mutate | None = None


def run_case(case: Case, setting: Setting = Setting()) -> Outcome:
    """Build the case's simulator and run it."""
    config = from_dict(case.config)
    with simulator(config, mutate=setting.mutate) as built, SimulatedCluster(config, built) as cluster:
        return Player(cluster, setting.model).play(case)


def shrunk(case: Case, failure: Failure, player: Player, setting: Setting = Setting(), *,
           tries: int = 300, builds: int = 4, seconds: float = 90.0) -> Case:
    """The case made small, first on the simulator that is there, then on those of plainer configs.

    Parameters
    ----------
    case : Case
        Fails with ``failure`` on the cluster of ``player``.
    tries, builds : int
        Most runs, and most simulators built.
    seconds : float
        Most time for either.
    """
    def fails(candidate: Case) -> bool:
        found = player.play(candidate).failure
        return found is not None and found.kind == failure.kind

    def fails_when_built(candidate: Case) -> bool:
        try:
            found = run_case(candidate, setting).failure
        except HwgenError:
            return False
        return found is not None and found.kind == failure.kind

    cut = case.with_batches(case.batches[:failure.batch + 1])
    small = shrink_jobs(cut if fails(cut) else case, fails, Budget(tries, seconds))
    return shrink_config(small, fails_when_built, Budget(builds, seconds))


def run_trial(number: int, seed: int, jobs: int, out: Path, setting: Setting = Setting()) -> dict[str, Any]:
    """Draw the config of a number, run as many jobs on it, and describe what came of it.

    Returns
    -------
    dict
        ``number``, ``config_hash``, ``config``, ``jobs`` by kind, ``cycles``, ``seconds``, ``failure``
        and ``file``, the name of the file below ``out`` that holds the small failing case.
    """
    started = time.monotonic()
    config = drawn(number, seed)
    case = Cases(config, seed).draw(jobs)
    result: dict[str, Any] = {"number": number, "config_hash": config.config_hash, "config": case.config, "file": None}
    try:
        with simulator(config, mutate=setting.mutate) as built, SimulatedCluster(config, built) as cluster:
            built_after = time.monotonic() - started
            player = Player(cluster, setting.model)
            outcome = player.play(case)
            if outcome.failure is not None:
                small = shrunk(case, outcome.failure, player, setting)
                result["file"] = f"failure-{small.digest}.json"
                small.save(out / result["file"], failure=outcome.failure.as_dict(), number=number, seed=seed)
    except HwgenError as error:
        built_after = time.monotonic() - started
        outcome = Outcome(failure=Failure("broken", 0, " ".join(str(error).split())[:2000]))
        result["file"] = f"failure-{case.digest}.json"
        case.save(out / result["file"], failure=outcome.failure.as_dict(), number=number, seed=seed)
    failure = None if outcome.failure is None else outcome.failure.as_dict()
    return result | {"jobs": outcome.jobs, "batches": len(case.batches), "cycles": outcome.cycles, "errors": outcome.errors,
                     "waits": outcome.waits, "idle": case.idle, "build_seconds": round(built_after, 1),
                     "seconds": round(time.monotonic() - started, 1), "failure": failure}
