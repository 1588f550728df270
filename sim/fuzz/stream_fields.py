# SPDX-License-Identifier: Apache-2.0
"""Random fields of streamers' entries that move a given number of words."""

import random
from typing import Any

from .walk import Config, accesses, channels, memory_bytes

ATTEMPTS = 12


class StreamFields:
    """Draws entries of one streamer.

    Parameters
    ----------
    config : dict
        The whole cluster's.
    name : str
        The streamer's.
    rng : random.Random
    """

    def __init__(self, config: Config, name: str, rng: random.Random):
        self.memory, self.streamer, self.rng = config["memory"], config["streamers"][name], rng
        self.word = self.memory["bank_width"] // 8
        self.reach = 1 if self.streamer["reach"] == "all" else self.streamer["reach"]
        self.unit = self.word * self.reach
        """Bytes that keep a channel within its banks."""
        self.most = 1 << (memory_bytes(self.memory) - 1).bit_length()
        """A spatial stride lies within this in either direction."""

    def draw(self, steps: int) -> dict[str, int] | None:
        """Fields that move ``steps`` words, all of them legal; None if none were found."""
        for attempt in range(ATTEMPTS):
            if (loops := self._loops(steps, attempt)) is None:
                continue
            fields = self._options() | self._spatial(attempt) | loops
            if self.streamer.get("row_wrap", False):
                fields |= self._rows()
            if self.streamer.get("tail_masks", False):
                fields |= self._tails()
            if (base := self._base(fields)) is not None:
                return fields | {"base": base}
        return None

    def wrong(self, steps: int) -> dict[str, int] | None:
        """Fields that move as many words, at least one of which is suppressed."""
        fields = self.draw(steps)
        if fields is None:
            return None
        rng, size = self.rng, memory_bytes(self.memory)
        changes: list[dict[str, int]] = [
            {"base": rng.choice([-self.unit, size - self.unit, size, -(1 << 31), (1 << 31) - self.word])},
            {"base": fields["base"] + rng.randrange(1, max(2, self.word))},
            {"base": fields["base"] + self.word * rng.randrange(1, max(2, self.reach))},
        ]
        loops = [d for d in range(self.streamer["temporal_dimensions"]) if fields[f"temporal_bound_{d}"] > 1]
        if loops:
            changes.append({f"temporal_stride_{rng.choice(loops)}": rng.choice([1, -1, 1 << 30, -(1 << 31), size])})
        rng.shuffle(changes)
        for change in changes:
            found = fields | change
            if any(access.cause for step in accesses(self.streamer, self.memory, found) for access in step):
                return found
        return None

    def empty(self) -> dict[str, int]:
        """Fields of an entry that moves nothing, whatever else they say."""
        fields = self._options() | self._spatial(0) | (self._loops(self.rng.randint(1, 8), 0) or {})
        zero = self.rng.randrange(self.streamer["temporal_dimensions"])
        return fields | {f"temporal_bound_{zero}": 0, "base": self.rng.randrange(-(1 << 31), 1 << 31)}

    def _options(self) -> dict[str, int]:
        rng, fields = self.rng, {}
        # Where groups are smaller than the reach, only some channels could access anything.
        modes = [i for i, group in enumerate(self.streamer["groups"]) if group >= self.reach]
        if len(self.streamer["groups"]) > 1:
            fields["addressing_mode"] = rng.choice(modes or [0])
        for extension in self.streamer["extensions"]:
            fields[f"{extension['kind']}_enable"] = rng.randrange(2)
            fields |= self._parameters(extension)
        return fields

    def _parameters(self, extension: dict[str, Any]) -> dict[str, int]:
        rng, width = self.rng, extension.get("element_width", 0)
        ends = [-(1 << width) >> 1, (1 << width >> 1) - 1, 0]
        if extension["kind"] == "requantize":
            shift = rng.randrange(32)
            return {f"requantize_{name}_zero_point": rng.choice([*ends, rng.randint(*ends[:2])]) for name in ("input", "output")} | {
                "requantize_shift": shift,
                "requantize_multiplier": rng.choice([0, 1, 0xFFFF, rng.randrange(1 << 16), min(0xFFFF, (1 << shift) * rng.randint(1, 3) // 2)])}
        if extension["kind"] == "zero_fill":
            return {"zero_fill_fill_value": rng.choice([*ends, rng.randint(*ends[:2])])}
        return {}

    def _spatial(self, attempt: int) -> dict[str, int]:
        rng, fields, pitch = self.rng, {}, self.word
        for d, bound in enumerate(self.streamer["spatial_bounds"]):
            if bound == 1:
                fields[f"spatial_stride_{d}"] = rng.randrange(-self.most, self.most)
            else:
                # Any stride that lands on the banks that the channel's number allows.
                more = rng.randint(-3, 3) if attempt < ATTEMPTS // 2 and rng.random() < 0.5 else 0
                fields[f"spatial_stride_{d}"] = pitch + more * self.unit
            pitch *= bound
        return fields

    def _loops(self, steps: int, attempt: int) -> dict[str, int] | None:
        """Bounds whose product is ``steps``, dealt to the loops in any order; None if they are too narrow."""
        rng, dimensions = self.rng, self.streamer["temporal_dimensions"]
        bounds = [1] * dimensions
        limit = (1 << self.streamer["bound_width"]) - 1
        for prime in _primes(steps):
            fitting = [d for d in range(dimensions) if bounds[d] * prime <= limit]
            if not fitting:
                return None
            bounds[rng.choice(fitting)] *= prime
        tile = channels(self.streamer) * self.word
        fields = {}
        for d, bound in enumerate(bounds):
            stride = rng.choice([0, 1, -1, 2, rng.randint(-8, 8)]) * self.unit
            if rng.random() < 0.4:
                stride = rng.choice([-1, 1, 1, rng.randint(-2, 3)]) * -(-tile // self.unit) * self.unit
            if attempt > ATTEMPTS // 2:
                stride = rng.choice([0, self.unit])
            if bound == 1 and rng.random() < 0.5:
                stride = rng.randrange(-(1 << 31), 1 << 31)
            fields |= {f"temporal_bound_{d}": bound, f"temporal_stride_{d}": stride}
        return fields

    def _rows(self) -> dict[str, int]:
        rng, lanes = self.rng, self.streamer["spatial_bounds"][0]
        longest = min(3 * lanes + 2, (1 << self.streamer["bound_width"]) - 1)
        return {"row_length": rng.choice([0, rng.randint(1, longest)]),
                "row_loop": rng.randrange(self.streamer["temporal_dimensions"]),
                "row_wrap": rng.randint(-4, 4) * self.unit}

    def _tails(self) -> dict[str, int]:
        rng, loops = self.rng, self.streamer["temporal_dimensions"]

        def chosen() -> int:
            return rng.choice([0, 1 << rng.randrange(loops), rng.randrange(1 << loops)])

        fields = {"tail_word_loops": chosen(), "tail_word_bytes": rng.randint(0, self.word)}
        for s, bound in enumerate(self.streamer["spatial_bounds"]):
            fields |= {f"tail_loops_{s}": chosen(), f"tail_lanes_{s}": rng.randint(0, bound), f"tail_bytes_{s}": rng.randint(0, self.word)}
        return fields

    def _base(self, fields: dict[str, int]) -> int | None:
        """A base that puts every access into the memory, if there is one."""
        offsets = [_as_signed(access.address) for step in accesses(self.streamer, self.memory, fields) for access in step]
        if not offsets:
            return self.rng.randrange(-(1 << 31), 1 << 31)
        lowest, highest, size = min(offsets), max(offsets), memory_bytes(self.memory)
        first, last = -(lowest // self.unit), (size - self.word - highest) // self.unit
        if first > last:
            return None
        base = self.rng.randint(first, last) * self.unit
        legal = not any(access.cause for step in accesses(self.streamer, self.memory, fields | {"base": base}) for access in step)
        return base if legal else None


def _as_signed(address: int) -> int:
    return address - (1 << 32) if address >> 31 else address


def _primes(number: int) -> list[int]:
    factors, divisor = [], 2
    while number > 1:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1
    return factors
