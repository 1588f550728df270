# SPDX-License-Identifier: Apache-2.0
"""Which places of the operands cost the fewest bank conflicts."""

import itertools

import numpy as np

from ..config import ClusterConfig
from .loops import offsets
from .placement import WINDOW, Banks, Place, candidates, loads
from .streamer_fields import Operand

SAMPLED_STEPS = 512
"""Steps from the start over which the conflict model compares plans."""


def layouts(config: ClusterConfig, needed: dict[str, Operand]):
    """Every choice of places that does not overlap, largest operands given away first."""
    roles = sorted(needed, key=lambda role: -needed[role].size)

    def extend(banks: Banks, index: int, places: dict[str, Place]):
        if index == len(roles):
            yield {role: places[role] for role in needed}
            return
        role = roles[index]
        for group, first in candidates(config, needed[role].streamer, *needed[role].others):
            if (found := banks.allocate(group, first, needed[role].size)) is not None:
                yield from extend(found[0], index + 1, places | {role: found[1]})

    return itertools.islice(extend(Banks(config.memory), 0, {}), 20_000)


class ConflictModel:
    """Expected cycles per step of a placement: in each window of steps, the busiest bank decides."""

    def __init__(self, config, needed, loops, steps):
        self.config, self.needed, self.steps = config, needed, steps
        sampled = min(steps, SAMPLED_STEPS)
        self.windows = {"coarse": -(-sampled // WINDOW), "fine": sampled}
        self.sampled = sampled
        self.starts = {}
        for role, nest in loops.items():
            every = offsets(nest)
            self.starts[role] = every[:max(1, len(every) * sampled // steps)]
        self._loads: dict = {}

    def __call__(self, places: dict[str, Place]) -> tuple[float, float, float]:
        """Cycles per step with and without the help of prefetch, and the share of banks with several users."""
        result = []
        for kind, windows in self.windows.items():
            total = sum(self._load(role, place, kind, windows) for role, place in places.items() if role in self.starts)
            least = self.sampled / windows
            result.append(float(np.maximum(total.max(axis=1), least).sum()) / self.sampled)
        users = sum(self._load(role, place, "coarse", self.windows["coarse"]).any(axis=0).astype(int)
                    for role, place in places.items() if role in self.starts)
        return result[0], result[1], float((users > 1).mean())

    def _load(self, role, place, kind, windows):
        # Banks depend on the place's first group and, if it goes on into the next, on its first row.
        memory = self.config.memory
        first, row = divmod(place.base // memory.word_bytes // place.group, memory.bank_depth)
        spans = row * place.group * memory.word_bytes + place.size > place.group * memory.bank_depth * memory.word_bytes
        key = (role, place.group, first, row if spans else 0, kind)
        if key not in self._loads:
            self._loads[key] = loads(self.config, place, self.starts[role], self.needed[role].words, windows)
        return self._loads[key]
