# SPDX-License-Identifier: Apache-2.0
"""A cluster without time: scratchpad, external memory, units with queues, and a host that pushes jobs."""

import random
from collections import deque
from collections.abc import Sequence

import numpy as np

from ...config import ClusterConfig
from ...config.units import units
from ..jobs import Entry, Job, Wait
from ..program.program import resets
from .copies import CopyEngine, CopyStreamer, Notifier
from .units import Core, Mover, Quantizer, Streamer, Unit
from .walks import InterpreterError


class InterpretedCluster:
    """Runs jobs in an order that the waits allow, chosen at random.

    Every step of every unit is one turn or several. Which unit has the next turn is random, with odds that
    change from time to time, so that any unit may run far ahead of the others or lag behind.

    Parameters
    ----------
    config : ClusterConfig
        Of a cluster whose accelerator multiplies matrices.
    scratchpad : array of uint8, shape (words, bytes of a word)
        In the order of all-bank interleaving; changed in place.
    external : array of uint8
        Changed in place.
    seed : int or None
        Of the order; None always takes the first unit that can go on, for speed.
    queue_depth : int, optional
        Entries that each queue holds besides the one running; the config's if left out.

    Attributes
    ----------
    completed : dict of int, by unit
    semaphores : list of int
    """

    def __init__(self, config: ClusterConfig, scratchpad: np.ndarray, external: np.ndarray, *, seed: int | None = 0,
                 queue_depth: int | None = None):
        self.config, self.scratchpad, self.external = config, scratchpad, external
        self.random = None if seed is None else random.Random(seed)
        self.depth = config.jobs.queue_depth if queue_depth is None else queue_depth
        self.streams: dict[str, deque] = {name: deque() for name in (*config.streamers, "sums")}
        self.copies: dict[str, deque] = {name: deque() for name in (config.dma.streamers if config.dma else ())}
        kinds = {"core": Core, "quantizer": Quantizer, "mover": Mover, "dma": CopyEngine, "notify": Notifier}
        self.units: dict[str, Unit] = {}
        for unit in units(config):
            kind = CopyStreamer if unit.name in self.copies else kinds.get(unit.kind, Streamer)
            self.units[unit.name] = kind(self, unit.name)
        self.semaphores = [0] * config.jobs.semaphores
        self._resets = resets(config)
        self._waits_met = dict.fromkeys(self.units, 0)
        self._signals: dict[str, deque] = {name: deque() for name in self.units}
        self.queues: dict[str, deque] = {name: deque() for name in self.units}
        self.completed = dict.fromkeys(self.units, 0)
        self._entries: dict[str, Entry] = {}
        self._odds = dict.fromkeys(self.units, 1.0)

    def run(self, jobs: Sequence[Job]) -> None:
        """Push and carry out all jobs.

        Raises
        ------
        InterpreterError
            If they come to a halt, or do what the hardware refuses.
        """
        waiting = deque(jobs)
        while waiting or any(self.queues.values()) or any(unit.busy for unit in self.units.values()):
            moved = False
            while waiting and all(len(self.queues[name]) < self.depth for name in waiting[0].entries):
                for name, entry in waiting.popleft().entries.items():
                    self.queues[name].append(entry)
                moved = True
            if not self._advance() and not moved:
                raise InterpreterError(self._halt(len(waiting)))
        if any(self.streams.values()) or any(self.copies.values()):
            raise InterpreterError("words are left in streams: " + ", ".join(name for name, stream in {**self.streams, **self.copies}.items() if stream))

    def _advance(self) -> bool:
        """Give turns until a unit can go on; whether any could. Without an order at random, all that can go on do."""
        if self.random is None:
            moved = [self._turn(name) for name in self.units]
            return any(moved)
        if self.random.random() < 0.01:
            self._odds = {name: self.random.choice((0.003, 0.1, 1.0)) for name in self.units}
        # A unit of twice the odds comes first twice as often.
        order = sorted(self.units, key=lambda name: self.random.random() ** (1 / self._odds[name]), reverse=True)
        return any(self._turn(name) for name in order)

    def _turn(self, name: str) -> bool:
        unit = self.units[name]
        if not unit.busy:
            if not self.queues[name] or not self._met(name, self.queues[name][0].waits):
                return self._signal(name)
            entry = self.queues[name].popleft()
            self._waits_met[name], self._entries[name] = 0, entry
            unit.start(self._resets[name] | entry.fields)
            if not unit.busy:
                self._complete(name)
            return True
        most = 1 << 30 if self.random is None else self.random.choice((1, 2, 8, 64))
        moved = unit.advance(most)
        if not unit.busy:
            self._complete(name)
        return self._signal(name) or moved

    def _complete(self, name: str) -> None:
        self.completed[name] += 1
        if (signal := self._entries[name].signal) is not None:
            self._signals[name].append(signal)
            self._signal(name)

    def _signal(self, name: str) -> bool:
        """Give semaphores what the unit's completed entries signal, in order, as far as there is room; whether it was any."""
        signals, moved = self._signals[name], False
        while signals and self.semaphores[signals[0].semaphore] + signals[0].amount < 1 << self.config.jobs.semaphore_width:
            signal = signals.popleft()
            self.semaphores[signal.semaphore] += signal.amount
            moved = True
        return moved

    def _met(self, name: str, waits: Sequence[Wait]) -> bool:
        """Whether all is there that the unit's next entry waits for; what it takes from semaphores meanwhile is taken."""
        modulus = 1 << self.config.jobs.count_width
        for wait in waits[self._waits_met[name]:]:
            number = wait.source.removeprefix("semaphore_")
            if number != wait.source:
                if self.semaphores[int(number)] < wait.count:
                    return False
                self.semaphores[int(number)] -= wait.count
            elif (self.completed[wait.source] - wait.count) % modulus >= modulus // 2:
                return False
            self._waits_met[name] += 1
        return True

    def _halt(self, waiting: int) -> str:
        heads = [f"{name} {'runs' if self.units[name].busy else 'waits for ' + ', '.join(f'{w.source} {w.count}' for w in queue[0].waits)}"
                 for name, queue in self.queues.items() if queue or self.units[name].busy]
        return f"no unit can go on with {waiting} jobs left to push: {'; '.join(heads)}; completed {self.completed}"
