# SPDX-License-Identifier: Apache-2.0
"""Many configs, several at a time; what each came to is on disk before the next begins."""

import json
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import DataError, ToolError
from .trial import run_trial

RESULTS = "results-{seed}.jsonl"

Report = Callable[[dict[str, Any]], None]
Trial = Callable[[int, int, int, Path], dict[str, Any]]
"""Number, seed, jobs and folder to what `run_trial` describes."""


def load_results(out: Path, seed: int, jobs: int) -> list[dict[str, Any]]:
    """What earlier runs of a campaign have left; a last line that is not whole is left out.

    Raises
    ------
    DataError
        If they are of cases with another number of jobs.
    """
    path = out / RESULTS.format(seed=seed)
    results = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            results.append(json.loads(line))
        except ValueError:
            continue
    for result in results:
        if result["jobs_asked"] != jobs:
            raise DataError(f"jobs must be {result['jobs_asked']} to go on with {str(path)!r}, not {jobs!r}")
    return results


class Campaign:
    """Configs from a seed, run until there are enough or time is up.

    Parameters
    ----------
    out : Path
        Folder for results and failures; made if there is none.
    seed, jobs : int
        Of configs and jobs; jobs on each config.
    configs : int, optional
        Distinct ones, those of earlier runs included.
    minutes : float, optional
        No trial begins later.
    workers : int
        Processes.
    stop : bool
        Begin no further trial after a failure.
    trial : callable
        What runs one config.

    Attributes
    ----------
    results : list of dict
        One for each distinct config, as `run_trial` describes it.
    """

    def __init__(self, out: Path, *, seed: int = 1, jobs: int = 50, configs: int | None = None, minutes: float | None = None,
                 workers: int = 2, stop: bool = False, trial: Trial = run_trial):
        self.out, self.seed, self.jobs, self.configs = out, seed, jobs, configs
        self.minutes, self.workers, self.stop, self.trial = minutes, workers, stop, trial
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ToolError(f"output folder {str(out)!r} cannot be made: {error.strerror}") from None
        self.results = load_results(out, seed, jobs)

    @property
    def failures(self) -> list[dict[str, Any]]:
        return [result for result in self.results if result["failure"] is not None]

    def run(self, report: Report = lambda result: None) -> list[dict[str, Any]]:
        """Run what is left; ``report`` is called with every result as it comes.

        An interrupt ends all workers; what had come by then is kept, and a later run goes on from there.
        """
        end = None if self.minutes is None else time.monotonic() + 60 * self.minutes
        done = {result["number"] for result in self.results}
        numbers = (number for number in range(1 << 31) if number not in done)
        with _temporary_cache(), _pool(self.workers) as pool, (self.out / RESULTS.format(seed=self.seed)).open("a", encoding="utf-8") as file:
            running: set[Future] = set()
            while True:
                while len(running) < self.workers and self._more(len(running), end):
                    running.add(pool.submit(self.trial, next(numbers), self.seed, self.jobs, self.out))
                if not running:
                    return self.results
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._keep(future.result(), file, report)

    def _more(self, running: int, end: float | None) -> bool:
        if (self.stop and self.failures) or (end is not None and time.monotonic() >= end):
            return False
        return self.configs is None or len(self.results) + running < self.configs

    def _keep(self, result: dict[str, Any], file, report: Report) -> None:
        if any(result["config_hash"] == other["config_hash"] for other in self.results):
            return
        result = result | {"jobs_asked": self.jobs, "seed": self.seed}
        self.results.append(result)
        file.write(json.dumps(result) + "\n")
        file.flush()
        os.fsync(file.fileno())
        report(result)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end at once when this one is interrupted."""
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool
    except BaseException:
        for child in multiprocessing.active_children():
            os.kill(child.pid, signal.SIGINT)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _temporary_cache() -> Iterator[None]:
    """A cache folder of the campaign's own, so that hundreds of simulators do not fill the user's."""
    before, folder = os.environ.get("HWGEN_CACHE"), tempfile.mkdtemp(prefix="hwgen-fuzz-")
    os.environ["HWGEN_CACHE"] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ["HWGEN_CACHE"]
        else:
            os.environ["HWGEN_CACHE"] = before
        shutil.rmtree(folder, ignore_errors=True)
