# SPDX-License-Identifier: Apache-2.0
"""Jobs that stream consecutive words through any accelerator."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..config import ClusterConfig, Example
from ..errors import MappingError
from .image import MemoryImage
from .jobs import Entry, Job
from .placement import Banks, Place, candidates
from .streamer_fields import Operand, streamer_fields, tile_pitch


@dataclass(frozen=True)
class StreamPlan:
    """Where the words of every port lie, for jobs that follow one another.

    Attributes
    ----------
    config : ClusterConfig
    examples : tuple of Example
    places : dict of Place, by port
        Words of all jobs, one job's after the other's, each as far from the one before as the port's streamer reaches.
    """

    config: ClusterConfig
    examples: tuple[Example, ...]
    places: dict[str, Place]

    def words(self, port: str) -> int:
        """Words of a port over all jobs."""
        return sum(example.words[port] for example in self.examples)

    def jobs(self) -> list[Job]:
        """One job for each example; the last entry of the first writer raises the interrupt."""
        done, jobs = dict.fromkeys(self.places, 0), []
        notifier = next((name for name, s in self.config.streamers.items() if not s.reads), next(iter(self.places)))
        for index, example in enumerate(self.examples):
            entries = {unit: Entry(dict(fields)) for unit, fields in example.fields.items()}
            for port, place in self.places.items():
                size, count = tile_pitch(self.config, self.config.streamers[port].channels, port), example.words[port]
                here = Place(place.group, place.base + done[port] * size, count * size)
                operand = Operand(port, here.size, self.config.streamers[port].channels, {})
                fields = streamer_fields(self.config, operand, here, [(count, size)])
                entries[port] = Entry(fields, interrupt=port == notifier and index == len(self.examples) - 1)
                done[port] += count
            jobs.append(Job(entries))
        return jobs

    def fields(self) -> dict[str, list[dict[str, int]]]:
        """Register fields of every job of the accelerator's own units, as golden models take them."""
        units = [unit.name for unit in self.config.accelerator.units()]
        return {unit: [dict(example.fields[unit]) for example in self.examples if unit in example.fields] for unit in units}

    def stored(self, image: MemoryImage, port: str) -> np.ndarray:
        """Words of a port as they lie in ``image``: uint8 of shape (words, bytes of a word)."""
        width = self.config.streamers[port].channels * self.config.memory.word_bytes
        return self._rows(image, port)[:, :width]

    def store(self, image: MemoryImage, port: str, words: np.ndarray) -> None:
        """Undo `stored`; what lies between the words stays."""
        place = self.places[port]
        data = self._rows(image, port)
        data[:, :words.shape[1]] = words
        image.write(place.base, place.group, data.reshape(-1))

    def _rows(self, image: MemoryImage, port: str) -> np.ndarray:
        """Words of a port with what lies between them."""
        place = self.places[port]
        pitch = tile_pitch(self.config, self.config.streamers[port].channels, port)
        return image.read(place.base, place.group, place.size).reshape(self.words(port), pitch)


def plan_streams(config: ClusterConfig, examples: Sequence[Example]) -> StreamPlan:
    """Places for the words of all ports, in banks that as few others as possible use.

    Raises
    ------
    MappingError
        If the words do not fit the scratchpad, or a port's loop.
    """
    free, users, places = Banks(config.memory), np.zeros(config.memory.banks, int), {}
    for port, streamer in config.streamers.items():
        for example in examples:
            if not 0 <= example.words[port] < 1 << streamer.bound_width:
                raise MappingError(f"a job moves 0 to {(1 << streamer.bound_width) - 1} words through {port}, not {example.words[port]!r}")
        size = sum(example.words[port] for example in examples) * tile_pitch(config, streamer.channels, port)
        found = None
        for group, first in candidates(config, port):
            if (given := free.allocate(group, first, size)) is None:
                continue
            banks = _banks(config, given[1])
            score = (max(0, streamer.channels - group), int(users[banks].sum()), group)
            if found is None or score < found[0]:
                found = score, given, banks
        if found is None:
            raise MappingError(f"{size} bytes of {port} must fit the scratchpad beside the others; {config.memory.size} bytes in all are too few")
        _, (free, places[port]), banks = found
        users[banks] += 1
    return StreamPlan(config, tuple(examples), places)


def _banks(config: ClusterConfig, place: Place) -> slice:
    """Banks that a place touches, whole groups of them."""
    words = config.memory.bank_depth * place.group
    first = place.base // config.memory.word_bytes
    last = first + max(1, place.size // config.memory.word_bytes) - 1
    return slice(first // words * place.group, (last // words + 1) * place.group)
