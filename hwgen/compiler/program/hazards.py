# SPDX-License-Identifier: Apache-2.0
"""Accesses to the same word of the scratchpad that nothing orders."""

import numpy as np

from ...config import ClusterConfig
from ...errors import MappingError
from .clocks import Clocks
from .entries import Entries, Numbered
from .flow import Flow
from .footprints import Footprint, Footprints

KINDS = {(True, False): "read after write", (False, True): "write after read", (True, True): "write after write"}
"""Names of hazards, by whether the earlier and the later access write."""


def refuse(earlier: Numbered, later: Numbered, writes: tuple[bool, bool], where: str) -> None:
    """Refuse two accesses, named in the order of the program.

    Raises
    ------
    MappingError
    """
    if later.job < earlier.job:
        earlier, later, writes = later, earlier, writes[::-1]
    verbs = ["writes" if one else "reads" for one in writes]
    raise MappingError(f"{KINDS[writes]} must be ordered by waits: {later} #{later.number} {verbs[1]} {where}, which"
                       f" {earlier} #{earlier.number} {verbs[0]}")


class Seen:
    """The last entry of a unit that touched each word or byte.

    Attributes
    ----------
    words, parts, bytes : array of int32
        By word, touched whole; by word, touched in part; by byte, of words touched in part.
    word_channels, byte_channels : array of int16
    """

    def __init__(self, config: ClusterConfig):
        memory = config.memory
        self.words, self.parts = np.zeros(memory.words, np.int32), np.zeros(memory.words, np.int32)
        self.bytes = np.zeros(memory.size, np.int32)
        self.word_channels, self.byte_channels = np.zeros(memory.words, np.int16), np.zeros(memory.size, np.int16)
        self.latest, self.latest_part = 0, 0

    def note(self, number: int, footprint: Footprint, word_bytes: int) -> None:
        self.latest = number
        self.words[footprint.words] = number
        self.word_channels[footprint.words] = footprint.word_channels
        if len(footprint.bytes):
            self.latest_part = number
            self.parts[footprint.bytes // word_bytes] = number
            self.bytes[footprint.bytes] = number
            self.byte_channels[footprint.bytes] = footprint.byte_channels


class Hazards:
    """Goes through a program's accesses to the scratchpad in an order in which they can happen.

    Parameters
    ----------
    config : ClusterConfig
    entries : dict of list of Numbered, by unit
    flow : Flow
    clocks : Clocks
    footprints : Footprints
    """

    def __init__(self, config: ClusterConfig, entries: Entries, flow: Flow, clocks: Clocks, footprints: Footprints):
        self.config, self.entries, self.flow, self.clocks, self.footprints = config, entries, flow, clocks, footprints
        self._seen = {name: Seen(config) for name in config.all_streamers if entries[name]}
        self._reads = {name: streamer.reads for name, streamer in config.all_streamers.items()}

    def add(self, one: Numbered) -> None:
        """The next entry of a streamer.

        Raises
        ------
        MappingError
            If nothing orders one of its accesses and one of an entry before.
        """
        footprint, clock, reads = self.footprints.of(one), self.clocks.access(one), self._reads[one.unit]
        if footprint.twice is not None:
            raise MappingError(f"{one} must write {self.footprints.name(one, footprint.twice)} by one channel only, not by two")
        for unit, seen in self._seen.items():
            known = clock[self.clocks.index[unit]]
            if seen.latest > known and not (reads and self._reads[unit]) and self._touched(one, footprint, seen, known, unit == one.unit):
                self._compare(one, footprint, unit, range(known + 1, seen.latest + 1))
        self._seen[one.unit].note(one.number, footprint, self.config.memory.word_bytes)

    def _touched(self, one: Numbered, footprint: Footprint, seen: Seen, known: int, same: bool) -> bool:
        """Whether a unit may have touched the same since what is known."""
        words, parts = footprint.words, footprint.bytes
        late = seen.words[words] > known
        if same:
            # What one channel does stays in order.
            late &= seen.word_channels[words] != footprint.word_channels
        if late.any() or (seen.latest_part > known and (seen.parts[words] > known).any()):
            return True
        if not len(parts):
            return False
        return bool((seen.words[parts // self.config.memory.word_bytes] > known).any() or (seen.bytes[parts] > known).any())

    def _compare(self, one: Numbered, footprint: Footprint, unit: str, numbers: range) -> None:
        """Hold an entry to those of a unit, one by one."""
        word_bytes, same = self.config.memory.word_bytes, unit == one.unit
        channels = np.full(self.config.memory.size, -1, np.int16)
        by_word = channels.reshape(-1, word_bytes)
        by_word[footprint.words] = footprint.word_channels[:, None]
        channels[footprint.bytes] = footprint.byte_channels
        for number in numbers:
            other = self.entries[unit][number - 1]
            theirs = self.footprints.of(other)
            words, parts = by_word[theirs.words], channels[theirs.bytes]
            clash = (words >= 0) & (words != theirs.word_channels[:, None]) if same else words >= 0
            part_clash = (parts >= 0) & (parts != theirs.byte_channels) if same else parts >= 0
            found = [*(theirs.words[np.flatnonzero(clash.any(axis=1))] * word_bytes), *theirs.bytes[np.flatnonzero(part_clash)]]
            if found and (bad := self._unordered(one, other, np.array(found))) is not None:
                refuse(other, one, (not self._reads[unit], not self._reads[one.unit]), self.footprints.name(one, bad))

    def _unordered(self, one: Numbered, other: Numbered, found: np.ndarray) -> int | None:
        """The first byte in common whose reader need not come before its writer by the words they exchange with the accelerator."""
        reader, writer = (one, other) if self._reads[one.unit] else (other, one)
        flow = self.flow
        if self._reads[writer.unit] or reader.unit not in flow.brought or writer.unit not in flow.taken or writer.unit not in self.config.streamers:
            return int(found[0])
        words = found // self.config.memory.word_bytes
        last = self.footprints.visits(reader).last[words] + flow.brought[reader.unit].of[reader.unit, reader.number].first
        first = self.footprints.visits(writer).first[words] + flow.taken[writer.unit].of[writer.unit, writer.number].first
        steps, which = np.unique(first, return_inverse=True)
        needed = np.array([flow.needed(writer.unit, int(step)).get(reader.unit, 0) for step in steps])[which]
        bad = np.flatnonzero(last >= needed)
        return int(found[bad[0]]) if len(bad) else None
