# SPDX-License-Identifier: Apache-2.0
"""From a failing case to a small one: fewer jobs, plainer fields, a plainer config."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from ...config.load import from_dict
from ...config.units import units
from ...errors import HwgenError
from .case import Batch, Case, CaseJob
from .hazards import races
from .model import Model
from .walk import Config

Fails = Callable[[Case], bool]


class Budget:
    """How often and how long a shrinker may try.

    Parameters
    ----------
    tries : int
    seconds : float
    """

    def __init__(self, tries: int, seconds: float):
        self.tries, self.end = tries, time.monotonic() + seconds

    def spend(self) -> bool:
        """Whether there is room for another try, which this takes."""
        self.tries -= 1
        return self.tries >= 0 and time.monotonic() < self.end


def admissible(case: Case) -> bool:
    """Whether the words of a case's raw jobs match, and none of them depends on time."""
    model = Model(case.config, case.contents())
    for batch in case.batches:
        for job in batch.jobs:
            if job.kind != "gemm":
                if races(case.config, job.fields):
                    return False
                model.run(job.fields)
    return model.settled


def shrink_jobs(case: Case, fails: Fails, budget: Budget) -> Case:
    """The smallest failing case found with the same config.

    Parameters
    ----------
    case : Case
        Fails.
    fails : callable
        Whether a case fails in the same way; runs it on the simulator.
    budget : Budget
    """
    best, smaller = case, True
    while smaller:
        smaller = False
        for candidate in _smaller(best):
            if _usable(candidate) and budget.spend() and fails(candidate):
                best, smaller = candidate, True
                break
    return best


def _usable(case: Case) -> bool:
    try:
        return bool(case.batches) and admissible(case)
    except (IndexError, KeyError, ValueError):
        return False


def _smaller(case: Case) -> Iterator[Case]:
    """Cases with less in them, those that lack most first."""
    batches = case.batches
    for size in _halves(len(batches)):
        for start in range(0, len(batches), size):
            yield case.with_batches(batches[:start] + batches[start + size:])
    for index, batch in enumerate(batches):
        for simpler in _smaller_batches(batch):
            yield case.with_batches((*batches[:index], simpler, *batches[index + 1:]))
    if case.idle:
        yield replace(case, idle=0.0)


def _halves(count: int) -> Iterator[int]:
    while count > 1:
        count = -(-count // 2)
        yield count
    # Removing the only batch leaves no case.


def _smaller_batches(batch: Batch) -> Iterator[Batch]:
    jobs = batch.jobs
    if len(jobs) > 1:
        for index in range(len(jobs)):
            yield replace(batch, jobs=jobs[:index] + jobs[index + 1:])
    for change in ({"apart": False}, {"semaphores": False}, {"window": 0}):
        if any(getattr(batch, name) != value for name, value in change.items()):
            yield replace(batch, **change)
    for index, job in enumerate(jobs):
        for simpler in _simpler_jobs(job):
            yield replace(batch, jobs=(*jobs[:index], simpler, *jobs[index + 1:]))


def _simpler_jobs(job: CaseJob) -> Iterator[CaseJob]:
    """The job with one thing made plainer."""
    if job.kind == "gemm":
        plain = {"c": "none", "transpose_a": False, "transpose_b": False, "a_zero_point": 0, "b_zero_point": 0,
                 "a_unsigned": False, "b_unsigned": False}
        for name, value in plain.items():
            if job.problem[name] != value:
                yield replace(job, problem=job.problem | {name: value})
        for name in "mnk":
            for value in (1, job.problem[name] // 2, job.problem[name] - 1):
                if 0 < value < job.problem[name]:
                    yield replace(job, problem=job.problem | {name: value})
        return
    yield from _fewer_words(job)
    for unit, fields in job.fields.items():
        for name, value in fields.items():
            for plainer in () if _counts(name) else (0, 1):
                if abs(value) > plainer:
                    yield replace(job, fields=job.fields | {unit: fields | {name: plainer}})


def _fewer_words(job: CaseJob) -> Iterator[CaseJob]:
    """The job with every bound and count at most one."""
    changed = {unit: fields | {name: min(1, value) for name, value in fields.items() if _counts(name)} for unit, fields in job.fields.items()}
    if changed != job.fields:
        yield replace(job, fields=changed)


def _counts(name: str) -> bool:
    """Whether a field says how many words are moved."""
    return name.startswith("temporal_bound_") or name in ("tiles", "steps", "outputs", "window", "words")


def plainer_configs(config: Config) -> Iterator[Config]:
    """Configs with parts left out or at their usual size, those that lack most first."""
    edits: list[dict[str, object]] = [
        {"extensions": []}, {"row_wrap": False}, {"tail_masks": False}, {"fine_grained_prefetch": True},
        {"reach": "all"}, {"address_buffer_depth": 4}, {"data_buffer_depth": 4}, {"bound_width": 16}]
    whole = {key: value for edit in edits for key, value in edit.items()}
    for edit in (whole, *edits):
        yield from _with(config, config["streamers"], edit)
    for name in config["streamers"]:
        yield from _with(config, [name], whole)
    yield config | {"jobs": {"queue_depth": 4, "waits": 4, "semaphores": 8, "count_width": 16, "semaphore_width": 8},
                    "interconnect": {"fair_period": 8}}


def _with(config: Config, names, edit: dict[str, object]) -> Iterator[Config]:
    streamers = {name: streamer | {key: value for key, value in edit.items() if key in streamer} if name in names else streamer
                 for name, streamer in config["streamers"].items()}
    if streamers != config["streamers"]:
        yield config | {"streamers": streamers}


def adapted(case: Case, config: Config) -> Case | None:
    """The case on another config, without the fields that it lacks; None if the config is refused."""
    try:
        checked = from_dict(dict(config))
        known = {unit.name: {field.name for field in unit.fields} for unit in units(checked)}
    except HwgenError:
        return None
    batches = []
    for batch in case.batches:
        jobs = tuple(replace(job, fields={unit: {name: value for name, value in fields.items() if name in known[unit]}
                                          for unit, fields in job.fields.items()}) for job in batch.jobs)
        batches.append(replace(batch, jobs=jobs))
    return replace(case, config=checked.model_dump(mode="json"), batches=tuple(batches))


def shrink_config(case: Case, fails: Fails, budget: Budget) -> Case:
    """The case on the plainest config found on which it still fails; ``fails`` builds a simulator."""
    best, plainer = case, True
    while plainer:
        plainer = False
        for config in plainer_configs(best.config):
            candidate = adapted(best, config)
            if candidate is not None and candidate.config != best.config and _usable(candidate) and budget.spend() and fails(candidate):
                best, plainer = candidate, True
                break
    return best
