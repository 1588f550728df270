# SPDX-License-Identifier: Apache-2.0
"""Streams between units: which entry's words meet which other's, and what a word cannot come without.

The words of a stream are counted from the program's start, over all entries of the units at both of its ends. Only the
shipped accelerator's inner streams are known; of others no order among their units is relied upon.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from ...config import ClusterConfig, GemmAcceleratorConfig
from ...config.dma import LOAD, LOAD_STREAMER, STORE, STORE_STREAMER
from ...errors import MappingError
from .entries import Entries, Numbered, external_bytes, job_name, steps

SUMS = "sums"
"""The stream from core to quantizer; all others are called like their streamers."""
CORE, QUANTIZER, MOVER = "core", "quantizer", "mover"


@dataclass(frozen=True)
class Span:
    """Words of a stream that belong to an entry: from ``first`` to ``last``, which is not among them."""

    entry: Numbered
    first: int
    last: int


class Side:
    """One end of a stream: the entries that bring, or take, its words, in order."""

    def __init__(self, counted: list[tuple[Numbered, int]]):
        self.spans: list[Span] = []
        self.of: dict[tuple[str, int], Span] = {}
        total = 0
        for entry, count in counted:
            span = Span(entry, total, total + count)
            self.of[entry.unit, entry.number] = span
            if count:
                self.spans.append(span)
            total += count
        self.total = total
        self._firsts = [span.first for span in self.spans]

    def at(self, word: int) -> Span:
        """Whose word it is."""
        return self.spans[bisect_right(self._firsts, word) - 1]


class Flow:
    """All streams of a program.

    Parameters
    ----------
    config : ClusterConfig
    entries : dict of list of Numbered, by unit
    copied : callable
        Bytes of the scratchpad that an entry of L or S moves.

    Attributes
    ----------
    brought, taken : dict of Side, by stream
        Empty for other accelerators than the shipped one.
    pairs : dict
        For each entry of a copy that moves anything, by unit and number, that of its other side.

    Raises
    ------
    MappingError
        If more or fewer words are brought than taken, or the two sides of a copy move different numbers of bytes.
    """

    def __init__(self, config: ClusterConfig, entries: Entries, copied):
        self.config = config
        self.brought: dict[str, Side] = {}
        self.taken: dict[str, Side] = {}
        self.pairs: dict[tuple[str, int], Numbered] = {}
        if isinstance(config.accelerator, GemmAcceleratorConfig):
            self._accelerator(entries)
        if config.dma is not None:
            self._pair(entries[LOAD], entries[LOAD_STREAMER], copied)
            self._pair(entries[STORE], entries[STORE_STREAMER], copied)

    def _accelerator(self, entries: Entries) -> None:
        core, quantizer, mover = entries[CORE], entries[QUANTIZER], entries.get(MOVER, [])
        tiles = {one.number: one.fields["tiles"] if one.fields["steps"] else 0 for one in core}

        def mixed(*counted: tuple[Numbered, int]) -> list[tuple[Numbered, int]]:
            return sorted(counted, key=lambda item: item[0].job)

        def moved(route: int) -> list[tuple[Numbered, int]]:
            return [(one, one.fields["words"] if one.fields["route"] == route else 0) for one in mover]

        taken = {
            "A": mixed(*((one, tiles[one.number] * one.fields["steps"]) for one in core), *moved(0)),
            "B": [(one, tiles[one.number] * one.fields["steps"]) for one in core],
            "C": mixed(*((one, tiles[one.number] * one.fields["add_c"]) for one in core), *moved(1)),
            SUMS: [(one, one.fields["tiles"]) for one in quantizer],
            "P": [(one, one.fields["tiles"] * one.fields.get("per_channel", 0)) for one in quantizer],
        }
        brought = {
            "D": mixed(*((one, tiles[one.number] * (1 - one.fields["quantize"])) for one in core), *moved(1)),
            SUMS: [(one, tiles[one.number] * one.fields["quantize"]) for one in core],
            "E": mixed(*((one, one.fields["tiles"]) for one in quantizer), *moved(0)),
        }
        for name, streamer in self.config.streamers.items():
            (brought if streamer.reads else taken)[name] = [(one, steps(self.config, one)) for one in entries[name]]
        for name, takers in taken.items():
            if name in brought:
                self.brought[name], self.taken[name] = Side(brought[name]), Side(takers)
                _check_equal(name, self.brought[name], self.taken[name])

    def _pair(self, engine: list[Numbered], streamer: list[Numbered], copied) -> None:
        outer = [(one, count) for one in engine if (count := external_bytes(self.config, one))]
        inner = [(one, count) for one in streamer if (count := copied(one))]
        for (one, count), (other, copy) in zip(outer, inner, strict=False):
            if count != copy:
                raise MappingError(f"both sides of a copy must move as many bytes, not {count} ({one}) and {copy} ({other})")
            self.pairs[one.unit, one.number], self.pairs[other.unit, other.number] = other, one
        for one, count in (*outer[len(inner):], *inner[len(outer):]):
            raise MappingError(f"both sides of a copy must have an entry, not only {one}, of {count} bytes")

    def last(self, unit: str, number: int) -> int:
        """Words of a streamer's stream up to the end of its entry ``number``; 0 for none."""
        side = self.brought if self.config.streamers[unit].reads else self.taken
        return side[unit].of[unit, number].last if number else 0

    def inputs(self, one: Numbered, results: int) -> Iterator[tuple[str, int]]:
        """Streams into a core, quantizer or mover, and how many of their words its first ``results`` results need."""
        key = one.unit, one.number
        if one.unit == CORE:
            for name in "AB":
                yield name, self.taken[name].of[key].first + results * one.fields["steps"]
            if one.fields["add_c"]:
                yield "C", self.taken["C"].of[key].first + results
        elif one.unit == QUANTIZER:
            yield SUMS, self.taken[SUMS].of[key].first + results
            if one.fields.get("per_channel", 0):
                yield "P", self.taken["P"].of[key].first + results
        else:
            name = "C" if one.fields["route"] else "A"
            yield name, self.taken[name].of[key].first + results

    def output(self, one: Numbered) -> str:
        """The stream of a core's, quantizer's or mover's results."""
        if one.unit == CORE:
            return SUMS if one.fields["quantize"] else "D"
        return "E" if one.unit == QUANTIZER or not one.fields["route"] else "D"

    def needed(self, stream: str, word: int) -> dict[str, int]:
        """By reader, how many words of it have been taken once a word of a result stream is there."""
        span = self.brought[stream].at(word)
        found: dict[str, int] = {}
        for name, count in self.inputs(span.entry, word - span.first + 1):
            if name == SUMS:
                found |= self.needed(SUMS, count - 1)
            else:
                found[name] = count
        return found

    def makers(self, stream: str, word: int) -> Iterator[Numbered]:
        """Entries of core, quantizer or mover that have started once a word of a result stream is there."""
        span = self.brought[stream].at(word)
        yield span.entry
        if span.entry.unit == QUANTIZER:
            yield from self.makers(SUMS, self.taken[SUMS].of[QUANTIZER, span.entry.number].first + word - span.first)


def _check_equal(name: str, brought: Side, taken: Side) -> None:
    """Refuse a stream of which other words are brought than taken, with the first job from which on they differ."""
    if brought.total == taken.total:
        return
    ends: dict[int, list[int]] = {}
    labels: dict[int, str] = {}
    for which, side in enumerate((brought, taken)):
        for span in side.spans:
            ends.setdefault(span.entry.job, [0, 0])[which] += span.last - span.first
            labels[span.entry.job] = span.entry.label
    sums, culprit = [0, 0], None
    for job, counts in sorted(ends.items()):
        sums = [sums[0] + counts[0], sums[1] + counts[1]]
        if sums[0] == sums[1]:
            culprit = None
        elif culprit is None:
            culprit = job, *sums
    job, left, right = culprit
    raise MappingError(f"words of stream {name} must be as many as are taken, not {left} brought and {right} taken by the end of {job_name(job, labels[job])},"
                       f" {brought.total} and {taken.total} in all")
