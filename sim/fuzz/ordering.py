# SPDX-License-Identifier: Apache-2.0
"""Jobs with the waits and signals that keep what they share in order."""

from collections.abc import Mapping, Sequence

from ...compiler.jobs import Entry, Job, Signal, Wait
from ...config import ClusterConfig
from .hazards import Touched, needed
from .model import JobFields
from .walk import Config


def chunks(config: Config, fields: Sequence[JobFields], known: Sequence[dict[str, Touched]]) -> list[range]:
    """Jobs that can be ordered by as many waits as an entry has; what comes after starts when all are done.

    Parameters
    ----------
    config : dict
    fields : sequence of dict
        Of each job, by unit.
    known : sequence of dict
        What each of them touches.
    """
    most, depth = config["jobs"]["waits"], config["jobs"]["queue_depth"]
    # A batch that stops on an error must fit the queues, since nothing leaves them meanwhile.
    errs = any(found.errs for entries in known for found in entries.values())
    result, start = [], 0
    for end in range(1, len(fields) + 1):
        waits = needed(config, fields[start:end], known[start:end])[-1]
        if end - start > 1 and (any(len(sources) > most for sources in waits.values()) or (errs and end - start > depth)):
            result.append(range(start, end - 1))
            start = end - 1
    return [*result, range(start, len(fields))]


def ordered(config: ClusterConfig, plain: Config, fields: Sequence[JobFields], known: Sequence[dict[str, Touched]],
            counts: Mapping[str, int], *, semaphores: bool) -> list[Job]:
    """The jobs, each entry waiting for whatever it must come after.

    Parameters
    ----------
    config, plain : ClusterConfig, dict
        The same, checked and as JSON.
    counts : mapping
        Entries that each unit has completed since reset.
    semaphores : bool
        Wait for semaphores as long as there are unused ones, then for completion counts.
    """
    mask = (1 << config.jobs.count_width) - 1
    done, numbers = dict(counts), []
    for job in fields:
        for name in job:
            done[name] = done.get(name, 0) + 1
        numbers.append({name: done[name] & mask for name in job})
    unused = list(range(config.jobs.semaphores)) if semaphores else []
    signals: dict[tuple[int, str], Signal] = {}
    waits: list[dict[str, list[Wait]]] = []
    for index, needs in enumerate(needed(plain, fields, known)):
        mine: dict[str, list[Wait]] = {}
        for name, sources in needs.items():
            for other, before in sources.items():
                if unused and (before, other) not in signals:
                    # Each is used once, so that nobody takes what another waits for.
                    signal = signals[before, other] = Signal(unused.pop(), 1 + index % 3)
                    wait = Wait(f"semaphore_{signal.semaphore}", signal.amount)
                else:
                    wait = Wait(other, numbers[before][other])
                mine.setdefault(name, []).append(wait)
        waits.append(mine)
    return [Job({name: Entry(dict(values), tuple(waits[index].get(name, ())), signals.get((index, name)))
                 for name, values in job.items()}) for index, job in enumerate(fields)]
