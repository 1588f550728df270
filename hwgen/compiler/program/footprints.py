# SPDX-License-Identifier: Apache-2.0
"""Which words and bytes of the scratchpad an entry touches, and by which channels and when."""

from dataclasses import dataclass
from math import prod

import numpy as np

from ...config import ClusterConfig
from ...dma.model import local_lanes
from ...errors import MappingError
from ..interpreter.walks import InterpreterError, copied_bytes, step_addresses, word_indices
from .entries import Numbered

MOST = 1 << 26
"""Channels times steps of an entry, or bytes of its words, that are looked at: far more than one job of any use has."""


@dataclass(frozen=True)
class Footprint:
    """What an entry touches; words and bytes are counted over all banks of row 0, then of row 1, ...

    Attributes
    ----------
    words : array of int, shape (words,)
        Touched whole, each once, in ascending order.
    word_channels : array of int, shape (words,)
        Which channel does so; of readers any of them.
    bytes, byte_channels : array of int, shape (bytes,)
        The same for bytes of words that are touched in part.
    twice : int or None
        A byte that two channels write, if there is one.
    count : int
        Bytes that a copy moves; 0 for streamers of the accelerator.
    """

    words: np.ndarray
    word_channels: np.ndarray
    bytes: np.ndarray
    byte_channels: np.ndarray
    twice: int | None = None
    count: int = 0


@dataclass(frozen=True)
class Visits:
    """When an entry touches words: first and last step by word of the scratchpad; steps count from 0.

    Attributes
    ----------
    first, last : array of int, shape (words of the scratchpad,)
        Where an entry does not touch a word, ``last`` is -1.
    """

    first: np.ndarray
    last: np.ndarray


class Footprints:
    """Footprints of a program's entries, each kind worked out once.

    Parameters
    ----------
    config : ClusterConfig
    """

    def __init__(self, config: ClusterConfig):
        self.config, self.memory = config, config.memory
        self._kept: dict[tuple, Footprint] = {}
        self._visits: dict[tuple, Visits] = {}

    def of(self, one: Numbered) -> Footprint:
        """Footprint of an entry of a streamer.

        Raises
        ------
        MappingError
            If an access is outside the memory, unaligned or beyond the port's reach, or there are too many.
        """
        key = one.unit, *one.entry.fields.items()
        if key not in self._kept:
            self._check_size(one)
            try:
                self._kept[key] = self._copied(one) if one.unit not in self.config.streamers else self._streamed(one)
            except InterpreterError as error:
                raise MappingError(f"{one}: {error}") from None
        return self._kept[key]

    def copied(self, one: Numbered) -> int:
        """Bytes that an entry of L or S moves."""
        return self.of(one).count

    def visits(self, one: Numbered) -> Visits:
        """When an entry of one of the accelerator's streamers touches each word."""
        key = one.unit, *one.entry.fields.items()
        if key not in self._visits:
            words = self._indices(one, one.fields)
            first, last = np.full(self.memory.words, len(words), np.int64), np.full(self.memory.words, -1, np.int64)
            steps = np.repeat(np.arange(len(words)), words.shape[1] if words.size else 0)
            flat = words.reshape(-1)
            # What tail masks leave out is not touched.
            flat, steps = flat[flat >= 0], steps[flat >= 0]
            last[flat] = steps
            first[flat[::-1]] = steps[::-1]
            self._visits[key] = Visits(first, last)
        return self._visits[key]

    def name(self, one: Numbered, byte: int) -> str:
        """A byte of the scratchpad as an entry addresses it, and where that is."""
        memory = self.memory
        word, inside = divmod(byte, memory.word_bytes)
        row, bank = divmod(word, memory.banks)
        group = self.config.all_streamers[one.unit].groups[one.fields.get("addressing_mode", 0)]
        which, lane = divmod(bank, group)
        address = ((which * memory.bank_depth + row) * group + lane) * memory.word_bytes + inside
        return f"scratchpad byte {address} by {group} (bank {bank}, row {row})"

    def _check_size(self, one: Numbered) -> None:
        streamer = self.config.all_streamers[one.unit]
        loops = [(one.fields[f"temporal_bound_{d}"], one.fields[f"temporal_stride_{d}"]) for d in range(streamer.temporal_dimensions)]
        accesses = streamer.channels * prod(bound for bound, stride in loops if stride or streamer.byte_addressed or not bound)
        if streamer.byte_addressed:
            accesses *= self.memory.word_bytes
        if accesses > MOST:
            raise MappingError(f"{one} must make {MOST} accesses at most, not {accesses}")

    def _indices(self, one: Numbered, fields) -> np.ndarray:
        streamer = self.config.streamers[one.unit]
        return word_indices(self.config, one.unit, fields, step_addresses(self.config, streamer, fields))

    def _streamed(self, one: Numbered) -> Footprint:
        streamer = self.config.streamers[one.unit]
        # Iterations that do not move touch nothing else, unless rows or tails depend on them.
        counted = {one.fields["row_loop"]} if one.fields.get("row_length", 0) else set()
        for s in range(streamer.spatial_dimensions):
            counted |= {d for d in range(streamer.temporal_dimensions) if one.fields.get(f"tail_loops_{s}", 0) >> d & 1}
        still = {f"temporal_bound_{d}": 1 for d in range(streamer.temporal_dimensions)
                 if one.fields[f"temporal_bound_{d}"] and not one.fields[f"temporal_stride_{d}"] and d not in counted}
        words = self._indices(one, one.fields | still)
        channels = np.broadcast_to(np.arange(words.shape[1] if words.ndim > 1 else 0), words.shape).reshape(-1)
        flat = words.reshape(-1)
        flat, channels = flat[flat >= 0], channels[flat >= 0]
        by_word = np.full(self.memory.words, -1, np.int16)
        by_word[flat] = channels
        found, twice = np.flatnonzero(by_word >= 0), None
        if not streamer.reads and (clash := np.flatnonzero(by_word[flat] != channels)).size:
            twice = int(flat[clash[0]]) * self.memory.word_bytes
        none = np.zeros(0, np.int64)
        return Footprint(found, by_word[found], none, none, twice)

    def _copied(self, one: Numbered) -> Footprint:
        streamer, memory = self.config.all_streamers[one.unit], self.memory
        places = copied_bytes(self.config, one.unit, one.fields)
        channels = local_lanes(one.fields, streamer, memory) // memory.word_bytes if len(places) else places
        by_byte = np.full(memory.size, -1, np.int16)
        by_byte[places] = channels
        twice = None
        if not streamer.reads and (clash := np.flatnonzero(by_byte[places] != channels)).size:
            twice = int(places[clash[0]])
        by_word = by_byte.reshape(memory.words, memory.word_bytes)
        whole = ((by_word >= 0) & (by_word == by_word[:, :1])).all(axis=1)
        words = np.flatnonzero(whole)
        by_word_channels = by_word[words, 0]
        by_word[words] = -1
        rest = np.flatnonzero(by_byte >= 0)
        return Footprint(words, by_word_channels, rest, by_byte[rest], twice, len(places))
