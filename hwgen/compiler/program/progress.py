# SPDX-License-Identifier: Apache-2.0
"""Whether every entry of a program can start and end, with queues of finite depth that are filled in order."""

from collections.abc import Sequence
from typing import NamedTuple

from ...config import ClusterConfig, GemmAcceleratorConfig
from ...errors import MappingError
from ..jobs import Job
from .entries import Entries
from .flow import CORE, MOVER, QUANTIZER, SUMS, Flow
from .halt import explained
from .program import SEMAPHORE


class Event(NamedTuple):
    """An entry starts or, with ``end``, has ended."""

    end: bool
    unit: str
    number: int


class Progress:
    """Carries a program out without data, as far as it goes.

    Nothing is assumed that hardware might not grant: a unit starts an entry when all before have ended, no stream holds
    words, a result is taken once an entry is there for it, a unit stops while its signal finds no room, and where several units take from one semaphore, nobody gets
    anything before all has been given that the program gives, since who comes first is open. What goes on so goes on in
    any cluster: an entry that did not, the first in this order, would have all that it needs.

    Parameters
    ----------
    config : ClusterConfig
    jobs : sequence of Job
    entries : dict of list of Numbered, by unit
    flow : Flow
    queue_depth : int, optional
        Entries that each queue holds besides the one running; the config's if left out.
    serial : bool
        Each job is only pushed once all before have ended.

    Attributes
    ----------
    events : list of Event
        In an order in which they can happen; of a reader and a writer that end together the reader comes first.
    pushed, started, completed : dict of int, by unit
    taken : dict of int, by stream
    """

    def __init__(self, config: ClusterConfig, jobs: Sequence[Job], entries: Entries, flow: Flow, *, queue_depth: int | None = None,
                 serial: bool = False):
        self.config, self.jobs, self.entries, self.flow = config, jobs, entries, flow
        self.depth, self.serial = config.jobs.queue_depth if queue_depth is None else queue_depth, serial
        self.pushed, self.started, self.completed = (dict.fromkeys(entries, 0) for _ in range(3))
        self.taken = dict.fromkeys(flow.taken, 0)
        self.semaphores = [0] * config.jobs.semaphores
        self.events: list[Event] = []
        self.jobs_pushed = 0
        self._waits_met = dict.fromkeys(entries, 0)
        self._signals: list[tuple[str, int, int]] = []
        self.contested, self.owed = self._semaphores()
        self._knows_accelerator = isinstance(config.accelerator, GemmAcceleratorConfig)
        writers = [name for name, streamer in config.streamers.items() if not streamer.reads]
        self._order = [*(name for name in entries if name not in writers), *writers]

    def run(self) -> None:
        """Go on until all has ended.

        Raises
        ------
        MappingError
            If it comes to a halt before.
        """
        while self._push() | self._start() | self._flow() | self._end():
            pass
        if self.jobs_pushed < len(self.jobs) or any(self.completed[unit] < len(mine) for unit, mine in self.entries.items()):
            raise MappingError(f"the program comes to a halt: {explained(self)}")

    def running(self, unit: str) -> bool:
        return self.started.get(unit, 0) > self.completed.get(unit, 0)

    def available(self, stream: str) -> int:
        """Words of a streamer's stream that its entries so far bring or take."""
        return self.flow.last(stream, self.started[stream])

    def _semaphores(self) -> tuple[set[int], list[int]]:
        """Those that several units take from, and how many signals of each have not been given yet."""
        takers: dict[int, set[str]] = {}
        owed = [0] * self.config.jobs.semaphores
        for unit, mine in self.entries.items():
            for one in mine:
                for wait in one.entry.waits:
                    if wait.source.startswith(SEMAPHORE):
                        takers.setdefault(int(wait.source.removeprefix(SEMAPHORE)), set()).add(unit)
                if one.entry.signal is not None:
                    owed[one.entry.signal.semaphore] += 1
        return {which for which, units in takers.items() if len(units) > 1}, owed

    def _push(self) -> bool:
        before = self.jobs_pushed
        while self.jobs_pushed < len(self.jobs):
            names = self.jobs[self.jobs_pushed].entries
            if any(self.pushed[unit] - self.started[unit] >= self.depth for unit in names) or (self.serial and self.completed != self.pushed):
                break
            for unit in names:
                self.pushed[unit] += 1
            self.jobs_pushed += 1
        return self.jobs_pushed > before

    def _start(self) -> bool:
        moved, blocked = False, {unit for unit, _, _ in self._signals}
        for unit in self._order:
            if self.started[unit] < self.pushed[unit] and not self.running(unit) and unit not in blocked and self._met(unit):
                self.started[unit] += 1
                self._waits_met[unit] = 0
                self.events.append(Event(False, unit, self.started[unit]))
                moved = True
        return moved

    def _met(self, unit: str) -> bool:
        """Whether the unit's next entry may start; what it takes from semaphores meanwhile is taken."""
        waits = self.entries[unit][self.started[unit]].entry.waits
        while self._waits_met[unit] < len(waits):
            wait = waits[self._waits_met[unit]]
            if wait.source.startswith(SEMAPHORE):
                which = int(wait.source.removeprefix(SEMAPHORE))
                if self.semaphores[which] < wait.count or (which in self.contested and self.owed[which]):
                    return False
                self.semaphores[which] -= wait.count
            elif self.completed[wait.source] < wait.count:
                return False
            self._waits_met[unit] += 1
        return True

    def _flow(self) -> bool:
        """Move words as far as they go."""
        if not self._knows_accelerator:
            return False
        before = dict(self.taken)
        if self.running(CORE):
            self._compute()
        if self.running(MOVER) and not self.running(CORE) and not self.running(QUANTIZER):
            self._move()
        return self.taken != before

    def _compute(self) -> None:
        one = self.entries[CORE][self.started[CORE] - 1]
        tiles, steps, flow, key = one.fields["tiles"], one.fields["steps"], self.flow, (CORE, one.number)
        if not tiles or not steps:
            return
        out = flow.output(one)
        first = {name: flow.taken[name].of[key].first for name in "ABC"}
        if any(self.taken[name] < first[name] for name in "ABC"):
            return
        room = self._room(out) - flow.brought[out].of[key].first
        limits = [tiles * steps, (room + 1) * steps, *(self.available(name) - first[name] for name in "AB")]
        if one.fields["add_c"]:
            limits.append((self.available("C") - first["C"]) * steps)
        done = max(0, min(limits))
        results = min(done // steps, room)
        self._take("A", first["A"] + done)
        self._take("B", first["B"] + done)
        if one.fields["add_c"]:
            self._take("C", first["C"] + -(-done // steps))
        self._take(out, flow.brought[out].of[key].first + results)
        if out == SUMS and results > 0:
            self._quantized()

    def _room(self, out: str) -> int:
        """Words of a result stream that can be taken so far."""
        if out != SUMS:
            return self.available(out)
        number = self.started[QUANTIZER]
        if not number:
            return 0
        one, flow, key = self.entries[QUANTIZER][number - 1], self.flow, (QUANTIZER, number)
        limits = [one.fields["tiles"], self.available("E") - flow.brought["E"].of[key].first]
        if one.fields.get("per_channel", 0):
            limits.append(self.available("P") - flow.taken["P"].of[key].first)
        if self.taken["E"] < flow.brought["E"].of[key].first:
            return flow.taken[SUMS].of[key].first
        return flow.taken[SUMS].of[key].first + max(0, min(limits))

    def _quantized(self) -> None:
        """Tiles that the quantizer has taken have left it as well."""
        key = QUANTIZER, self.started[QUANTIZER]
        tiles = self.taken[SUMS] - self.flow.taken[SUMS].of[key].first
        self._take("E", self.flow.brought["E"].of[key].first + tiles)
        if self.entries[QUANTIZER][key[1] - 1].fields.get("per_channel", 0):
            self._take("P", self.flow.taken["P"].of[key].first + tiles)

    def _move(self) -> None:
        one, flow = self.entries[MOVER][self.started[MOVER] - 1], self.flow
        source, out, key = "C" if one.fields["route"] else "A", flow.output(one), (MOVER, one.number)
        first, begin = flow.taken[source].of[key].first, flow.brought[out].of[key].first
        if self.taken[source] >= first and self.taken[out] >= begin:
            words = max(0, min(one.fields["words"], self.available(source) - first, self.available(out) - begin))
            self._take(source, first + words)
            self._take(out, begin + words)

    def _take(self, stream: str, count: int) -> None:
        self.taken[stream] = max(self.taken[stream], count)

    def _end(self) -> bool:
        moved = False
        for unit in self._order:
            if self.running(unit) and self._done(unit, self.started[unit]):
                self.completed[unit] += 1
                self.events.append(Event(True, unit, self.completed[unit]))
                signal = self.entries[unit][self.completed[unit] - 1].entry.signal
                if signal is not None:
                    self._signals.append((unit, signal.semaphore, signal.amount))
                moved = True
        most, left = (1 << self.config.jobs.semaphore_width) - 1, []
        for unit, which, amount in self._signals:
            if self.semaphores[which] + amount > most:
                left.append((unit, which, amount))
            else:
                self.semaphores[which] += amount
                self.owed[which] -= 1
                moved = True
        self._signals = left
        return moved

    def _done(self, unit: str, number: int) -> bool:
        key, flow = (unit, number), self.flow
        if (other := flow.pairs.get(key)) is not None:
            return self.started[other.unit] >= other.number
        if not self._knows_accelerator or unit not in (*self.config.streamers, CORE, QUANTIZER, MOVER):
            return True
        if unit in self.config.streamers:
            return self.taken[unit] >= flow.last(unit, number)
        one = self.entries[unit][number - 1]
        out = flow.output(one)
        span = flow.brought[out].of[key]
        return span.first == span.last or self.taken[out] >= span.last
