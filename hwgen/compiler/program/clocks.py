# SPDX-License-Identifier: Apache-2.0
"""What is certain to have ended when an entry starts, accesses memory and ends: clocks with a hand for each unit.

A clock says of every unit up to which number its entries have ended, or at least have made all their accesses. An entry
starts after what it waits for, and after the entry before it in its unit has started (not ended: hardware overlaps them). Streams
order as well: a word of a result is there only once all words have been taken that it is made of.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from ...config import ClusterConfig
from ...config.dma import LOAD_STREAMER, STORE
from .entries import Entries, Numbered
from .flow import CORE, MOVER, QUANTIZER, SUMS, Flow
from .program import SEMAPHORE
from .progress import Event

Clock = tuple[int, ...]


class Clocks:
    """Clocks of every entry.

    Parameters
    ----------
    config : ClusterConfig
    entries : dict of list of Numbered, by unit
    flow : Flow
    events : sequence of Event
        Every start and end, in an order in which they can happen.

    Attributes
    ----------
    index : dict of int
        Place of a unit's hand.
    """

    def __init__(self, config: ClusterConfig, entries: Entries, flow: Flow, events: Sequence[Event]):
        self.config, self.entries, self.flow = config, entries, flow
        self.index = {name: index for index, name in enumerate(entries)}
        self._zero = (0,) * len(entries)
        self._starts: dict[str, list[Clock]] = {name: [self._zero] for name in entries}
        self._ends: dict[str, list[Clock]] = {name: [self._zero] for name in entries}
        self._results: dict[tuple[str, int], Clock] = {}
        self._signals, self._takes = self._signalers(), self._takers()
        for event in events:
            one = entries[event.unit][event.number - 1]
            if event.end:
                self._ends[event.unit].append(self._end(one))
            else:
                self._starts[event.unit].append(self._start(one))

    def start(self, one: Numbered) -> Clock:
        """When the entry starts."""
        return self._starts[one.unit][one.number]

    def access(self, one: Numbered) -> Clock:
        """When the entry makes its first access."""
        clock, key = self._starts[one.unit][one.number], (one.unit, one.number)
        if one.unit in self.flow.taken and not self.config.streamers[one.unit].reads:
            span = self.flow.taken[one.unit].of[key]
            return self._latest(clock, self._result(one.unit, span.first)) if span.last > span.first else clock
        if one.unit in (LOAD_STREAMER, STORE) and (other := self.flow.pairs.get(key)) is not None:
            return self._latest(clock, self._starts[other.unit][other.number])
        return clock

    def _start(self, one: Numbered) -> Clock:
        clock, taken = self._starts[one.unit][one.number - 1], {}
        for wait in one.entry.waits:
            if not wait.source.startswith(SEMAPHORE):
                clock = self._latest(clock, self._ends[wait.source][wait.count])
        for wait in one.entry.waits:
            if wait.source.startswith(SEMAPHORE):
                taken[wait.source] = taken.get(wait.source, 0) + wait.count
                clock = self._after_signals(one, clock, wait.source, taken[wait.source])
        return clock

    def _end(self, one: Numbered) -> Clock:
        unit, number, flow = one.unit, one.number, self.flow
        clock = self._latest(self._starts[unit][number], self._ends[unit][number - 1])
        key = unit, number
        if unit in (LOAD_STREAMER, STORE) and (other := flow.pairs.get(key)) is not None:
            clock = self._with(self._latest(clock, self._starts[other.unit][other.number]), other.unit, other.number)
        elif unit in flow.taken and unit in self.config.streamers:
            reads = self.config.streamers[unit].reads
            span = (flow.brought if reads else flow.taken)[unit].of[key]
            if span.last > span.first:
                if reads:
                    taker = flow.taken[unit].at(span.last - 1).entry
                    clock = self._latest(clock, self._starts[taker.unit][taker.number])
                else:
                    clock = self._latest(clock, self._result(unit, span.last - 1))
        elif unit in (CORE, QUANTIZER, MOVER) and flow.taken:
            clock = self._maker_end(one, clock)
        return self._with(clock, unit, number)

    def _maker_end(self, one: Numbered, clock: Clock) -> Clock:
        """A core, quantizer or mover ends once its last result has left it, be it into a buffer of the writer."""
        out = self.flow.output(one)
        span = self.flow.brought[out].of[one.unit, one.number]
        return clock if span.last == span.first else self._latest(clock, self._result(out, span.last - 1))

    def _result(self, stream: str, word: int) -> Clock:
        """When a word of a result stream is there."""
        key = stream, word
        if key not in self._results:
            clock = self._zero
            for maker in self.flow.makers(stream, word):
                clock = self._latest(clock, self._starts[maker.unit][maker.number])
            for name, count in self.flow.needed(stream, word).items():
                clock = self._latest(clock, self._taken(name, count))
            self._results[key] = clock
        return self._results[key]

    def _taken(self, stream: str, count: int) -> Clock:
        """When ``count`` words of a reader have been taken."""
        if not count:
            return self._zero
        last = self.flow.brought[stream].at(count - 1)
        number = last.entry.number
        clock = self._starts[stream][number]
        done = number if last.last == count else number - 1
        return self._with(clock, stream, done)

    def _signalers(self) -> dict[str, dict[str, list[tuple[int, int]]]]:
        """By semaphore and unit: number and amount of every signal, in order."""
        found: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for unit, mine in self.entries.items():
            for one in mine:
                if (signal := one.entry.signal) is not None:
                    found.setdefault(f"{SEMAPHORE}{signal.semaphore}", {}).setdefault(unit, []).append((one.number, signal.amount))
        return found

    def _takers(self) -> dict[str, dict[str, list[int]]]:
        """By semaphore and unit: what its first n entries take, at index n."""
        found: dict[str, dict[str, list[int]]] = {}
        for semaphore in {wait.source for mine in self.entries.values() for one in mine for wait in one.entry.waits if wait.source.startswith(SEMAPHORE)}:
            for unit, mine in self.entries.items():
                each = (sum(wait.count for wait in one.entry.waits if wait.source == semaphore) for one in mine)
                found.setdefault(semaphore, {})[unit] = [0, *accumulate(each)]
        return found

    def _after_signals(self, one: Numbered, clock: Clock, semaphore: str, asked: int) -> Clock:
        """What must have ended, since all other signals together do not give what has been taken by then.

        Only what entries have taken that are certain to be earlier is counted.
        """
        signals = self._signals.get(semaphore, {})
        total = sum(amount for given in signals.values() for _, amount in given)
        while True:
            before = clock
            needed = asked + self._taken_before(one, clock, semaphore)
            for unit, given in signals.items():
                without = total
                certain = 0
                for number, amount in reversed(given):
                    without -= amount
                    if without < needed:
                        certain = number
                        break
                if certain:
                    clock = self._latest(clock, self._ends[unit][certain])
            if clock == before:
                return clock

    def _taken_before(self, one: Numbered, clock: Clock, semaphore: str) -> int:
        return sum(taken[one.number - 1 if unit == one.unit else clock[self.index[unit]]] for unit, taken in self._takes[semaphore].items())

    def _with(self, clock: Clock, unit: str, number: int) -> Clock:
        at = self.index[unit]
        return clock if clock[at] >= number else (*clock[:at], number, *clock[at + 1:])

    @staticmethod
    def _latest(*clocks: Clock) -> Clock:
        return tuple(map(max, *clocks))


def disordered_streams(clocks: Clocks, flow: Flow) -> Iterable[tuple[str, Numbered, Numbered]]:
    """Stream, and two entries of different units that follow each other at one end of it, where nothing says in which order they come."""
    for near, far in ((flow.brought, flow.taken), (flow.taken, flow.brought)):
        for stream, side in near.items():
            if stream == SUMS:
                continue
            for earlier, later in zip(side.spans, side.spans[1:], strict=False):
                one, other = earlier.entry, later.entry
                if one.unit == other.unit:
                    continue
                clock, streamed = clocks.start(other), far[stream].at(earlier.last - 1).entry
                if clock[clocks.index[one.unit]] < one.number and clock[clocks.index[stream]] < streamed.number:
                    yield stream, one, other
