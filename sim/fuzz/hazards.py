# SPDX-License-Identifier: Apache-2.0
"""Which jobs must wait for which, so that what they leave does not depend on time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .model import JobFields
from .walk import Config, accesses


@dataclass
class Touched:
    """Bank words that one entry of a streamer touches.

    Attributes
    ----------
    writes : bool
    channels : dict
        Channels by word.
    first, last : dict
        First and last step by word.
    steps : int
    errs : bool
        Some access is suppressed.
    """

    writes: bool
    channels: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    first: dict[int, int] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    steps: int = 0
    errs: bool = False


def touched(config: Config, job: JobFields) -> dict[str, Touched]:
    """What each streamer's entry of a job touches."""
    result = {}
    for name, fields in job.items():
        streamer = config["streamers"].get(name)
        if streamer is None:
            continue
        found = result[name] = Touched(streamer["mode"] == "write")
        for number, step in enumerate(accesses(streamer, config["memory"], fields)):
            found.steps += 1
            for access in step:
                if access.cause:
                    found.errs = True
                    continue
                word = access.row * config["memory"]["banks"] + access.bank
                found.channels[word].add(access.channel)
                found.first.setdefault(word, number)
                found.last[word] = number
    return result


def races(config: Config, job: JobFields, entries: dict[str, Touched] | None = None) -> bool:
    """Whether what a job leaves depends on time.

    It does if two channels of a writer, or two writers, touch one word; or if a reader touches a word that is
    written, unless the result that goes there can only be made once the word has been read.
    """
    entries = touched(config, job) if entries is None else entries
    written: set[int] = set()
    for found in entries.values():
        if not found.writes:
            continue
        if written & found.channels.keys() or any(len(several) > 1 for several in found.channels.values()):
            return True
        written |= found.channels.keys()
    for name, reader in entries.items():
        if reader.writes or not written & reader.channels.keys():
            continue
        pace = steps_for_result(config, job, name)
        for writer in entries.values():
            for word in writer.channels.keys() & reader.channels.keys() if writer.writes else ():
                if reader.last[word] // pace > writer.first[word]:
                    return True
    return False


def steps_for_result(config: Config, job: JobFields, name: str) -> int:
    """How many words of a reader go into one result."""
    kind = config["accelerator"]["kind"]
    if kind == "gemm" and name in ("A", "B"):
        return max(1, job.get("core", {}).get("steps", 0))
    if kind == "max_pool":
        return max(1, job.get("pool", {}).get("window", 0))
    return 1


def orders(earlier: Touched, later: Touched, same_unit: bool) -> bool:
    """Whether the later entry must wait for the earlier one."""
    if not (earlier.writes or later.writes):
        return False
    common = earlier.channels.keys() & later.channels.keys()
    if same_unit:
        # What one channel does stays in order.
        return any(earlier.channels[word] | later.channels[word] != earlier.channels[word] & later.channels[word]
                   or len(earlier.channels[word]) > 1 for word in common)
    return bool(common)


def needed(config: Config, jobs: Sequence[JobFields], known: Iterable[dict[str, Touched]] | None = None) -> list[dict[str, dict[str, int]]]:
    """For each job and unit the earlier jobs to wait for: the latest one of each unit, as an index into ``jobs``."""
    entries = [touched(config, job) for job in jobs] if known is None else list(known)
    result = []
    for index, mine in enumerate(entries):
        waits: dict[str, dict[str, int]] = defaultdict(dict)
        for name, found in mine.items():
            for before in range(index):
                for other, theirs in entries[before].items():
                    if orders(theirs, found, name == other):
                        waits[name][other] = before
        result.append(dict(waits))
    return result
