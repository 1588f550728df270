# SPDX-License-Identifier: Apache-2.0
"""Why a program comes to a halt: from an entry that cannot go on to what it needs, until that comes round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...errors import MappingError
from .entries import Entries, Numbered, job_name
from .flow import CORE, MOVER, QUANTIZER, SUMS
from .program import SEMAPHORE

if TYPE_CHECKING:
    from .progress import Progress

LONGEST = 12
"""Links of a chain that are told."""


def check_reachable(entries: Entries) -> None:
    """Refuse a wait for more than there is: entries of a unit, or what all signals give a semaphore.

    Raises
    ------
    MappingError
    """
    given: dict[str, int] = {}
    for mine in entries.values():
        for one in mine:
            if (signal := one.entry.signal) is not None:
                name = f"{SEMAPHORE}{signal.semaphore}"
                given[name] = given.get(name, 0) + signal.amount
    asked: dict[str, int] = {}
    for one in sorted((one for mine in entries.values() for one in mine), key=lambda one: one.job):
        for i, wait in enumerate(one.entry.waits):
            if wait.source.startswith(SEMAPHORE):
                asked[wait.source] = asked.get(wait.source, 0) + wait.count
                if asked[wait.source] > given.get(wait.source, 0):
                    raise MappingError(f"waits[{i}] of {one} can never be met: entries up to it take {asked[wait.source]} from {wait.source},"
                                       f" to which the program gives {given.get(wait.source, 0)}")
            elif wait.count > len(entries[wait.source]):
                raise MappingError(f"waits[{i}] of {one} can never be met: it is for {wait.source} #{wait.count},"
                                   f" and {wait.source} has {len(entries[wait.source])} entries")


def check_room(entries: Entries, most: int) -> None:
    """Refuse signals that, come in another order, might find a semaphore too full to enter and too empty to take from.

    Parameters
    ----------
    entries : dict of list of Numbered, by unit
    most : int
        That a semaphore can hold.

    Raises
    ------
    MappingError
    """
    given: dict[str, list[tuple[str, int]]] = {}
    taken: dict[str, list[tuple[str, int]]] = {}
    for unit, mine in entries.items():
        for one in mine:
            if (signal := one.entry.signal) is not None:
                given.setdefault(f"{SEMAPHORE}{signal.semaphore}", []).append((unit, signal.amount))
            for wait in one.entry.waits:
                if wait.source.startswith(SEMAPHORE):
                    taken.setdefault(wait.source, []).append((unit, wait.count))
    for name in given.keys() & taken.keys():
        units = [{unit for unit, _ in side[name]} for side in (given, taken)]
        if all(len(side) == 1 for side in units) or sum(amount for _, amount in given[name]) <= most:
            continue
        signal, wait = (max(amount for _, amount in side[name]) for side in (given, taken))
        if signal + wait > most + 1:
            raise MappingError(f"a signal to {name} and what is taken from it must be {most + 1} together at most where several units signal or take,"
                               f" not {signal} and {wait}")


def check_distance(entries: Entries, half: int, pushed: Mapping[str, list[int]]) -> None:
    """Refuse a wait for a count that the hardware cannot tell from a later or an earlier one.

    Parameters
    ----------
    entries : dict of list of Numbered, by unit
    half : int
        Half the range of completion counters.
    pushed : mapping of list of int, by unit
        Entries of each unit that have been pushed with each job.

    Raises
    ------
    MappingError
    """
    for mine in entries.values():
        for one in mine:
            for i, wait in enumerate(one.entry.waits):
                if not wait.source.startswith(SEMAPHORE) and not -half < pushed[wait.source][one.job] - wait.count < half:
                    raise MappingError(f"waits[{i}] of {one} must be for one of the {half - 1} entries of {wait.source} before or after it,"
                                       f" not {wait.source} #{wait.count}; {pushed[wait.source][one.job]} have been pushed by then")


def explained(progress: Progress) -> str:
    """What the first entry that cannot go on needs, what that needs in turn, and so on."""
    stuck = [one for unit in progress.entries for one in progress.entries[unit][progress.completed[unit]:progress.completed[unit] + 1]]
    at: Numbered | None = min(stuck, key=lambda one: one.job)
    words, seen = [], []
    while at is not None and at not in seen and len(words) < LONGEST:
        seen.append(at)
        reason, at = _needs(progress, at)
        words.append(f"{seen[-1]} {reason}")
    if at in seen:
        words.append(f"which is a cycle, back to {at}")
    return "; ".join(words)


def _needs(progress: Progress, one: Numbered) -> tuple[str, Numbered | None]:
    unit, number = one.unit, one.number
    if number > progress.pushed[unit]:
        return _unpushed(progress)
    if number > progress.started[unit] + 1 or (number > progress.started[unit] and progress.running(unit)):
        return f"is behind {unit} #{number - 1}", progress.entries[unit][number - 2]
    if number > progress.started[unit]:
        for wait in one.entry.waits:
            if wait.source.startswith(SEMAPHORE):
                which = int(wait.source.removeprefix(SEMAPHORE))
                if which in progress.contested and progress.owed[which]:
                    return f"waits for {wait.count} of {wait.source}, which others may take first, as {progress.owed[which]} of its signals come later", None
                if progress.semaphores[which] < wait.count:
                    return f"waits for {wait.count} of {wait.source}", None
            elif progress.completed[wait.source] < wait.count:
                return f"waits for {wait.source} #{wait.count}", progress.entries[wait.source][wait.count - 1]
        return "is behind a signal that finds no room in its semaphore", None
    return _runs(progress, one)


def _unpushed(progress: Progress) -> tuple[str, Numbered | None]:
    """The job is behind another that does not find room in a queue."""
    job = progress.jobs[progress.jobs_pushed]
    if progress.serial:
        unit = next(unit for unit in progress.entries if progress.completed[unit] < progress.pushed[unit])
        left = progress.entries[unit][progress.completed[unit]]
        return f"is not pushed before {job_name(left.job, left.label)} has ended", left
    full = next(unit for unit in job.entries if progress.pushed[unit] - progress.started[unit] >= progress.depth)
    head = progress.entries[full][progress.started[full]]
    return (f"is not pushed, as {job_name(progress.jobs_pushed, job.label)} finds the queue of {full} full with {progress.depth} entries", head)


def _runs(progress: Progress, one: Numbered) -> tuple[str, Numbered | None]:
    """The other end of a stream that has no words, or no room."""
    flow, key = progress.flow, (one.unit, one.number)
    if (other := flow.pairs.get(key)) is not None:
        return f"runs and needs the copy's other side, {other.unit} #{other.number}", other
    if one.unit in progress.config.streamers:
        taken = progress.taken[one.unit]
        reads = progress.config.streamers[one.unit].reads
        other = (flow.taken if reads else flow.brought)[one.unit].at(taken).entry
        return f"runs and needs {other.unit} #{other.number} to {'take' if reads else 'bring'} word {taken} of {one.unit}", other
    for name, needed in flow.inputs(one, 1 + _results(progress, one)):
        if name != SUMS and progress.available(name) < needed:
            other = flow.brought[name].at(max(progress.available(name), 0)).entry
            return f"runs and needs word {needed - 1} of {name}", other
    out = flow.output(one)
    if out == SUMS:
        other = flow.taken[SUMS].at(progress.taken[SUMS]).entry
        return f"runs and needs {QUANTIZER} #{other.number} to take its results", other if other.number > progress.started[QUANTIZER] else _blocked(progress, other)
    other = flow.taken[out].at(progress.taken[out]).entry
    if other.number > progress.started[out]:
        return f"runs and needs {out} #{other.number} to take its results", other
    return ("runs and needs core and quantizer to be idle" if one.unit == MOVER else
            f"runs and needs the results of {CORE}"), None


def _blocked(progress: Progress, quantizer: Numbered) -> Numbered | None:
    """What the running quantizer lacks."""
    for name in ("E", "P"):
        side = progress.flow.taken["E"] if name == "E" else progress.flow.brought.get("P")
        if side is not None and side.spans and progress.taken[name] < side.total:
            other = side.at(progress.taken[name]).entry
            if other.number > progress.started[name]:
                return other
    return None


def _results(progress: Progress, one: Numbered) -> int:
    """Results of a running entry that have been taken."""
    out = progress.flow.output(one)
    return max(0, progress.taken[out] - progress.flow.brought[out].of[one.unit, one.number].first)
